import { describe, expect, test } from '@jest/globals';
import type { TestDatabase } from '../support/index.ts';
import {
  onDatabase,
  openRunner,
  rejection,
  table,
  type TestProject,
  type TestRevision,
  withProject,
} from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** Fails where it is told to, so that the same loaded file can be run again. */
const failing = "if (op.context.x.fail) throw new Error('told to');";
const fail = { x: { fail: 'here' } };

const nonTransactional = (id: string, upgrade: string, downgrade = ''): TestRevision => ({
  id,
  transactional: false,
  upgrade,
  downgrade,
});

/** Runs the revisions; `interrupted`, first until they fail. */
async function run(database: TestDatabase, project: TestProject, interrupted: boolean) {
  const opened = openRunner(database, project);
  if (interrupted) await rejection(opened.runner.upgrade('heads', fail));
  await opened.runner.upgrade();
  return opened;
}

describe('op.query that writes', () => {
  const writing = `await op.execute("CREATE TABLE n (id bigserial, at timestamptz DEFAULT '2020-02-02', raw bytea DEFAULT 'ab')");
    const [row] = await op.query('INSERT INTO n DEFAULT VALUES RETURNING *');
    const rows = await op.query('UPDATE n SET raw = raw RETURNING id');
    const [{ seen }] = await op.query('SELECT count(*)::int AS seen FROM n');
    ${failing}
    const types = [typeof row.id, row.at.toISOString(), Buffer.isBuffer(row.raw), rows[0].id, rows.length, seen];
    await op.execute('CREATE TABLE result AS SELECT $1::text AS types', [JSON.stringify(types)]);`;

  test.each([['non-transactional', {}] as const, ['in transaction: none', { transaction: 'none' }] as const])(
    'is carried out once, and gives the same rows when the run goes on: %s',
    (_, config) =>
      onDatabase(async (database, project) => {
        await project.write('transaction' in config ? { id: 'a1', upgrade: writing } : nonTransactional('a1', writing));
        const { runner } = openRunner(database, project, config);
        await rejection(runner.upgrade('heads', fail));
        expect((await runner.status()).unfinished).toMatchObject([{ done: 3 }]);
        await rejection(runner.upgrade('heads', fail));
        await runner.upgrade();
        expect(await database.query('SELECT count(*)::int AS rows FROM n')).toEqual([{ rows: 1 }]);
        const [{ types }] = await database.query('SELECT types FROM result');
        expect(JSON.parse(types)).toEqual(['string', '2020-02-02T00:00:00.000Z', true, '1', 1, 1]);
      })(),
  );

  test(
    'is refused where the run that was interrupted had not come to it',
    onDatabase(async (database, project) => {
      await project.write(
        nonTransactional(
          'a1',
          `if (!op.context.x.fail) await op.query('CREATE TABLE early ()');
           await op.execute('CREATE TABLE t ()'); ${failing}`,
        ),
      );
      const { runner } = openRunner(database, project);
      await rejection(runner.upgrade('heads', fail));
      expect(await rejection(runner.upgrade())).toMatchObject({ name: 'JournalMismatchError', operation: 1 });
      expect(await database.query("SELECT to_regclass('early') AS early")).toEqual([{ early: null }]);
    }),
  );
});

describe('op.query that only PostgreSQL knows to be more than a look', () => {
  const queries = {
    nextval: "SELECT nextval('s') AS n",
    'nextval from the cache of the session': "SELECT nextval('cached') > 0 AS n",
    'nextval in a function': 'SELECT drawn() AS n',
    currval: "SELECT nextval('s') + currval('s') AS n",
    setval: "SELECT setval('s', 90) AS n",
    'FOR UPDATE of no rows': 'SELECT n FROM t WHERE n < 0 FOR UPDATE',
    'UPDATE of no rows yet': 'UPDATE t SET n = n RETURNING n',
    'INSERT of no rows yet': 'WITH i AS (INSERT INTO t SELECT n FROM t RETURNING n) SELECT n FROM i',
    'a write that an exception takes back': 'SELECT undone() AS n',
    'LOCK TABLE': 'LOCK TABLE t',
    'no more than a look': 'SELECT 1 AS n',
  };
  const structure = `CREATE SEQUENCE s; CREATE SEQUENCE cached CACHE 20; CREATE TABLE t (n int); CREATE TABLE seen (found text);
    CREATE FUNCTION drawn() RETURNS bigint LANGUAGE sql VOLATILE AS $$ SELECT nextval('s') $$;
    CREATE FUNCTION undone() RETURNS bigint LANGUAGE plpgsql AS
      $$ BEGIN PERFORM nextval('s'); INSERT INTO t VALUES (1 / 0); EXCEPTION WHEN division_by_zero THEN RETURN 7; END $$`;

  test.each(shareOfToday(Object.entries(queries)))(
    'gives what it gives in a run that is not interrupted: %s',
    (_, sql) =>
      onDatabase(async (database, project) => {
        // What has a transaction id depends on how often the sequence was drawn from before: each place is tried.
        const twice = ['1', '2'].map(
          row => `const [r${row}] = [await op.query(${JSON.stringify(sql)})].flat();
          await op.execute('INSERT INTO seen VALUES ($1)', [JSON.stringify(r${row} ?? null)]);
          await op.execute('INSERT INTO t VALUES (1)');
          if (op.context.x.fail === '${row}') throw new Error('told to');`,
        );
        await project.write(nonTransactional('a1', `await op.query("SELECT nextval('s')"); ${twice.join('\n')}`));
        const seen: unknown[] = [];
        for (const fails of [[], ['1', '2'], ['2', '1', '2']]) {
          await database.query(`DROP SCHEMA public CASCADE; CREATE SCHEMA public; ${structure}`);
          const { runner } = openRunner(database, project);
          for (const fail of fails)
            expect(await rejection(runner.upgrade('heads', { x: { fail } }))).toMatchObject({
              cause: { message: 'told to' },
            });
          await runner.upgrade();
          seen.push([await database.query('SELECT found FROM seen'), await database.query('SELECT count(*) FROM t')]);
        }
        expect(seen[1]).toEqual(seen[0]);
        expect(seen[2]).toEqual(seen[0]);
      })(),
  );
});

describe('a backfill that was interrupted', () => {
  const whole = { table: 't', set: { q: 'q * 2' }, where: 'q > 0', key: 'id', batchSize: 10 };
  const edited = async (database: TestDatabase, project: TestProject, changed: object, before = '') => {
    await database.query(
      'CREATE TABLE t (id int PRIMARY KEY, other int UNIQUE NOT NULL, q int CHECK (q < 60)); INSERT INTO t SELECT i, -i, i FROM generate_series(1, 30) i',
    );
    const backfill = (work: object) => `await op.backfill(${JSON.stringify(work)});`;
    await project.write(
      nonTransactional(
        'a1',
        `if (op.context.x.edited) { ${before} ${backfill({ ...whole, ...changed })} } else { ${backfill(whole)} }`,
      ),
    );
    const { runner } = openRunner(database, project);
    expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '23514' } });
    await database.query('ALTER TABLE t DROP CONSTRAINT t_q_check');
    return () => runner.upgrade('heads', { x: { edited: 'yes' } });
  };
  const rows = (database: TestDatabase) =>
    database.query('SELECT count(*)::int AS n, count(*) FILTER (WHERE q = id * 2)::int AS doubled FROM t');

  test.each<[string, object, string?]>(
    shareOfToday(
      [
        ['set', { set: { q: 'q / 2' } }],
        ['another column', { set: { q: 'q * 2', other: 'other' } }],
        ['where', { where: 'q > 1' }],
        ['key', { key: 'other' }],
        ['what comes before it', {}, "await op.execute('CREATE TABLE other ()');"],
        ['what comes before it, by a query', {}, "await op.query('CREATE TABLE other ()');"],
        ['what comes before it, outside a transaction', {}, "await op.execute('VACUUM t');"],
        ['a backfill before it', {}, "await op.backfill({ table: 't', set: { other: 'other' } });"],
        ['the end of the revision', {}, 'return;'],
      ],
      3,
    ),
  )('does not go on where there is another one: %s', (_, changed, before = '') =>
    onDatabase(async (database, project) => {
      const upgrade = await edited(database, project, changed, before);
      expect(await rejection(upgrade())).toMatchObject({ name: 'JournalMismatchError', done: 0, operation: 1 });
      expect(await rows(database)).toEqual([{ n: 30, doubled: 20 }]);
    })(),
  );

  test(
    'goes on with batches of another size',
    onDatabase(async (database, project) => {
      const upgrade = await edited(database, project, { batchSize: 3, key: undefined });
      await upgrade();
      expect(await rows(database)).toEqual([{ n: 30, doubled: 30 }]);
    }),
  );
});

describe('what a revision did to its session', () => {
  const changes = [
    'SET search_path TO other, public',
    '-- as the owner\nSET ROLE pg_monitor',
    "SET work_mem = '7MB'; CREATE TABLE public.beside ()",
    "SELECT set_config('app.tenant', 'acme', false)",
    'SET SESSION app.level = 3',
    'CREATE TEMP VIEW seen AS SELECT 1 AS one',
    'PREPARE p AS SELECT 1',
    'LISTEN told',
    'RESET ROLE',
  ];
  const state = `SELECT array[current_setting('search_path'), current_user, current_setting('work_mem'), current_setting('app.tenant'),
      current_setting('app.level')] AS settings, (SELECT one FROM seen) AS one,
      array(SELECT name FROM pg_prepared_statements) AS prepared, array(SELECT pg_listening_channels()) AS channels`;

  test('is there when the run goes on, as it is in one that is not interrupted', async () => {
    const found: unknown[] = [];
    for (const interrupted of [false, true]) {
      await onDatabase(async (database, project) => {
        await database.query('CREATE SCHEMA other; GRANT CREATE ON SCHEMA public TO pg_monitor');
        const executed = changes.map(sql => `await op.execute(${JSON.stringify(sql)});`);
        await project.write(
          nonTransactional(
            'a1',
            `${executed.join('\n')} ${failing} await op.execute(${JSON.stringify(`CREATE TABLE made AS ${state}`)});`,
          ),
        );
        await run(database, project, interrupted);
        found.push(await database.query('SELECT * FROM other.made'));
      })();
    }
    expect(found[0]).toHaveLength(1);
    expect(found[1]).toEqual(found[0]);
  });

  const setting = "set_config('search_path', 'other', false), set_config('app.tenant', 'acme', false)";
  const execute = (sql: string, ...given: unknown[]) =>
    `await op.execute(${[sql, ...given].map(each => JSON.stringify(each)).join(', ')});`;
  const ways = {
    SET: execute('SET search_path TO other') + execute("SET app.tenant = 'acme'"),
    'a second SET': execute("SET search_path TO first; SET app.tenant = 'x'") + execute(`SELECT ${setting}`),
    DO: execute(
      "DO $$ BEGIN PERFORM set_config('search_path', 'other', false); PERFORM set_config('app.tenant', 'acme', false); END $$",
    ),
    'a DO that builds its statement': execute("DO $$ BEGIN EXECUTE format('SET %I TO other', 'search_path'); END $$"),
    'a function of the project': execute('SELECT into_other()'),
    'a procedure that commits': execute('CALL commits()'),
    'a list of a SELECT': execute(`SELECT 1, ${setting}`),
    parameters:
      execute('SELECT set_config($1, $2, false)', ['search_path', 'other']) +
      execute('SELECT set_config($1, $2, false)', ['app.tenant', 'acme']),
    'an op.query that writes': `await op.query("INSERT INTO public.log SELECT set_config('search_path', 'other', false)");`,
    'a migration of TypeORM': 'await op.runMigration(Moves1700000000001);',
    'a migration that begins its transaction': 'await op.runMigration(MovesInTransaction1700000000002);',
    'a role': execute('SET ROLE pg_monitor'),
    'a role by its setting': execute("SELECT set_config('role', 'pg_monitor', false)"),
    'a session authorization': execute('SET SESSION AUTHORIZATION pg_monitor'),
    'SET and RESET': execute('SET search_path TO other') + execute('RESET search_path'),
    'RESET ALL': execute('SET search_path TO other; SET work_mem = 9999') + execute('RESET ALL'),
    'SET LOCAL, which ends with its statement': execute(
      "SET LOCAL search_path TO other; SET LOCAL app.tenant = 'acme'; SET work_mem = '7MB'",
    ),
    'an advisory lock': execute('SELECT pg_advisory_lock(71), pg_advisory_lock_shared(7, 1)'),
    LISTEN: execute('DO $$ BEGIN EXECUTE $q$ LISTEN told $q$; END $$'),
    'a statement that is prepared': execute('PREPARE p AS SELECT 1') + execute('SET work_mem = 7777'),
    'a temporary view': execute('CREATE TEMP VIEW seen AS SELECT 1 AS one'),
    'no transaction': execute('VACUUM public.log') + execute('SET search_path TO other') + execute('VACUUM public.log'),
    'a query in between':
      execute('SET search_path TO other') +
      `await op.query("SELECT set_config('search_path', 'first', false)");` +
      execute('SET search_path TO other, public'),
  };
  const whole = `SELECT session_user::text, current_user::text, current_setting('search_path') AS path, coalesce(current_setting('app.tenant', true), '') AS tenant,
    current_setting('work_mem') AS memory, array(SELECT name FROM pg_prepared_statements) AS prepared, array(SELECT pg_listening_channels()) AS channels,
    array(SELECT relname::text FROM pg_class WHERE relnamespace = pg_my_temp_schema()) AS temporary,
    array(SELECT format('%s %s %s', objid, objsubid, mode) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objid <> (SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() ORDER BY objid DESC LIMIT 1) ORDER BY 1) AS locks`;

  test.each(shareOfToday(Object.entries(ways)))('is there when the run goes on: %s', (_, way) =>
    onDatabase(async (database, project) => {
      const seen: unknown[] = [];
      for (const interrupted of [false, true]) {
        await database.query(`DROP SCHEMA IF EXISTS first, other CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE SCHEMA other; CREATE SCHEMA first;
          GRANT CREATE, USAGE ON SCHEMA public, other TO pg_monitor; CREATE TABLE public.log (line text);
          CREATE FUNCTION into_other() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN set_config('search_path', 'other', false); END $$;
          CREATE PROCEDURE commits() LANGUAGE plpgsql AS $$ BEGIN COMMIT; PERFORM set_config('search_path', 'other', false); END $$`);
        await project.write({
          ...nonTransactional(
            'a1',
            `class Moves1700000000001 { up(queryRunner) { return queryRunner.query("SET search_path TO other"); } }
             class MovesInTransaction1700000000002 {
               async up(queryRunner) {
                 await queryRunner.startTransaction();
                 await queryRunner.query("SET search_path TO other");
                 await queryRunner.commitTransaction();
               }
             }
             ${way} ${failing} ${execute(`CREATE TABLE public.made AS ${whole}`)}`,
          ),
          down: null,
        });
        await run(database, project, interrupted);
        seen.push(await database.query('SELECT * FROM public.made'));
      }
      expect(seen[0]).toHaveLength(1);
      expect(seen[1]).toEqual(seen[0]);
    })(),
  );

  test.each([
    ['CREATE TEMP TABLE t ()', 'table pg_temp.t'],
    ["DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE ' || 't ()'; END $$", 'table pg_temp.t'],
    ["CREATE FUNCTION pg_temp.f(n int) RETURNS int LANGUAGE sql AS 'SELECT 1'", 'function pg_temp.f(integer)'],
    ['CREATE TYPE pg_temp.pair AS (a int)', 'type pg_temp.pair'],
    ['CREATE TEMP SEQUENCE s', 'sequence pg_temp.s'],
    ['DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'cursor "c"'],
    ['CREATE TEMP TABLE t ON COMMIT DROP AS SELECT 1', undefined],
    ['CREATE TEMP TABLE t (); DROP TABLE t', undefined],
  ])('is refused where it ended with its session: %s', (sql, object) =>
    onDatabase(async (database, project) => {
      await project.write(
        nonTransactional('a1', `${execute(sql)} ${failing} ${execute('CREATE TABLE public.made ()')}`),
      );
      const { runner } = openRunner(database, project);
      expect(await rejection(runner.upgrade('heads', fail))).toMatchObject({ cause: { message: 'told to' } });
      if (object === undefined) return void (await runner.upgrade());
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({ name: 'LostTemporaryTableError', table: object });
      expect(error.message).toContain(object);
      expect(await database.query("SELECT to_regclass('public.made') AS made")).toEqual([{ made: null }]);
    })(),
  );

  test(
    'cannot be made again where it was a table with rows',
    onDatabase(async (database, project) => {
      await project.write(
        nonTransactional(
          'a1',
          `await op.execute('CREATE TEMP TABLE gone AS SELECT 1'); await op.execute('DROP TABLE gone');
           await op.execute('CREATE TEMP TABLE "Draft" AS SELECT 7 AS n');
           ${failing}
           await op.execute('CREATE TABLE made AS SELECT n FROM "Draft"');`,
        ),
      );
      const { runner } = openRunner(database, project);
      await rejection(runner.upgrade('heads', fail));
      await database.query('CREATE TABLE "Draft" (n int)');
      expect(await rejection(runner.upgrade())).toMatchObject({
        name: 'LostTemporaryTableError',
        table: 'table pg_temp."Draft"',
      });
      expect(await database.query("SELECT to_regclass('made') AS made")).toEqual([{ made: null }]);
    }),
  );

  test(
    'is no matter where the temporary table was dropped',
    onDatabase(async (database, project) => {
      await project.write(
        nonTransactional(
          'a1',
          `await op.execute('CREATE TEMP TABLE gone AS SELECT 1'); await op.execute('DROP TABLE IF EXISTS pg_temp.gone');
           ${failing} await op.execute('CREATE TABLE made ()');`,
        ),
      );
      await run(database, project, true);
      expect(await database.query("SELECT to_regclass('made')::text AS made")).toEqual([{ made: 'made' }]);
    }),
  );
});

describe('a database half way from a revision, or to it', () => {
  const halves = nonTransactional(
    'b1',
    `await op.execute('CREATE TABLE b1 ()'); ${failing} await op.execute('CREATE TABLE b2 ()');`,
    `await op.execute('DROP TABLE b2'); ${failing} await op.execute('DROP TABLE b1');`,
  );

  test(
    'is not at the heads, and has something to be finished',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), halves);
      const { runner } = openRunner(database, project);
      await runner.upgrade();
      expect((await runner.status()).isAtHeads).toBe(true);
      await rejection(runner.downgrade('a1', fail));
      const unfinished = { name: 'UnfinishedRevisionError', revision: 'b1', direction: 'downgrade' };
      expect(await rejection(runner.upgrade())).toMatchObject(unfinished);
      expect(await rejection(runner.upgrade('heads', { dryRun: true }))).toMatchObject(unfinished);
      expect(await rejection(runner.check())).toMatchObject(unfinished);
      await withProject(async old => {
        await old.write(table('a1'), table('c1'));
        await database.query("UPDATE alembic_version SET version_num = 'a1'");
        const older = openRunner(database, old).runner;
        for (const ask of [
          () => older.upgrade(),
          () => older.upgrade('heads', { dryRun: true }),
          () => older.stamp('c1'),
        ]) {
          const error = await rejection(ask());
          expect(error).toMatchObject(unfinished);
          expect(error.message).toContain('run `downgrade` with the code that does');
        }
        await older.stamp('c1', { purge: true });
        await database.query('UPDATE alembic_version_log SET finished_at = NULL WHERE progress IS NOT NULL');
        expect((await rejection(older.check())).message).toContain('run `downgrade` with the code that does');
        await database.query("UPDATE alembic_version SET version_num = 'b1'");
      });
      expect(await runner.status()).toMatchObject({ heads: ['b1'], isAtHeads: false, isAhead: false });
      await runner.downgrade('a1');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
      expect((await runner.upgrade()).steps).toEqual([]);
    }),
  );

  test(
    'is not at base either',
    onDatabase(async (database, project) => {
      await project.write({ ...halves, id: 'a1', down: null });
      const { runner } = openRunner(database, project);
      await rejection(runner.upgrade('heads', fail));
      const unfinished = { name: 'UnfinishedRevisionError', revision: 'a1', direction: 'upgrade' };
      for (const options of [{}, { dryRun: true }])
        expect(await rejection(runner.downgrade('base', options))).toMatchObject(unfinished);
      await runner.upgrade();
      expect((await runner.downgrade('base')).heads).toEqual([]);
    }),
  );

  test(
    'is no matter to code that does not have the revision',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), halves);
      await rejection(openRunner(database, project).runner.upgrade('heads', fail));
      await withProject(async old => {
        await old.write(table('a1'));
        const { runner } = openRunner(database, old);
        expect(await runner.upgrade()).toMatchObject({ steps: [], heads: ['a1'] });
        expect((await runner.status()).isAtHeads).toBe(true);
      });
    }),
  );
});
