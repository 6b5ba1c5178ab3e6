import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { InterruptedError } from '../../src/cli/interrupted-error.ts';
import { mustRunOutsideTransaction } from '../../src/operations/raw-sql.ts';
import { withDatabase, type TestDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection } from './project.ts';

/** What PostgreSQL says of a statement in a transaction: whether it refuses it there, before it looks at anything else. */
async function isRefused(database: TestDatabase, sql: string): Promise<boolean> {
  const client = await database.client();
  await client.query('BEGIN');
  try {
    return await client.query(sql).then(
      () => false,
      (error: { code?: string }) => error.code === '25001',
    );
  } finally {
    await client.query('ROLLBACK');
    await client.end();
  }
}

test('statements that must run outside a transaction are those that PostgreSQL refuses in one', () =>
  withDatabase(async database => {
    await database.query('CREATE TABLE t (id int); CREATE INDEX i ON t (id)');
    await database.query('CREATE TABLE m (id int) PARTITION BY RANGE (id); CREATE TABLE m1 PARTITION OF m DEFAULT');
    await database.query(`CREATE SUBSCRIPTION s CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false)`);
    const name = database.name;
    const statements = [
      'CREATE INDEX CONCURRENTLY ON t (id)',
      '-- why\n/* /* so */ */ CREATE UNIQUE INDEX CONCURRENTLY j ON t (id)',
      'CREATE INDEX "CONCURRENTLY" ON t (id)',
      'DROP INDEX CONCURRENTLY i',
      'DROP INDEX i',
      'REINDEX TABLE t',
      'REINDEX TABLE CONCURRENTLY t',
      'REINDEX(VERBOSE) SCHEMA public',
      `REINDEX DATABASE "${name}"`,
      'VACUUM t',
      'ANALYZE t',
      'CLUSTER',
      'CLUSTER VERBOSE',
      'CLUSTER t USING i',
      'DISCARD ALL',
      'DISCARD PLANS',
      'CREATE DATABASE x OWNER postgres',
      'CREATE DATABASE x',
      'DROP DATABASE IF EXISTS x',
      `ALTER DATABASE "${name}" SET TABLESPACE pg_default`,
      `ALTER DATABASE "${name}" SET work_mem = '5MB'`,
      `ALTER DATABASE "${name}" RESET ALL`,
      `ALTER DATABASE "${name}" CONNECTION LIMIT 50`,
      `ALTER DATABASE "${name}" OWNER TO CURRENT_USER`,
      "CREATE TABLESPACE x OWNER CURRENT_USER LOCATION '/nowhere'",
      'DROP TABLESPACE IF EXISTS x',
      'ALTER TABLESPACE pg_default RESET (seq_page_cost)',
      "ALTER SYSTEM SET work_mem = '5MB'",
      "CREATE SUBSCRIPTION x CONNECTION 'dbname=none' PUBLICATION p",
      'ALTER SUBSCRIPTION s SET (synchronous_commit = off)',
      'ALTER TABLE m DETACH PARTITION m1 CONCURRENTLY',
      'ALTER TABLE m DETACH PARTITION m1',
      "INSERT INTO t SELECT 1 WHERE 'VACUUM t; DISCARD ALL' IS NULL",
      "DO $$ BEGIN IF false THEN EXECUTE 'VACUUM'; END IF; END $$",
    ];
    const refused: string[] = [];
    for (const sql of statements) if (await isRefused(database, sql)) refused.push(sql);
    // The database cannot be dropped while it has one.
    await database.query('ALTER SUBSCRIPTION s SET (slot_name = NONE)');
    await database.query('DROP SUBSCRIPTION s');
    expect(statements.filter(mustRunOutsideTransaction)).toEqual(refused);
  }));

describe('in a revision that commits statement by statement', () => {
  test(
    'what PostgreSQL refuses in a transaction is run outside one, whatever its words are',
    onDatabase(async (database, project) => {
      const created = `${database.name}_x`;
      const [{ owner }] = await database.query('SELECT quote_ident(current_user) AS owner');
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('CREATE DATABASE "${created}" OWNER ${owner}');
          await op.execute('DROP DATABASE "${created}"');
          await op.execute('CREATE TABLE m (id int) PARTITION BY RANGE (id)');
          await op.execute('CREATE TABLE m1 PARTITION OF m DEFAULT');
          await op.execute('CREATE INDEX m_i ON m (id)');
          await op.execute('REINDEX INDEX m_i');
          await op.execute('DO $$ BEGIN INSERT INTO m VALUES (1); COMMIT; INSERT INTO m VALUES (2); COMMIT; END $$');
          await op.execute('CREATE PROCEDURE p(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN INSERT INTO m VALUES (n); COMMIT; n := n + 1; END $$');
          const [{ n }] = await op.query('CALL p(3)');
          await op.execute('INSERT INTO m VALUES ($1)', [n]);`,
      });
      await openRunner(database, project).runner.upgrade();
      expect(await database.query('SELECT id FROM m ORDER BY id')).toEqual([1, 2, 3, 4].map(id => ({ id })));
    }),
  );

  test(
    'a procedure that commits is not run again where it failed, until it is another one',
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('CREATE TABLE t (id int)');
          await op.execute('DO $$ BEGIN ' + (op.context.x.remark ?? '') + ' INSERT INTO t VALUES (1); COMMIT; PERFORM 1 / count(*) FROM ready; END $$');`,
      });
      await database.query('CREATE TABLE ready ()');
      const { runner } = openRunner(database, project);
      const failed = await rejection(runner.upgrade());
      expect(failed).toMatchObject({ name: 'RevisionFailedError', cause: { code: '22012' } });
      expect(failed.message).toMatch(/the operation before that is done, and what "DO .*" has committed stays/);
      expect(await database.query('SELECT id FROM t')).toEqual([{ id: 1 }]);
      await database.query('INSERT INTO ready DEFAULT VALUES');
      expect(await rejection(runner.upgrade())).toMatchObject({ name: 'PartlyCommittedError' });
      expect(await database.query('SELECT id FROM t')).toEqual([{ id: 1 }]);
      await runner.upgrade('heads', { x: { remark: '/* again */' } });
      expect(await database.query('SELECT id FROM t')).toEqual([{ id: 1 }, { id: 1 }]);
    }),
  );

  const hangUp = 'PERFORM pg_terminate_backend(pg_backend_pid()) FROM hang';
  test.each([
    ['DO', 'execute', true],
    ['DO', 'query', true],
    ['CALL', 'execute', true],
    ['DO', 'execute', false],
  ] as const)(
    'an interrupted %s by op.%s is sent again only where it does not commit: commits %s',
    (kind, by, commits) =>
      onDatabase(async (database, project) => {
        const body = `BEGIN INSERT INTO t VALUES (1); ${commits ? 'COMMIT;' : ''} ${hangUp}; INSERT INTO t VALUES (2); END`;
        await database.query(`CREATE TABLE t (id int); CREATE TABLE hang (); INSERT INTO hang DEFAULT VALUES;
        CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ ${body} $$`);
        const sql = kind === 'DO' ? `/* so */ DO $$ ${body} $$` : 'CALL p()';
        await project.write({ id: 'a1', transactional: false, upgrade: `await op.${by}('${sql}');` });
        const lost = await rejection(openRunner(database, project).runner.upgrade());
        expect(lost).toMatchObject({ name: 'ConnectionLostError' });
        expect(lost.message).toContain(
          commits ? 'has committed stays' : 'run the same again, and it goes on from there',
        );
        expect(lost.message.includes('run the same again')).toBe(!commits);
        await database.query('DELETE FROM hang');
        const { runner } = openRunner(database, project);
        const again = commits ? await rejection(runner.upgrade()) : await runner.upgrade();
        if (commits) expect(again).toMatchObject({ name: 'PartlyCommittedError', revision: 'a1', statement: sql });
        expect(await database.query('SELECT id FROM t')).toEqual((commits ? [1] : [1, 2]).map(id => ({ id })));
      })(),
  );

  test.each([true, false])('a signal in a DO says what the next run says: commits %s', commits =>
    onDatabase(async (database, project) => {
      await database.query('CREATE TABLE t (id int)');
      const body = `INSERT INTO t VALUES (1); ${commits ? 'COMMIT;' : ''} PERFORM pg_sleep(60) FROM t`;
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: `await op.execute('DO $$ BEGIN ${body}; END $$');`,
      });
      const { runner } = openRunner(database, project);
      const controller = new AbortController();
      const upgrade = rejection(runner.upgrade('heads', { signal: controller.signal }));
      const asleep = "SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
      while ((await database.query(asleep)).length === 0) await setTimeout(20);
      controller.abort();
      const aborted = await upgrade;
      expect(aborted).toMatchObject({ name: 'AbortError' });
      const goesOn = /call it again|run the same again/;
      const stays = /what "DO .*" has committed stays: look at what it has done/;
      for (const { message } of [aborted, new InterruptedError('SIGTERM', aborted)]) {
        expect(message).toMatch(commits ? stays : goesOn);
        expect(message).not.toMatch(commits ? goesOn : stays);
      }
      await database.query('DELETE FROM t');
      if (commits) expect(await rejection(runner.upgrade())).toMatchObject({ name: 'PartlyCommittedError' });
      expect(await database.query('SELECT id FROM t')).toEqual([]);
    })(),
  );

  test(
    'several statements in one text are told to be sent by themselves',
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        transactional: false,
        upgrade: "await op.execute('CREATE TABLE t (id int); VACUUM t');",
      });
      const { message } = await rejection(openRunner(database, project).runner.upgrade());
      expect(message).toContain('send it by an operation of its own');
      expect(message).not.toContain('transactional = false');
    }),
  );
});

test(
  'a transactional revision is told to become non-transactional',
  onDatabase(async (database, project) => {
    await project.write({ id: 'a1', upgrade: "await op.execute('DO $$ BEGIN COMMIT; END $$');" });
    const { message } = await rejection(openRunner(database, project).runner.upgrade());
    expect(message).toContain('add `export const transactional = false`');
  }),
);

describe('what ends with its transaction, in a revision whose operations are each one', () => {
  test.each([
    ["SET LOCAL work_mem = '7MB'", true],
    ['SET CONSTRAINTS ALL DEFERRED', true],
    ['LOCK TABLE pg_class IN ACCESS SHARE MODE; SET LOCAL search_path TO other', true],
    ["SET LOCAL work_mem = '7MB'; CREATE TABLE t ()", false],
    ["SET work_mem = '7MB'", false],
    ['-- SET LOCAL\nCREATE TABLE local ()', false],
  ])('is said to have no effect: %s', (sql, isSaid) =>
    onDatabase(async (database, project) => {
      const upgrade = `await op.execute(${JSON.stringify(sql)});`;
      await project.write({ id: 'a1', down: null, transactional: false, upgrade });
      const { runner, said } = openRunner(database, project);
      await runner.upgrade();
      expect(said.filter(line => /^Warning: .*has no effect in a1/.test(line))).toHaveLength(isSaid ? 1 : 0);
    })(),
  );
});

describe('SET TRANSACTION, which PostgreSQL refuses or ignores', () => {
  const commands = [
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    'set transaction read only',
    "SET LOCAL transaction_isolation = 'serializable'",
    'CREATE TABLE t (); SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
  ];

  test.each(commands)('is refused with what to do instead: %s', sql =>
    onDatabase(async (database, project) => {
      const upgrade = `await op.execute(${JSON.stringify(sql)});`;
      for (const kind of [{}, { transactional: false as const }]) {
        await project.write({ id: 'a1', down: null, upgrade, ...kind });
        const { runner } = openRunner(database, project);
        const { message, cause } = await rejection(runner.upgrade());
        expect(cause).toMatchObject({ name: 'TransactionSettingError' });
        expect(message).toContain('default_transaction_isolation');
        expect(message).not.toContain('transactional = false');
      }
    })(),
  );

  test(
    'has settings that do what it would',
    onDatabase(async (database, project) => {
      const seen = "await op.execute('INSERT INTO seen SELECT current_setting($1)', ['transaction_isolation']);";
      await project.write(
        { id: 'a1', upgrade: `await op.execute('CREATE TABLE seen (isolation text)'); ${seen}` },
        {
          id: 'b1',
          transactional: false,
          upgrade: `await op.execute("SET default_transaction_isolation = 'serializable'"); ${seen}`,
        },
      );
      const options = { extra: { options: '-c default_transaction_isolation=repeatable\\ read' } };
      await openRunner(database, project, {}, options).runner.upgrade();
      expect(await database.query('SELECT isolation FROM seen')).toEqual([
        { isolation: 'repeatable read' },
        { isolation: 'serializable' },
      ]);
    }),
  );
});
