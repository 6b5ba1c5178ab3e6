import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { withConnection } from '../../src/database/with-connection.ts';
import { type TestDatabase, withDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table } from './project.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** A role without any privilege; roles are the whole server's. */
const weak = `weak_${process.pid}`;
beforeAll(() => withDatabase(database => database.query(`DROP ROLE IF EXISTS ${weak}; CREATE ROLE ${weak}`)));
afterAll(() => withDatabase(database => database.query(`DROP ROLE ${weak}`)));

/** What a revision may do to its session, and what it is not to leave there. */
const changes: Readonly<Record<string, string>> = {
  'a search path': 'SET search_path TO elsewhere',
  'a path that ends in the catalog': 'SET search_path TO elsewhere, public, pg_catalog',
  'an empty path': `SELECT set_config('search_path', '', false)`,
  'a role': `SET ROLE ${weak}`,
  'a session authorization': `SET SESSION AUTHORIZATION ${weak}`,
  'the replication role': 'SET session_replication_role = replica',
  'a timeout': `SET statement_timeout = '9s'; SET lock_timeout = '8s'; SET idle_in_transaction_session_timeout = '7s'`,
  'a time zone and formats': `SET TimeZone = 'Asia/Jakarta'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'`,
  'the meaning of backslashes': 'SET standard_conforming_strings = off',
  'the isolation of transactions': 'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  'a setting of its own': `SET app.tenant = 'x'; SELECT set_config('app.user_id', 'x', false)`,
  'advisory locks':
    'SELECT pg_advisory_lock(7), pg_advisory_lock(7), pg_advisory_lock(-1), pg_advisory_lock_shared(1, -2)',
  'temporary objects': `CREATE TEMP TABLE parcel (id serial); CREATE TEMP VIEW v AS SELECT 1; CREATE TYPE pg_temp.pair AS (a int);
    CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
  'a prepared statement': 'PREPARE p AS SELECT 1',
  'a cursor': 'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
  'a channel': 'LISTEN news',
};

/** All there is to tell of a session, asked without the code under test. */
const stateQuery = `SELECT session_user AS own, current_user AS role,
  (SELECT json_object_agg(name, setting ORDER BY name) FROM pg_settings WHERE name !~ '^transaction_') AS settings,
  current_setting('app.tenant', true) AS tenant, current_setting('app.user_id', true) AS id,
  ARRAY(SELECT format('%s %s %s %s', classid, objid, objsubid, mode) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
  ARRAY(SELECT relname::text FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS relations,
  ARRAY(SELECT proname::text FROM pg_proc WHERE pronamespace = pg_my_temp_schema()) AS functions,
  ARRAY(SELECT name FROM pg_prepared_statements) AS prepared, ARRAY(SELECT name FROM pg_cursors WHERE is_holdable) AS cursors,
  ARRAY(SELECT pg_listening_channels()) AS channels`;

const stateOf = async (dataSource: DataSource) => {
  const [{ tenant, id, ...state }] = await dataSource.query(stateQuery);
  // A setting that was reset is empty, and not unknown again.
  return { ...state, tenant: tenant ?? '', id: id ?? '' };
};

describe('what the application has', () => {
  test.each([
    ['set, and a revision sets until its end', `SELECT set_config('app.mine', 'x', true)`],
    ['set, and a revision sets for good', `SET app.mine = 'x'; SET "app"."mine" TO 'y'`],
    ['prepared, and a revision deallocates', 'DEALLOCATE ALL'],
    ['opened, and a revision closes', 'CLOSE ALL'],
    ['locked, and a revision unlocks', 'SELECT pg_advisory_unlock(99)'],
    ['made, and a revision discards', 'DISCARD TEMP'],
  ])('%s', (_, sql) =>
    onDatabase(async (database, project) => {
      await project.write({ id: 'a', upgrade: `await op.execute(${JSON.stringify(sql)});` });
      const { runner, dataSource } = openRunner(database, project, {}, { poolSize: 1 });
      await dataSource.initialize();
      await dataSource.query(ofApplication);
      const [{ pid }] = await dataSource.query('SELECT pg_backend_pid() AS pid');
      expect((await runner.upgrade()).heads).toEqual(['a']);
      // As it was, or another session, which an application must expect of a pool at any time.
      const [now] = await dataSource.query(`SELECT pg_backend_pid() AS pid, current_setting('app.mine', true) AS mine,
        (SELECT count(*)::int FROM pg_prepared_statements WHERE name = 'own') + (SELECT count(*)::int FROM pg_cursors WHERE name = 'own')
        + (SELECT count(*)::int FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relname = 'own')
        + (SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory' AND objid = 99) AS things`);
      expect(now.pid === pid ? [now.mine, now.things] : now.mine).toEqual(now.pid === pid ? ['kept', 4] : null);
      expect(now.pid === pid).toBe(/set_config|SET /.test(sql));
    })(),
  );
});

describe('a setting such as app.tenant', () => {
  const dynamic = "EXECUTE format('SET app.%s = 1', 'tenant')";
  const asParameters = "await op.query('SELECT set_config($1, $2, false)', ['app.tenant', '1']);";
  const ways: Readonly<Record<string, string>> = {
    'by parameters': asParameters,
    'by a text': "await op.execute(\"SELECT set_config('app.tenant', '1', false)\");",
    'by a name that is worked out': "await op.execute(\"SELECT set_config('app.' || 'tenant', '1', false)\");",
    'by a DO': `await op.execute("DO $$ BEGIN ${dynamic}; END $$");`,
    'by a function': "await op.execute('SELECT sets()');",
    'by a function of parsed SQL': "await op.execute('SELECT parsed()');",
    'by a trigger': 'await op.execute("INSERT INTO triggering VALUES (1)");',
    'by a statement that is prepared':
      'await op.execute("PREPARE p(text) AS SELECT set_config($1, \'1\', false)"); await op.execute("EXECUTE p(\'app.tenant\')");',
    'by onVersionApply': '',
    'by a stamp': '',
  };

  test.each(
    shareOfToday(
      Object.entries(ways).flatMap(([way, upgrade]) => [
        [way, 'a transaction', upgrade, {}] as const,
        [way, 'no transaction', upgrade, { transactional: false as const }] as const,
      ]),
      5,
    ),
  )('does not reach the application where it is set %s, in %s', (way, _, upgrade, kind) =>
    onDatabase(async (database, project) => {
      const [{ major }] = await database.query("SELECT current_setting('server_version_num')::int / 10000 AS major");
      await database.query(`CREATE FUNCTION sets() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${dynamic}; END $$;
        CREATE TABLE triggering (n int); CREATE FUNCTION triggered() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN SET app.tenant = 1; RETURN new; END $$;
        CREATE TRIGGER t BEFORE INSERT ON triggering FOR EACH ROW EXECUTE FUNCTION triggered();
        CREATE FUNCTION parsed() RETURNS text ${major < 14 ? "LANGUAGE sql AS $$ SELECT set_config('app.tenant', '1', false) $$" : "RETURN set_config('app.tenant', '1', false)"}`);
      await project.write({ id: 'a1', upgrade, ...kind });
      const onVersionApply = async ({ query }: { query: (sql: string) => Promise<unknown> }) => {
        if (/onVersionApply|stamp/.test(way)) await query("SELECT set_config('app.tenant', '1', false)");
      };
      const { runner, dataSource } = openRunner(database, project, { onVersionApply }, { poolSize: 1 });
      await dataSource.initialize();
      if (way === 'by a stamp') await runner.stamp('a1');
      else await runner.upgrade();
      const [{ tenant }] = await dataSource.query("SELECT current_setting('app.tenant', true) AS tenant");
      expect(tenant ?? '').toBe('');
    })(),
  );
});

/** What an application may have done to the only connection of its pool. */
const ofApplication = `SET TimeZone = 'Europe/Paris'; SET app.mine = 'kept'; SET statement_timeout = '1min'; LISTEN own; PREPARE own AS SELECT 1;
  DECLARE own CURSOR WITH HOLD FOR SELECT 1; SELECT pg_advisory_lock(99); CREATE TEMP TABLE own (id serial)`;

const record = `await op.execute("CREATE TABLE public.seen AS SELECT current_setting('search_path') AS path, current_user::text AS role, to_regclass('public.b') IS NULL AS isfirst"); await op.execute('CREATE TABLE b (id int)');`;

const setUp = async (database: TestDatabase, upgrade: string) =>
  database.query(`CREATE SCHEMA elsewhere; CREATE TABLE elsewhere.alembic_version (version_num varchar(32));
    GRANT USAGE, CREATE ON SCHEMA elsewhere TO ${weak}; SELECT ${JSON.stringify(upgrade).length}`);

describe.each(['each', 'all', 'none'] as const)('in a run with transaction %s, a revision', transaction => {
  test.each(shareOfToday(Object.entries(changes)))(
    'leaves %s neither to the next one nor to the application',
    (_, sql) =>
      onDatabase(async (database, project) => {
        await setUp(database, sql);
        const statements = transaction === 'none' ? sql.split(/;\s+(?=[A-Z])/) : [sql];
        await project.write(
          { id: 'a', upgrade: statements.map(each => `await op.execute(${JSON.stringify(each)});`).join('\n') },
          { id: 'b', upgrade: record },
        );
        const { runner, dataSource } = openRunner(database, project, { transaction }, { poolSize: 1 });
        await dataSource.initialize();
        await dataSource.query(ofApplication);
        const before = await stateOf(dataSource);
        expect((await runner.upgrade()).heads).toEqual(['b']);
        expect(await stateOf(dataSource)).toEqual(before);
        expect(await dataSource.query(`SELECT current_setting('app.mine') AS mine`)).toEqual([{ mine: 'kept' }]);
        expect(await database.query('SELECT version_num FROM public.alembic_version')).toEqual([{ version_num: 'b' }]);
        expect(await database.query('SELECT * FROM elsewhere.alembic_version')).toEqual([]);
        const [{ user }] = await database.query('SELECT current_user AS user');
        expect(
          await database.query(
            `SELECT DISTINCT s.*, executed_by LIKE '${user}@%' AS own FROM public.seen s, public.alembic_version_log`,
          ),
        ).toEqual([{ path: '"$user", public', role: user, isfirst: true, own: true }]);
        expect(await database.query(`SELECT to_regclass('public.b') IS NOT NULL AS made`)).toEqual([{ made: true }]);
      })(),
  );
});

describe('the connection of an application', () => {
  test(
    'comes back as it was from a revision that fails, and from a stamp',
    onDatabase(async (database, project) => {
      const all = Object.entries(changes).filter(([name]) => !/role|authorization|path/.test(name));
      await project.write({
        id: 'a',
        upgrade: `${all.map(([, sql]) => `await op.execute(${JSON.stringify(sql)});`).join('\n')} throw new Error('no');`,
      });
      const onVersionApply = async ({ query }: { query: (sql: string) => Promise<unknown> }) => {
        await query('SET search_path TO elsewhere');
      };
      const { runner, dataSource } = openRunner(database, project, { onVersionApply }, { poolSize: 1 });
      await dataSource.initialize();
      const before = await stateOf(dataSource);
      expect(await rejection(runner.upgrade())).toMatchObject({ name: 'RevisionFailedError' });
      expect(await stateOf(dataSource)).toEqual(before);
      await runner.stamp('a');
      expect(await stateOf(dataSource)).toEqual(before);
    }),
  );

  test(
    'is closed where this role cannot undo what another one did',
    onDatabase(async (database, project) => {
      await database.query(
        `GRANT CREATE, USAGE ON SCHEMA public TO ${weak}; ALTER DATABASE ${database.name} OWNER TO ${weak}`,
      );
      const { runner, dataSource } = openRunner(database, project, {}, { poolSize: 1 });
      await dataSource.initialize();
      await dataSource.query(`SET ROLE ${weak}`);
      await project.write({
        id: 'a',
        upgrade: `await op.execute('RESET ROLE; SET session_replication_role = replica');`,
      });
      await runner.upgrade();
      expect(await dataSource.query('SHOW session_replication_role')).toEqual([{ session_replication_role: 'origin' }]);
      const pids = await withConnection(dataSource, connection => connection.query('SELECT pg_backend_pid() AS pid'));
      expect(pids).toHaveLength(1);
    }),
  );
});

describe('a connection that the application gave back inside a transaction', () => {
  const methods = {
    upgrade: (runner: Runner) => runner.upgrade(),
    downgrade: (runner: Runner) => runner.downgrade('base'),
    stamp: (runner: Runner) => runner.stamp('heads'),
    current: (runner: Runner) => runner.current(),
    check: (runner: Runner) => runner.check(),
    plan: (runner: Runner) => runner.plan(),
  };
  test.each(['BEGIN', 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'BEGIN; SAVEPOINT s; SELECT 1'])(
    'is refused, and what the application wrote is not committed: %s',
    begin =>
      onDatabase(async (database, project) => {
        await database.query('CREATE TABLE written (id int)');
        await project.write(table('a1'));
        const { runner, dataSource } = openRunner(database, project, { allowNoEntities: true }, { poolSize: 1 });
        await dataSource.initialize();
        const application = dataSource.createQueryRunner();
        await application.query(begin);
        await application.query('INSERT INTO written VALUES (1)');
        await application.release();
        for (const method of Object.values(methods)) {
          expect(await rejection(method(runner))).toMatchObject({ name: 'OpenTransactionError' });
        }
        await rejection(dataSource.query('SELECT 1 / 0'));
        expect(await rejection(runner.upgrade())).toMatchObject({ name: 'OpenTransactionError' });
        await dataSource.query('ROLLBACK');
        expect((await runner.upgrade()).heads).toEqual(['a1']);
        expect(await database.query('SELECT * FROM written')).toEqual([]);
      })(),
  );

  /** As `pg` has it before 8.21. */
  class OlderClient extends pg.Client {
    override getTransactionStatus = undefined as never;
  }
  test(
    'is refused before anything is written by versions of pg that do not tell',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const session = { poolSize: 1, extra: { Client: OlderClient } };
      const { runner, dataSource } = openRunner(database, project, { allowNoEntities: true }, session);
      await dataSource.initialize();
      await runner.upgrade();
      await project.write(table('b1'));
      const application = dataSource.createQueryRunner();
      await application.query('BEGIN; CREATE TABLE written ()');
      await application.release();
      expect(await rejection(runner.upgrade())).toMatchObject({ name: 'OpenTransactionError' });
      await dataSource.query('ROLLBACK');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
      expect(await database.query("SELECT to_regclass('written') AS written")).toEqual([{ written: null }]);
    }),
  );
});
