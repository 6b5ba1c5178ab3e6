import { describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import type { MigrationsConfig } from '../../src/config.ts';
import { schemaDump, type TestDatabase, withDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, withProject, type TestRevision } from './project.ts';
import { runScript } from './scripting.ts';

/** What a revision may do to its session, with the role that it may take. */
const changes: Readonly<Record<string, (role: string) => string>> = {
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
  'CREATE TEMP TABLE': () => 'CREATE TEMPORARY TABLE later (draft int)',
  PREPARE: () => 'PREPARE again AS SELECT 1',
  'a cursor': () => 'DECLARE again CURSOR WITH HOLD FOR SELECT 1',
  LISTEN: () => 'LISTEN changes',
  'an advisory lock': () => 'SELECT pg_advisory_lock(7)',
};

/** The session as a later revision finds it. */
const probe = `CREATE TABLE public.probe AS SELECT current_user::text AS role, session_user::text AS "user",
  current_setting('search_path') AS path, current_setting('work_mem') AS memory, current_setting('TimeZone') AS zone,
  coalesce(current_setting('app.tenant', true), '') AS tenant, ARRAY(SELECT name FROM pg_prepared_statements) AS prepared,
  ARRAY(SELECT name FROM pg_cursors WHERE name <> '') AS cursors, ARRAY(SELECT pg_listening_channels()) AS channels,
  ARRAY(SELECT objid::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1) AS locks`;

/** What whoever runs the script has set in the session before. */
const beforehand = (owner: string): readonly string[] => [
  `SET ROLE ${owner}`,
  "SET work_mem = '9MB'",
  "SET app.tenant = 'mine'",
];

interface Case {
  readonly change: string;
  readonly owner: string;
  readonly transactional: boolean;
  readonly config: MigrationsConfig;
}

async function migrateBoth(
  scripted: TestDatabase,
  online: TestDatabase,
  { change, owner, transactional, config }: Case,
) {
  await withProject(async project => {
    const kind: Partial<TestRevision> = transactional ? {} : { transactional: false };
    await project.write(
      { id: 'a1', ...kind, upgrade: `await op.execute(${JSON.stringify(change)});` },
      {
        id: 'b1',
        upgrade: `await op.execute('CREATE TABLE later (id int)'); await op.execute(${JSON.stringify(probe)});`,
      },
    );
    for (const database of [scripted, online]) await database.query('CREATE SCHEMA other');
    const { runner, dataSource } = openRunner(online, project, config, { poolSize: 1 });
    await dataSource.initialize();
    for (const statement of beforehand(owner)) await dataSource.query(statement);
    await runner.upgrade();
    await runScript(scripted, `${beforehand(owner).join(';\n')};\n${await runner.sql('upgrade', 'heads')}`);
  });
}

const stateOf = async (database: TestDatabase) => ({
  structure: await schemaDump(database.url),
  versions: await database.query('SELECT version_num FROM public.alembic_version'),
  probe: await database.query('SELECT * FROM public.probe'),
});

describe('a revision of a script begins with the session that it has in the run', () => {
  const onlyInTransaction = ['SET LOCAL', 'set_config in the transaction', 'a cursor'];
  const kinds: readonly (readonly [string, Omit<Case, 'change' | 'owner'>])[] = [
    ['a transaction each', { transactional: true, config: {} }],
    ['one transaction', { transactional: true, config: { transaction: 'all' } }],
    ['no transaction', { transactional: false, config: {} }],
  ];
  const cases = kinds.flatMap(([kind, options]) =>
    Object.entries(changes)
      .filter(([name]) => options.transactional || !onlyInTransaction.includes(name))
      .map(([name, changeOf]) => [name, kind, changeOf, options] as const),
  );

  test.each(cases)('after %s, in %s', (_, __, changeOf, options) =>
    onDatabase(async scripted => {
      await withDatabase(async online => {
        const [owner, role] = ['owner', 'taken'].map(name => `${name}_${randomBytes(6).toString('hex')}`) as [
          string,
          string,
        ];
        await scripted.query(`CREATE ROLE ${owner} SUPERUSER; CREATE ROLE ${role} SUPERUSER`);
        try {
          await migrateBoth(scripted, online, { change: changeOf(role), owner, ...options });
          expect(await stateOf(scripted)).toEqual(await stateOf(online));
        } finally {
          for (const database of [scripted, online]) await database.query(`DROP OWNED BY ${owner}, ${role}`);
          await scripted.query(`DROP ROLE ${owner}, ${role}`);
        }
      });
    })(),
  );

  test.each(['RESET ALL', 'DO $$ BEGIN RESET ALL; END $$', 'DISCARD ALL'])('and is refused %s', statement =>
    withProject(async project => {
      const upgrade = `await op.execute(${JSON.stringify(statement)});`;
      await project.write({ id: 'a1', transactional: false, upgrade });
      const { runner } = openRunner({ dataSource: () => ({}) as never }, project);
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
      const { runner } = openRunner({ dataSource: () => ({}) as never }, project);
      expect(await runner.sql('upgrade', 'heads')).not.toContain('set_config');
    }));
});
