import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { silent } from 'typeorm-alembic';
import { stampAdopted, stampDrafted } from '../../src/adoption/adopt.ts';
import { lockKeyOf } from '../../src/database/advisory-lock.ts';
import { contextOf, type RunnerContext, setupOf } from '../../src/runner/context.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { onDatabase, openRunner, rejection, table } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

interface Waiting {
  readonly runner: Runner;
  readonly context: RunnerContext;
}

/** What writes the version table, from `a1`, with the rows afterwards where another process has upgraded to `b1` meanwhile. */
const writers: Readonly<Record<string, readonly [(waiting: Waiting) => Promise<unknown>, readonly string[]]>> = {
  upgrade: [({ runner }) => runner.upgrade(), ['c1']],
  'upgrade to where the other went': [({ runner }) => runner.upgrade('b1'), ['b1']],
  'upgrade by one': [({ runner }) => runner.upgrade('+1'), ['c1']],
  'downgrade by one': [({ runner }) => runner.downgrade('-1'), ['a1']],
  stamp: [({ runner }) => runner.stamp('c1'), ['c1']],
  'stamp --purge': [({ runner }) => runner.stamp('a1', { purge: true }), ['a1']],
  'adopt --stamp': [({ context }) => stampAdopted(context), ['b1']],
  'adopt of a chain': [({ context }) => stampDrafted(context, []), ['b1']],
  'adopt --baseline': [({ context }) => stampDrafted(context, ['a1']), ['b1']],
};

describe('what the version table holds is read again once the lock is held', () => {
  test.each(shareOfToday(Object.entries(writers), 4))('%s', (_, [write, rows]) =>
    onDatabase(async (database, project) => {
      await project.write({ ...table('a1'), replaces: ['Legacy1700000000001'] }, table('b1'), table('c1'));
      const { runner, dataSource, queries } = openRunner(database, project);
      await runner.upgrade('a1');
      await database.query(
        `CREATE TABLE migrations (id serial, "timestamp" int8, name text);
         INSERT INTO migrations ("timestamp", name) VALUES (1700000000001, 'Legacy1700000000001')`,
      );
      const { classId, objectId } = lockKeyOf('public', 'alembic_version');
      const other = await database.client();
      await other.query('SELECT pg_advisory_lock($1, $2)', [classId, objectId]);

      const config = { versionLocations: [project.directory] };
      const context = await contextOf(setupOf(dataSource, config, { logger: silent }));
      const writing = write({ runner, context });
      queries.length = 0;
      while (!queries.some(sql => sql.includes('pg_try_advisory_lock'))) await setTimeout(10);
      await other.query(`CREATE TABLE b1 (id int); UPDATE alembic_version SET version_num = 'b1'`);
      await other.query('SELECT pg_advisory_unlock($1, $2)', [classId, objectId]);
      await writing;
      expect(await database.query('SELECT version_num FROM alembic_version')).toEqual(
        rows.map(version_num => ({ version_num })),
      );
    })(),
  );
});

test('a baseline takes the place of revisions whose files are gone', () =>
  onDatabase(async (database, project) => {
    await project.write({ ...table('a1'), replaces: ['Legacy1700000000001'] });
    const { runner, dataSource } = openRunner(database, project);
    await runner.upgrade();
    await database.query("UPDATE alembic_version SET version_num = 'gone'");
    const context = await contextOf(setupOf(dataSource, { versionLocations: [project.directory] }, { logger: silent }));
    expect(await rejection(stampAdopted(context))).toMatchObject({ name: 'AppliedRevisionNotFoundError' });
    expect(await stampDrafted(context, ['a1'])).toMatchObject({ before: ['gone'], heads: ['a1'] });
    expect(await database.query('SELECT version_num FROM alembic_version')).toEqual([{ version_num: 'a1' }]);
  })());
