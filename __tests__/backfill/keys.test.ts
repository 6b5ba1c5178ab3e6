import { describe, expect, test } from '@jest/globals';
import type { TestDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, type TestProject } from '../runner/project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const backfill = (work: object) => `await op.backfill(${JSON.stringify(work)});`;

/** Makes the table by SQL, and brings it up to date by a backfill that commits batch by batch. */
async function backfilled(database: TestDatabase, project: TestProject, sql: string, work: object) {
  await database.query(sql);
  await project.write({ id: 'b1', transactional: false, upgrade: backfill(work) });
  const opened = openRunner(database, project);
  return { ...opened, batches: () => opened.queries.filter(query => query.startsWith('UPDATE "t"')).length };
}

/** Rows that were not met exactly once. */
const missed = 'SELECT count(*)::int AS missed FROM t WHERE times <> 1';

describe('a backfill along', () => {
  test.each(
    shareOfToday(
      [
        ['a uuid', 'uuid PRIMARY KEY', 'gen_random_uuid()'],
        ['text', 'text COLLATE "C" PRIMARY KEY', `'it''s \\ ' || md5(n::text)`],
        [
          'text in the order of a language',
          'text COLLATE "und-x-icu" PRIMARY KEY',
          `(ARRAY['a','A','ä','Z'])[n % 4 + 1] || n`,
        ],
        ['citext', 'citext PRIMARY KEY', `'K' || n`],
        ['a time', 'timestamptz PRIMARY KEY', `now() + n * interval '1 microsecond'`],
        ['a fraction', 'float8 PRIMARY KEY', 'n / 3.0 - 1000'],
        ['a number beyond JavaScript', 'bigint PRIMARY KEY', '9223372036854775807 - n'],
        ['bytes', 'bytea PRIMARY KEY', 'int4send(n)'],
        ['a domain', 'number_plate PRIMARY KEY', 'n'],
        ['a column that is unique beside others', 'int NOT NULL UNIQUE, no serial PRIMARY KEY', 'n'],
      ],
      3,
    ),
  )('%s meets each row once, though it is interrupted', (_, type, key) =>
    onDatabase(async (database, project) => {
      await database.query(`CREATE EXTENSION citext; CREATE DOMAIN number_plate AS int CHECK (VALUE > 0);
        CREATE TABLE t ("Key" ${type}, place int, times int NOT NULL DEFAULT 0);
        INSERT INTO t ("Key", place) SELECT ${key}, n FROM generate_series(1, 1000) n;`);
      const times = `'times + CASE WHEN place = 500 THEN 1 / ' + op.context.x.divisor + ' ELSE 1 END'`;
      await project.write({
        id: 'b1',
        transactional: false,
        upgrade: `await op.backfill({ table: 't', key: 'Key', batchSize: 90, set: { times: ${times} } });`,
      });
      const { runner, queries } = openRunner(database, project);
      const failure = await rejection(runner.upgrade('heads', { x: { divisor: '0' } }));
      expect(failure).toMatchObject({ cause: { code: '22012' } });
      await runner.upgrade('heads', { x: { divisor: '1' } });
      expect(await database.query(missed)).toEqual([{ missed: 0 }]);
      // All batches, and the one that failed.
      expect(queries.filter(query => query.startsWith('UPDATE "t"'))).toHaveLength(12 + 1);
    })(),
  );

  test(
    'passes over what its condition, of several parts, does not ask for',
    onDatabase(async (database, project) => {
      const sql = `CREATE TABLE t (id int PRIMARY KEY, times int, note text);
        INSERT INTO t SELECT n, CASE WHEN n % 3 > 0 THEN 0 END, CASE WHEN n % 5 = 0 THEN 'old' END FROM generate_series(1, 1000) n;`;
      const where = `times IS NULL OR note = 'old' AND id > 500`;
      const { runner } = await backfilled(database, project, sql, {
        table: 't',
        set: { times: '1' },
        where,
        batchSize: 99,
      });
      await runner.upgrade();
      const rows = await database.query('SELECT id FROM t WHERE times = 1 ORDER BY id');
      const expected = Array.from({ length: 1000 }, (_, i) => i + 1).filter(
        n => n % 3 === 0 || (n % 5 === 0 && n > 500),
      );
      expect(rows.map(({ id }) => id)).toEqual(expected);
    }),
  );
});

describe('a backfill is refused', () => {
  test.each([
    ['along a column that may be NULL', 'id int UNIQUE, n int', {}, 'may be NULL, so that rows without it'],
    ['along a column that repeats', 'id int NOT NULL, n int PRIMARY KEY', {}, 'has no unique index of its own'],
    [
      'along one of several columns of a key',
      'id int, n int, PRIMARY KEY (id, n)',
      {},
      'has no unique index of its own',
    ],
    ['along a column that is not there', 'n int PRIMARY KEY', {}, 'is no column of it'],
    ['along the column it changes', 'id int PRIMARY KEY, n int', { set: { id: 'id + 5000' } }, 'it changes'],
    ['with batches of nothing', 'id int PRIMARY KEY, n int', { batchSize: 0 }, 'batchSize of the backfill is 0'],
  ])('%s', (_, columns, work, message) =>
    onDatabase(async (database, project) => {
      const { runner, batches } = await backfilled(database, project, `CREATE TABLE t (${columns})`, {
        table: 't',
        set: { n: '1' },
        ...work,
      });
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({ name: 'RevisionFailedError', revision: 'b1' });
      expect(error.message).toContain(message);
      expect(batches()).toBe(0);
    })(),
  );

  test(
    'where row level security hides rows from the role',
    onDatabase(async (database, project) => {
      const role = `walker_${process.pid}`;
      const sql = `CREATE ROLE ${role}; CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1), (2);
        ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON t USING (id = 1); GRANT ALL ON t TO ${role}`;
      const { runner } = await backfilled(database, project, sql, { table: 't', set: { n: '1' } });
      await runner.ensureVersionTable();
      await database.query(`GRANT ALL ON alembic_version, alembic_version_log TO ${role}`);
      const asRole = openRunner(database, project, {}, { extra: { options: `-c role=${role}` } });
      try {
        const { cause } = await rejection(asRole.runner.upgrade());
        expect(cause).toMatchObject({ name: 'HiddenRowsError', table: 't' });
        expect(await database.query('SELECT n FROM t WHERE n IS NOT NULL')).toEqual([]);
        await database.query(`CREATE POLICY reads ON t FOR SELECT TO ${role} USING (true)`);
        expect((await rejection(asRole.runner.upgrade())).cause).toMatchObject({ name: 'HiddenRowsError' });
        await database.query(`CREATE POLICY writes ON t FOR UPDATE USING (true)`);
        await asRole.runner.upgrade();
        expect(await database.query('SELECT count(n)::int FROM t')).toEqual([{ count: 2 }]);
      } finally {
        await asRole.dataSource.destroy().catch(() => {});
        await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    }),
  );
});
