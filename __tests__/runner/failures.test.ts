import { describe, expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { catalogFingerprint } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table } from './project.ts';

describe('a transactional revision that fails', () => {
  test(
    'leaves nothing behind, and says what failed where',
    onDatabase(async (database, project) => {
      const before = await catalogFingerprint(database);
      await project.write({
        id: 'a1',
        message: 'create tickets',
        upgrade: `await op.execute('CREATE TABLE a1 (id int)');
          await op.execute('CREATE TABLE nonsense (id nothing)');`,
      });
      const error = await rejection(openRunner(database, project).runner.upgrade());
      expect(error).toMatchObject({
        name: 'RevisionFailedError',
        revision: 'a1',
        direction: 'upgrade',
        revisionMessage: 'create tickets',
        path: `${project.directory}/a1.mjs`,
        statement: 'CREATE TABLE nonsense (id nothing)',
      });
      expect(error.cause).toMatchObject({ code: '42704', severity: 'ERROR' });
      expect(error.message).toBe(
        `The upgrade of a1 (create tickets) failed in ${project.directory}/a1.mjs at "CREATE TABLE nonsense (id nothing)": ` +
          'type "nothing" does not exist; it was rolled back.',
      );
      expect(await catalogFingerprint(database)).toBe(before);
    }),
  );

  test(
    'keeps what was done before it, unless all is one transaction',
    onDatabase(async (database, project) => {
      const failing = { id: 'b1', upgrade: "throw new Error('no way')", downgrade: '' };
      await project.write(table('a1'), failing);
      const all = openRunner(database, project, { transaction: 'all' });
      const before = await catalogFingerprint(database);
      const error = await rejection(all.runner.upgrade());
      expect(error).toMatchObject({ name: 'RevisionFailedError', revision: 'b1', statement: undefined });
      expect(error.cause.message).toBe('no way');
      expect(await catalogFingerprint(database)).toBe(before);

      await rejection(openRunner(database, project).runner.upgrade());
      expect(await database.query('SELECT version_num FROM alembic_version')).toEqual([{ version_num: 'a1' }]);
      expect(await database.query("SELECT to_regclass('a1') IS NOT NULL AS exists")).toEqual([{ exists: true }]);
    }),
  );

  test(
    'is told by its first failure, also where the revision swallowed that',
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        upgrade: `await op.execute('CREATE TABLE a1 (id int)');
          await op.execute('SELECT 1/0').catch(() => {});`,
      });
      const error = await rejection(openRunner(database, project).runner.upgrade());
      expect(error).toMatchObject({ statement: 'SELECT 1/0', cause: { code: '22012' } });
      expect(await database.query("SELECT to_regclass('a1') AS a1, to_regclass('alembic_version') AS v")).toEqual([
        { a1: null, v: null },
      ]);
    }),
  );

  test(
    'may fail as late as in its COMMIT',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), {
        id: 'b1',
        upgrade: `await op.execute('CREATE TABLE p (id int PRIMARY KEY)');
          await op.execute('CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED)');
          await op.execute('INSERT INTO c VALUES (1)');`,
      });
      const { runner } = openRunner(database, project);
      expect(await rejection(runner.upgrade())).toMatchObject({
        name: 'RevisionFailedError',
        cause: { code: '23503' },
      });
      expect(await runner.current()).toEqual(['a1']);
    }),
  );

  test.each([
    ['COMMIT', "await op.execute('COMMIT')"],
    ['BEGIN', "await op.execute('/* why? */ begin; create table x (id int)')"],
    ['ROLLBACK', "await op.query('ROLLBACK')"],
  ])('is refused %s', (command, statement) =>
    onDatabase(async (database, project) => {
      await project.write({ id: 'a1', upgrade: `await op.execute('CREATE TABLE a1 (id int)'); ${statement};` });
      const error = await rejection(openRunner(database, project).runner.upgrade());
      expect(error).toMatchObject({ name: 'RevisionFailedError', cause: { name: 'TransactionControlError', command } });
      expect(error.message).toContain('`export const transactional = false`');
      expect(await database.query("SELECT to_regclass('a1') AS a1")).toEqual([{ a1: null }]);
    })(),
  );

  test(
    'is refused statements PostgreSQL would not run in it',
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        upgrade: `await op.execute('CREATE TABLE a1 (id int)');
          await op.createIndex({ name: 'a1_id', table: 'a1', columns: ['id'], concurrently: true });`,
      });
      const error = await rejection(openRunner(database, project).runner.upgrade());
      expect(error.cause.name).toBe('NonTransactionalStatementError');
      expect(error.message).toContain('add `export const transactional = false` to the revision');
    }),
  );

  test(
    'is told what PostgreSQL means',
    onDatabase(async (database, project) => {
      await project.write(
        {
          id: 'a1',
          upgrade: `await op.execute("CREATE TYPE t AS ENUM ('a')"); await op.execute('CREATE TABLE x (t t)');`,
        },
        {
          id: 'b1',
          upgrade: `await op.addEnumValue({ name: 't', value: 'b' }); await op.execute("INSERT INTO x VALUES ('b')");`,
        },
        { id: 'b2', down: 'a1', upgrade: `await op.execute('DO $$ BEGIN COMMIT; END $$');` },
      );
      const { runner } = openRunner(database, project);
      for (const [revision, code] of [
        ['b1', '55P04'],
        ['b2', '2D000'],
      ] as const) {
        const error = await rejection(runner.upgrade(revision));
        expect(error).toMatchObject({ name: 'RevisionFailedError', cause: { code } });
        expect(error.message).toContain('add `export const transactional = false`');
      }
    }),
  );

  test(
    'must wait for its operations, which run one after another anyway',
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        upgrade: `await Promise.all(['x', 'y', 'z'].map(name => op.execute(\`CREATE TABLE \${name} (id int)\`)));`,
      });
      const { runner } = openRunner(database, project);
      await runner.upgrade();
      await project.write({
        id: 'b1',
        upgrade: `op.execute('CREATE TABLE b1 (id int)'); op.execute('CREATE TABLE b2 (id int)');`,
      });
      const error = await rejection(runner.upgrade());
      expect(error.cause).toMatchObject({ name: 'UnawaitedOperationError', operations: ['execute', 'execute'] });
      await setTimeout(50);
      expect(await database.query("SELECT to_regclass('b1') AS b1, to_regclass('b2') AS b2")).toEqual([
        { b1: null, b2: null },
      ]);
      expect(await runner.current()).toEqual(['a1']);
    }),
  );

  test(
    'does not run at all where a later file is broken',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), { id: 'b1', upgrade: '} this is no JavaScript {' });
      const error = await rejection(openRunner(database, project).runner.upgrade());
      expect(error).toMatchObject({ name: 'MalformedRevisionFileError', path: `${project.directory}/b1.mjs` });
      expect(await database.query("SELECT to_regclass('a1') AS a1")).toEqual([{ a1: null }]);
    }),
  );

  test(
    'cannot be part of one transaction for all where it commits by itself',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), { ...table('b1'), transactional: false });
      const error = await rejection(openRunner(database, project, { transaction: 'all' }).runner.upgrade());
      expect(error.name).toBe('ConfigurationError');
      expect(error.message).toContain('b1');
      expect(await database.query("SELECT to_regclass('a1') AS a1")).toEqual([{ a1: null }]);
    }),
  );

  test.each([true, false])(
    'does not know of a COMMIT that the client did not wait for, and the next run does: transactional %s',
    isTransactional =>
      onDatabase(async (database, project) => {
        await database.query(`CREATE TABLE slow (id int);
          CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END';
          CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()`);
        const upgrade = "await op.execute('INSERT INTO slow VALUES (1)');";
        await project.write({ id: 'a1', upgrade, ...(!isTransactional && { transactional: false }) });
        const extra = { query_timeout: 700 };
        const { message } = await rejection(openRunner(database, project, {}, { extra }).runner.upgrade());
        expect(message).toContain('at "COMMIT": Query read timeout');
        expect(message).toMatch(/is not known: run again, which does what is not done yet\.$/);
        expect(message).not.toContain('rolled back');
        expect((await openRunner(database, project).runner.upgrade()).heads).toEqual(['a1']);
        expect(await database.query('SELECT id FROM slow')).toEqual([{ id: 1 }]);
      })(),
  );

  test(
    'loses its connection and says so',
    onDatabase(async (database, project) => {
      await project.write({
        id: 'a1',
        upgrade: `await op.execute('CREATE TABLE a1 (id int)');
          if (op.context.x.hangUp) await op.execute('SELECT pg_terminate_backend(pg_backend_pid())');`,
      });
      const { runner, dataSource } = openRunner(database, project);
      await dataSource.initialize();
      const error = await rejection(runner.upgrade('heads', { x: { hangUp: 'yes' } }));
      expect(error).toMatchObject({ name: 'ConnectionLostError', work: 'upgrade of a1' });
      expect(error.message).toContain('run the same again');
      expect((await runner.upgrade()).heads).toEqual(['a1']);
    }),
  );

  test(
    'notices that something else wrote into the version table',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), {
        id: 'b1',
        upgrade: `await op.execute('CREATE TABLE b1 (id int)'); await op.execute("UPDATE alembic_version SET version_num = 'zz'");`,
      });
      const { runner } = openRunner(database, project);
      expect(await rejection(runner.upgrade())).toMatchObject({ name: 'ConcurrentChangeError', rows: 0 });
      expect(await runner.current()).toEqual(['a1']);
    }),
  );
});

describe('a busy database', () => {
  const alter = { id: 'b1', upgrade: "await op.execute('ALTER TABLE a1 ADD COLUMN b int');" };

  test(
    'is waited for, and the revision tried again',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), alter);
      const { runner, said } = openRunner(database, project, { lockTimeout: 50 });
      await runner.upgrade('a1');
      const other = await database.client();
      await other.query("SET application_name = 'the other'; BEGIN; LOCK TABLE a1");
      const upgrade = runner.upgrade();
      while (!said.some(line => line.startsWith('Trying'))) await setTimeout(10);
      await other.query('COMMIT');
      expect((await upgrade).heads).toEqual(['b1']);
      expect(said.filter(line => line.startsWith('Running'))).toHaveLength(2);
      expect(said.join()).toMatch(
        /Trying the upgrade of b1 again: process \d+ \(the other, user postgres, idle in transaction/,
      );
    }),
  );

  test(
    'is given up on in the end, naming who is in the way',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), alter);
      const { runner } = openRunner(database, project, { lockTimeout: 20 });
      await runner.upgrade('a1');
      const other = await database.client();
      await other.query('BEGIN; LOCK TABLE a1');
      const error = await rejection(runner.upgrade('heads', { lockWait: '300ms' }));
      expect(error).toMatchObject({ name: 'RevisionBlockedError', revision: 'b1', cause: { code: '55P03' } });
      const [{ pid }] = (await other.query('SELECT pg_backend_pid() AS pid')).rows;
      expect(error.blockers).toMatchObject([{ pid, relations: ['a1'] }]);
      expect(error.message).toContain(`process ${pid}`);
      await other.query('COMMIT');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
    }),
  );

  test(
    'gives way in a deadlock',
    onDatabase(async (database, project) => {
      const waiting =
        "SELECT FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database() WHERE relation = 'x'::regclass AND NOT granted";
      await project.write(
        {
          id: 'a1',
          upgrade: "await op.execute('CREATE TABLE x (id int)'); await op.execute('CREATE TABLE y (id int)');",
        },
        {
          id: 'b1',
          upgrade: `await op.execute('LOCK TABLE x');
            for (let i = 0; i < 50 && (await op.query("${waiting}")).length === 0; i++) await op.execute('SELECT pg_sleep(0.02)');
            await op.execute('ALTER TABLE y ADD COLUMN b int');`,
        },
      );
      const { runner, said } = openRunner(database, project, { lockTimeout: 0 });
      await runner.upgrade('a1');
      const other = await database.client();
      await other.query("SET deadlock_timeout = '60s'; BEGIN; LOCK TABLE y");
      const upgrade = runner.upgrade();
      const locked =
        "SELECT FROM pg_locks JOIN pg_database d ON d.oid = database AND datname = current_database() WHERE relation = 'x'::regclass AND granted";
      while ((await database.query(locked)).length === 0) await setTimeout(10);
      await other.query('LOCK TABLE x');
      await other.query('COMMIT');
      expect((await upgrade).heads).toEqual(['b1']);
      expect(said.join()).toContain('Trying the upgrade of b1 again');
    }),
  );
});
