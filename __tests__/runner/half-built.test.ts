import { describe, expect, test } from '@jest/globals';
import type { TestDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection } from './project.ts';

const invalid = (database: TestDatabase) =>
  database.query('SELECT indexrelid::regclass::text AS index FROM pg_index WHERE NOT indisvalid');

const indexes = (database: TestDatabase) =>
  database.query("SELECT count(*)::int AS count FROM pg_index WHERE indrelid = 'it'::regclass");

/** Fills a table so that a unique index on it cannot be built, and gives what makes it possible. */
async function withDuplicates(database: TestDatabase): Promise<() => Promise<unknown>> {
  await database.query('CREATE TABLE it (c int); INSERT INTO it VALUES (1), (1)');
  return () => database.query('DELETE FROM it WHERE ctid = (SELECT min(ctid) FROM it)');
}

describe('an index that was interrupted while it was built concurrently', () => {
  test.each([
    '-- why\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS it_c ON it (c)',
    'CREATE UNIQUE /* so */ INDEX CONCURRENTLY "it_C" ON public . it (c); -- done',
    'CREATE UNIQUE INDEX CONCURRENTLY ON it (c)',
  ])('is built anew, once and valid: %s', sql =>
    onDatabase(async (database, project) => {
      const mend = await withDuplicates(database);
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute(${JSON.stringify(sql)});`,
      });
      const { runner } = openRunner(database, project);
      for (let attempt = 0; attempt < 2; attempt++) {
        expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '23505' } });
        expect(await invalid(database)).toHaveLength(1);
      }
      await mend();
      await runner.upgrade();
      expect(await invalid(database)).toEqual([]);
      expect(await indexes(database)).toEqual([{ count: 1 }]);
    })(),
  );

  test(
    'is found without a name where only the journal did not know that it was done',
    onDatabase(async (database, project) => {
      await database.query('CREATE TABLE it (c int, d int); CREATE INDEX other ON it (d)');
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('CREATE INDEX CONCURRENTLY ON it (c)'); throw new Error('told to');`,
      });
      const { runner } = openRunner(database, project);
      await rejection(runner.upgrade());
      await database.query(
        `UPDATE alembic_version_log SET progress = jsonb_build_object('done', '[]'::jsonb, 'running', progress->'done'->0)`,
      );
      await rejection(runner.upgrade());
      expect(await indexes(database)).toEqual([{ count: 2 }]);
    }),
  );
});

test.each(['INDEX CONCURRENTLY it_c', 'TABLE CONCURRENTLY it', '(CONCURRENTLY) SCHEMA public'])(
  'what an interrupted REINDEX %s left is dropped when it is run again',
  scope =>
    onDatabase(async (database, project) => {
      await database.query(
        `CREATE TABLE it (c int, t text); CREATE INDEX it_c ON it (c); INSERT INTO it VALUES (1, 'x')`,
      );
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('REINDEX ${scope}');`,
      });
      // Another transaction's snapshot makes it wait where its copy is not valid yet.
      const other = await database.client();
      await other.query('BEGIN; LOCK TABLE it IN ROW EXCLUSIVE MODE');
      const { runner } = openRunner(database, project, { statementTimeout: '1s' });
      expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '57014' } });
      await other.query('ROLLBACK');
      expect((await invalid(database)).length).toBeGreaterThan(0);
      await openRunner(database, project).runner.upgrade();
      expect(await invalid(database)).toEqual([]);
    })(),
);

test(
  'a partition whose detaching was interrupted is detached',
  onDatabase(async (database, project) => {
    const [{ major }] = await database.query("SELECT current_setting('server_version_num')::int / 10000 AS major");
    if (major < 14) return;
    await database.query('CREATE TABLE m (id int) PARTITION BY RANGE (id)');
    await database.query('CREATE TABLE m1 PARTITION OF m FOR VALUES FROM (1) TO (2)');
    await project.write({
      id: 'a1',
      transactional: false,
      upgrade: "await op.execute('ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY');",
    });
    const other = await database.client();
    await other.query('BEGIN; SELECT * FROM m');
    const { runner } = openRunner(database, project, { statementTimeout: '1s' });
    expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '57014' } });
    await other.query('ROLLBACK');
    expect(await database.query('SELECT inhdetachpending AS pending FROM pg_inherits')).toEqual([{ pending: true }]);
    await openRunner(database, project).runner.upgrade();
    expect(await database.query('SELECT FROM pg_inherits')).toEqual([]);
  }),
);
