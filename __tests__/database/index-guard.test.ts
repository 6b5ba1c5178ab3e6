import { describe, expect, test } from '@jest/globals';
import type { Connection } from '../../src/database/connection.ts';
import { withTransaction } from '../../src/database/transaction.ts';
import { withConnection } from '../../src/database/with-connection.ts';
import { findIndex, isIndexOf } from '../../src/database/index-guard.ts';
import { statementsOf, type Operation } from '../../src/objects/kinds.ts';
import { guardOf } from '../../src/sql/guard.ts';
import { withDatabase } from '../support/index.ts';

/** Asks in a transaction of its own. */
const lookAt =
  (connection: Connection) =>
  <Result>(work: (connection: Connection) => Promise<Result>) =>
    withTransaction(connection, () => work(connection));

const raw = (sql: string) => ({ sql, hazards: [], transactional: false });

describe('an index that may have been built', () => {
  test.each([
    ['CREATE INDEX CONCURRENTLY a ON t (x)', { type: 'indexValid', index: 'a', table: 't' }],
    [
      'create unique index concurrently if not exists "A b" on only "s.".t using btree (x);',
      { type: 'indexValid', index: '"A b"', table: '"s.".t' },
    ],
    ['DROP INDEX CONCURRENTLY IF EXISTS s.a CASCADE', { type: 'indexGone', index: 's.a' }],
    ['CREATE INDEX CONCURRENTLY ON t (x)', { type: 'indexUnnamed', table: 't' }],
    [
      '-- why\nCREATE /* for */ UNIQUE INDEX CONCURRENTLY a ON s.t (x); -- done',
      { type: 'indexValid', index: 'a', table: 's.t' },
    ],
    ['REINDEX (VERBOSE) TABLE CONCURRENTLY s."T"', { type: 'rebuilt', of: 'TABLE', name: 's."T"' }],
    ['reindex (concurrently) index i /* ; */', { type: 'rebuilt', of: 'INDEX', name: 'i' }],
    ['ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY', { type: 'detached', table: 'm', partition: 'm1' }],
    ['VACUUM t', undefined],
  ])('is known from %s', (sql, guard) => {
    expect(guardOf(raw(sql))).toEqual(guard);
  });

  const definitions: Operation[] = [
    { op: 'createIndex', name: 'i', table: 't', columns: ['a'] },
    { op: 'createIndex', name: 'i', table: 't', columns: ['a'], unique: true },
    { op: 'createIndex', name: 'i', table: 't', columns: ['a', 'b'] },
    { op: 'createIndex', name: 'i', table: 't', columns: [{ column: 'a', order: 'desc' }] },
    { op: 'createIndex', name: 'i', table: 't', columns: [{ expression: "lower(b) || ' USING '" }] },
    { op: 'createIndex', name: 'i', table: 't', columns: ['a'], where: "b <> 'x'" },
    { op: 'createIndex', name: 'i', table: 't', columns: ['a'], include: ['b'] },
    { op: 'createIndex', name: 'i', table: 't', columns: ['a'], method: 'hash' },
    { op: 'createIndex', name: 'i', table: 't', columns: [{ column: 'b', operatorClass: 'text_pattern_ops' }] },
    { op: 'createIndex', name: 'i', table: 't', columns: ['a'], with: ['fillfactor=70'] },
  ];

  test('is compared in the server’s own words', () =>
    withDatabase(database =>
      withConnection(database.dataSource(), async connection => {
        await connection.query('CREATE TABLE t (a int, b text)');
        const creations = definitions.map(each => statementsOf({ ...each, concurrently: true } as Operation)[0]!.sql);
        for (const [built, sql] of creations.entries()) {
          expect(await findIndex(connection, { index: 'i', table: 't' })).toBeUndefined();
          await connection.query(sql);
          expect(await findIndex(connection, { index: 'i', table: 't' })).toEqual({ index: 'public.i', isValid: true });
          const same = [];
          for (const other of creations) same.push(await isIndexOf(lookAt(connection), 'i', other));
          expect(same).toEqual(creations.map((_, index) => index === built));
          await connection.query('DROP INDEX i');
        }
        expect(await isIndexOf(lookAt(connection), 'i', 'VACUUM')).toBe(false);
      }),
    ));

  test.each([
    [true, 's."T" (a) WHERE "T".b = \'x\''],
    [true, '"s" . "T" ((upper("T".b)))'],
    [undefined, 's."T" (s.score("T".*))'],
    [undefined, 's."T" (a) WHERE s."T".b = \'x\''],
  ])('is compared where the definition names its table, as far as the server can: %#', (comparable, definition) =>
    withDatabase(database =>
      withConnection(database.dataSource(), async connection => {
        await connection.query(`CREATE SCHEMA s; CREATE TABLE s."T" (a int, b text);
          CREATE FUNCTION s.score(s."T") RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1.a'`);
        const sql = `CREATE INDEX CONCURRENTLY i ON ${definition}`;
        await connection.query(sql);
        const other = 'CREATE INDEX CONCURRENTLY i ON s."T" (b)';
        expect(await isIndexOf(lookAt(connection), 's.i', sql)).toBe(comparable);
        expect(await isIndexOf(lookAt(connection), 's.i', other)).toBe(false);
      }),
    ),
  );
});
