import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { randomBytes } from 'node:crypto';
import type { MigrationsConfig } from '../../src/config.ts';
import { schemaDump, type TestDatabase, withDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, withProject, type TestRevision } from './project.ts';
import { runScript } from './scripting.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** What a revision may do to its session, with the role that it may take and a name that the next one needs. */
const changes: Readonly<Record<string, (role: string, next: string) => string>> = {
  SET: () => 'SET search_path TO other',
  'SET, in a comment and in capitals': () => '/* why */ SET SESSION SEARCH_PATH = other; SELECT 1',
  'SET LOCAL': () => 'SET LOCAL search_path TO other',
  'SET SCHEMA': () => "SET SCHEMA 'other'",
  set_config: () => "SELECT set_config('search_path', 'other', false)",
  'set_config in the transaction': () => "SELECT pg_catalog.set_config('search_path', 'other', true)",
  'set_config in a FROM': () => "SELECT * FROM set_config('search_path', 'other', false)",
  'DO with set_config': () => "DO $$ BEGIN PERFORM set_config('search_path', 'other', false); END $$",
  'DO with SET': () => 'DO $$ BEGIN IF true THEN SET search_path TO other; END IF; END $$',
  'SET ROLE': role => `SET ROLE ${role}`,
  'SET SESSION AUTHORIZATION': role => `SET SESSION AUTHORIZATION ${role}`,
  'RESET ROLE': () => 'RESET ROLE',
  'SET of what the session had set': () => "SET work_mem = '7MB'",
  'RESET of what the session had set': () => 'RESET work_mem',
  'SET of a setting of its own': () => "SET app.tenant = 'acme'",
  'set_config of a setting of its own': () => "SELECT set_config('app.tenant', 'acme', false)",
  'SET TIME ZONE': () => "SET TIME ZONE 'Asia/Jakarta'",
  'CREATE TEMP TABLE': (_, next) => `CREATE TEMPORARY TABLE ${next} (draft int)`,
  PREPARE: () => 'PREPARE again AS SELECT 1',
  'a cursor': () => 'DECLARE again CURSOR WITH HOLD FOR SELECT 1',
  LISTEN: () => 'LISTEN changes',
  'an advisory lock': () => 'SELECT pg_advisory_lock(7)',
};
const onlyInTransaction = ['SET LOCAL', 'set_config in the transaction', 'a cursor'];

/** The session as the revision after such a one finds it. */
const probe = (after: string): string => `INSERT INTO public.probe SELECT '${after}', current_user, session_user,
  current_setting('search_path'), current_setting('work_mem'), current_setting('TimeZone'),
  coalesce(current_setting('app.tenant', true), ''), ARRAY(SELECT name FROM pg_prepared_statements),
  ARRAY(SELECT name FROM pg_cursors WHERE name <> ''), ARRAY(SELECT pg_listening_channels()),
  ARRAY(SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1)`;
const probes = `CREATE TABLE public.probe (after text, role text, "user" text, path text, memory text, zone text, tenant text,
  prepared text[], cursors text[], channels text[], locks int[])`;

/** What whoever runs the script has set in the session before. */
const beforehand = (owner: string): readonly string[] => [
  `SET ROLE ${owner}`,
  "SET work_mem = '9MB'",
  "SET app.tenant = 'mine'",
];

/** A chain of revisions: of each change one, and one after it that looks. */
const revisionsOf = (isTransactional: boolean, role: string): readonly TestRevision[] =>
  Object.entries(changes)
    .filter(([name]) => isTransactional || !onlyInTransaction.includes(name))
    .flatMap(([name, changeOf], i) => {
      const run = (sql: string) => `await op.execute(${JSON.stringify(sql)});`;
      const kind: Partial<TestRevision> = isTransactional ? {} : { transactional: false };
      return [
        { id: `a${i}`, ...kind, upgrade: run(changeOf(role, `later${i}`)) },
        { id: `b${i}`, upgrade: run(`CREATE TABLE later${i} (id int)`) + run(probe(name)) },
      ];
    });

const stateOf = async (database: TestDatabase) => ({
  probes: await database.query('SELECT * FROM public.probe ORDER BY after'),
  structure: await schemaDump(database.url),
  versions: await database.query('SELECT version_num FROM public.alembic_version'),
});

/** Does the work with two roles of its own, which own what is made in the databases. */
async function withRoles(
  databases: readonly TestDatabase[],
  work: (owner: string, other: string) => Promise<void>,
): Promise<void> {
  const [first] = databases as [TestDatabase];
  const roles = ['owner', 'other'].map(name => `${name}_${randomBytes(6).toString('hex')}`) as [string, string];
  for (const role of roles) await first.query(`CREATE ROLE ${role} SUPERUSER`);
  try {
    await work(...roles);
  } finally {
    for (const database of databases) await database.query(`DROP OWNED BY ${roles.join(', ')}`);
    await first.query(`DROP ROLE ${roles.join(', ')}`);
  }
}

describe('a revision of a script begins with the session that it has in the run', () => {
  test.each<[string, boolean, MigrationsConfig]>(
    shareOfToday([
      ['a transaction each', true, {}],
      ['one transaction', true, { transaction: 'all' }],
      ['no transaction', false, {}],
    ]),
  )('after one that changes it, in %s', (_, isTransactional, config) =>
    onDatabase(async (scripted, project) => {
      await withDatabase(online =>
        withRoles([scripted, online], async (owner, other) => {
          await project.write(...revisionsOf(isTransactional, other));
          for (const database of [scripted, online]) await database.query(`CREATE SCHEMA other; ${probes}`);
          const { runner, dataSource } = openRunner(online, project, config, { poolSize: 1 });
          await dataSource.initialize();
          for (const statement of beforehand(owner)) await dataSource.query(statement);
          await runner.upgrade();
          await runScript(scripted, `${beforehand(owner).join(';\n')};\n${await runner.sql('upgrade', 'heads')}`);
          expect(await stateOf(scripted)).toEqual(await stateOf(online));
        }),
      );
    })(),
  );

  test.each(['RESET ALL', 'DO $$ BEGIN RESET ALL; END $$', 'DISCARD ALL'])('and is refused %s', statement =>
    withProject(async project => {
      const upgrade = `await op.execute(${JSON.stringify(statement)});`;
      await project.write({ id: 'a1', transactional: false, upgrade });
      const { runner } = openRunner({ dataSource: () => new DataSource({ type: 'postgres' }) }, project);
      const error = await rejection(runner.sql('upgrade', 'heads'));
      expect(error.message).toMatch(
        /^The upgrade of a1 \(revision a1\) failed .*RESET ALL or DISCARD ALL instead of the names of settings/,
      );
    }),
  );

  test('and a script without any such statement has none of its own', () =>
    withProject(async project => {
      const statements = [
        "UPDATE t SET a = 'SET x'",
        'ALTER TABLE t ALTER COLUMN a SET NOT NULL',
        'SET CONSTRAINTS ALL DEFERRED',
        'CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = x AS $$ SELECT 1 $$',
      ];
      const upgrade = statements.map(each => `await op.execute(${JSON.stringify(each)});`).join('\n');
      await project.write({ id: 'a1', upgrade });
      const { runner } = openRunner({ dataSource: () => new DataSource({ type: 'postgres' }) }, project);
      expect(await runner.sql('upgrade', 'heads')).not.toContain('set_config');
    }));
});
