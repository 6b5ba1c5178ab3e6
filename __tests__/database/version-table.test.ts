import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Connection } from '../../src/database/connection.ts';
import { readVersionState } from '../../src/database/run-log.ts';
import { withConnection } from '../../src/database/with-connection.ts';
import {
  changeOneRow,
  createVersionTable,
  purgeVersions,
  readHeads,
  versionChanges,
  versionTablesOf,
} from '../../src/database/version-table.ts';
import { withDatabase } from '../support/index.ts';

const tables = versionTablesOf({ versionTable: 'alembic_version' });

const withTable = (work: (connection: Connection) => Promise<void>) =>
  withDatabase(database =>
    withConnection(database.dataSource(), async connection => {
      await connection.query(createVersionTable(tables).sql);
      await work(connection);
    }),
  );

const heads = fc.uniqueArray(fc.constantFrom('a', 'b', "c'd", 'e"f', 'g<&lt;>é\\n'));

describe('the version table', () => {
  test('changes from any heads to any others, a row at a time, and no row that stays', () =>
    withTable(connection =>
      fc.assert(
        fc.asyncProperty(heads, heads, async (before, after) => {
          await connection.query(purgeVersions(tables).sql);
          for (const change of versionChanges(tables, [], before)) await changeOneRow(connection, change);
          const changes = versionChanges(tables, before, after);
          for (const change of changes) await changeOneRow(connection, change);
          expect((await readHeads(connection, tables)).sort()).toEqual([...after].sort());
          expect([...(await readVersionState(connection, tables)).heads].sort()).toEqual([...after].sort());
          const stay = before.filter(id => after.includes(id)).length;
          expect(changes).toHaveLength(Math.max(before.length, after.length) - stay);
        }),
        { numRuns: 100 },
      ),
    ));

  test('moves a row where Alembic does', () => {
    const sql = (before: string[], after: string[]) => versionChanges(tables, before, after).map(change => change.sql);
    expect(sql(['a', 'b'], ['c'])).toEqual([
      `DELETE FROM "alembic_version" WHERE version_num OPERATOR(pg_catalog.=) 'b'`,
      `UPDATE "alembic_version" SET version_num = 'c' WHERE version_num OPERATOR(pg_catalog.=) 'a'`,
    ]);
    expect(sql([], ['a'])).toEqual([`INSERT INTO "alembic_version" (version_num) VALUES ('a')`]);
    expect(sql(['a'], ['a'])).toEqual([]);
  });

  test('is not changed by two at once', () =>
    withTable(async connection => {
      const [update] = versionChanges(tables, ['a'], ['b']);
      await expect(changeOneRow(connection, update!)).rejects.toMatchObject({
        name: 'ConcurrentChangeError',
        rows: 0,
      });
    }));

  test('holds no heads where it is not there', () =>
    withDatabase(database =>
      withConnection(database.dataSource(), async connection => {
        expect(await readHeads(connection, tables)).toEqual([]);
        const elsewhere = versionTablesOf({ versionTable: 'v', versionTableSchema: 'nowhere' });
        expect(await readHeads(connection, elsewhere)).toEqual([]);
      }),
    ));
});
