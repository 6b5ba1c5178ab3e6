import { expect, test } from '@jest/globals';
import type { MigrationsConfig, VersionApplication } from '../../src/config.ts';
import { mayGiveRows } from '../../src/sql/rows.ts';
import { type TestDatabase, withDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table } from './project.ts';
import { runScript } from './scripting.ts';

const deployments = 'CREATE TABLE deployments (id serial, direction text, revision text, heads text[], path text)';
const told = 'SELECT * FROM deployments ORDER BY id';

async function onVersionApply({ direction, revision, heads, query, execute }: VersionApplication): Promise<void> {
  const values = [direction, revision, heads];
  expect(
    await query(
      `INSERT INTO deployments (direction, revision, heads, path) VALUES ($1, $2, $3, current_setting('search_path'))`,
      values,
    ),
  ).toEqual([]);
  await execute(`SELECT pg_catalog.set_config('search_path', 'public, ${direction}', false)`);
}

const found = async (database: TestDatabase) => ({
  told: await database.query(told),
  versions: await database.query('SELECT version_num FROM alembic_version'),
});

test.each<MigrationsConfig>([{ transaction: 'each' }, { transaction: 'all' }, { transaction: 'none' }])(
  'what onVersionApply does is in the script as in the run, with %j',
  ({ transaction }) =>
    onDatabase(async (scripted, project) => {
      const isEach = transaction === 'each';
      await project.write(table('a1'), { ...table('b1'), ...(isEach && { transactional: false }) }, table('c1'));
      await withDatabase(async online => {
        const config = { onVersionApply, transaction: transaction! };
        const [one, other] = [openRunner(scripted, project, config).runner, openRunner(online, project, config).runner];
        for (const database of [scripted, online]) await database.query(deployments);
        await runScript(scripted, await one.sql('upgrade', 'heads'));
        await other.upgrade();
        expect(await scripted.query('SELECT count(*)::int FROM deployments')).toEqual([{ count: 3 }]);
        expect(await found(scripted)).toEqual(await found(online));
        await runScript(scripted, await one.sql('downgrade', 'c1:a1'));
        await other.downgrade('a1');
        expect(await found(scripted)).toEqual(await found(online));
        await runScript(scripted, await one.stampSql('a1:b1'));
        await other.stamp('b1');
        expect(await found(scripted)).toEqual(await found(online));
        const client = await scripted.client();
        const settings = async () =>
          (await client.query("SELECT name, setting FROM pg_settings WHERE name !~ '^plpgsql'")).rows;
        await client.query("SET work_mem = '9MB'");
        const before = await settings();
        await client.query(await one.stampSql('b1:c1'));
        expect(await settings()).toEqual(before);
      });
    })(),
);

test(
  'what would need rows is refused in one sentence, and so is an error of the function',
  onDatabase(async (database, project) => {
    await project.write(table('a1'));
    const ways: readonly (readonly [MigrationsConfig['onVersionApply'], string])[] = [
      [async ({ execute }) => execute('RESET ALL'), 'RESET ALL or DISCARD ALL'],
      [async ({ execute }) => execute('SELECT (1'), 'a parenthesis that is not closed'],
      [async ({ query }) => void (await query('SELECT 1')), '`query` of onVersionApply needs rows from the database'],
      [() => Promise.reject(new Error('no deployment')), 'no deployment'],
      [async ({ execute }) => execute('COMMIT'), 'COMMIT'],
      [async ({ isOffline }) => expect([isOffline]).toEqual(['asked']), '"asked"'],
    ];
    for (const [onVersionApply, reason] of ways) {
      const { runner } = openRunner(database, project, { onVersionApply: onVersionApply! });
      const step = await rejection(runner.sql('upgrade', 'heads'));
      expect(step).toMatchObject({ name: 'RevisionFailedError', revision: 'a1' });
      expect(step.message).toContain(reason);
      expect(step.message).toContain('no script was written');
      const stamp = await rejection(runner.stampSql('a1'));
      expect(stamp).toMatchObject({ name: 'VersionApplyError' });
      expect(stamp.message).toContain(reason);
      expect(stamp.message).toMatch(/no script was written: correct it, and stamp again\.$/);
    }
    expect(await database.query(`SELECT to_regclass('alembic_version') AS t`)).toEqual([{ t: null }]);
  }),
);

const statements = [
  'SELECT 1',
  '(SELECT 1)',
  '/* told */ VALUES (1)',
  'TABLE it',
  'SHOW search_path',
  'EXPLAIN SELECT 1',
  'INSERT INTO it VALUES (1)',
  'INSERT INTO it (SELECT 1)',
  `INSERT INTO it SELECT 1 WHERE 'RETURNING' <> ''`,
  'INSERT INTO it VALUES (1) RETURNING a',
  'UPDATE it SET a = (SELECT 2)',
  'DELETE FROM it RETURNING *',
  'WITH x AS (SELECT 1) SELECT * FROM x',
  'WITH x AS (SELECT 1) INSERT INTO it SELECT * FROM x',
  'WITH x AS (DELETE FROM it RETURNING a) INSERT INTO it SELECT a FROM x',
  'WITH x AS (DELETE FROM it RETURNING a) SELECT a FROM x',
  'CREATE TABLE other AS SELECT 1',
  'SET LOCAL search_path TO public',
  'DO $$ BEGIN END $$',
  "COMMENT ON TABLE it IS 'SELECT'",
  'NOTIFY news',
];

test('whether a statement gives rows is told as PostgreSQL does', () =>
  withDatabase(async database => {
    const client = await database.client();
    await client.query('CREATE TABLE it (a int)');
    for (const sql of statements) {
      const { fields } = await client.query(sql);
      expect([sql, mayGiveRows(sql)]).toEqual([sql, fields.length > 0]);
    }
  }));
