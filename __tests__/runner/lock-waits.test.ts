import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { lockKeyOf } from '../../src/database/advisory-lock.ts';
import type { Runner } from '../../src/runner/runner.ts';
import type { TestDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table, type TestProject, type TestRevision } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** A session that holds a lock until it ends its transaction, and its process. */
async function blocker(database: TestDatabase, lock: string): Promise<{ client: pg.Client; pid: number }> {
  const client = await database.client();
  await client.query(`BEGIN; ${lock}`);
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return { client, pid: rows[0].pid };
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await setTimeout(10);
};

const hurried = { lockTimeout: 50, lockWait: '400ms' } as const;
const alter: TestRevision = { id: 'b1', upgrade: "await op.execute('ALTER TABLE a1 ADD COLUMN b int');" };

const methods = {
  current: runner => runner.current(),
  status: runner => runner.status(),
  plan: runner => runner.plan(),
  upgrade: runner => runner.upgrade(),
  downgrade: runner => runner.downgrade('-1'),
  stamp: runner => runner.stamp('a1'),
  check: runner => runner.check(),
  history: runner => runner.history('base:current'),
  changedSince: runner => runner.changedSince(),
} satisfies Record<string, (runner: Runner) => Promise<unknown>>;

describe('no command waits without an end', () => {
  test.each([
    ['alembic_version', Object.keys(methods)],
    ['alembic_version_log', ['status', 'upgrade', 'downgrade', 'stamp', 'changedSince']],
    ['viewed', ['check']],
  ])('while another session has %s locked', (locked, waiting) =>
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const { runner } = openRunner(database, project, { ...hurried, allowNoEntities: true });
      await runner.upgrade();
      await database.query('CREATE TABLE viewed (id int); CREATE VIEW view AS SELECT id FROM viewed');
      if (locked !== 'viewed') await project.write(alter);
      const { client, pid } = await blocker(database, `LOCK TABLE ${locked}`);
      const seen: Record<string, unknown> = {};
      for (const method of waiting) {
        const error = await rejection(methods[method as keyof typeof methods](runner));
        seen[method] = [error.message.includes(`process ${pid} (`), error.blockers[0].relations];
      }
      expect(seen).toEqual(Object.fromEntries(waiting.map(method => [method, [true, [locked]]])));
      await client.query('COMMIT');
      await runner.upgrade();
      expect((await runner.status()).isAtHeads).toBe(true);
    })(),
  );
});

describe('a revision that commits statement by statement', () => {
  const gradual = (upgrade: string): TestRevision => ({ id: 'b1', transactional: false, upgrade });

  test.each<[string, string, string, string?]>(
    shareOfToday([
      ['op.query', 'LOCK TABLE a1', "await op.query('SELECT FROM a1');"],
      ['its journal', 'LOCK TABLE alembic_version_log', "await op.execute('CREATE TABLE b1 ()');"],
      ['a VACUUM’s journal', 'LOCK TABLE alembic_version_log IN SHARE MODE', "await op.execute('VACUUM a1');"],
      [
        'a look at an index',
        'LOCK TABLE a1',
        "await op.createIndex({ name: 'a1_id', table: 'a1', columns: ['id'], concurrently: true });",
        'CREATE INDEX a1_id ON a1 (id)',
      ],
      ['VACUUM FULL', 'SELECT FROM a1', "await op.execute('VACUUM FULL a1');"],
      ['its version', 'SELECT FROM alembic_version FOR UPDATE', "await op.execute('CREATE TABLE b1 ()');"],
    ]),
  )('does not wait for ever for %s, and goes on later', (_, lock, upgrade, beforehand = '') =>
    onDatabase(async (database, project) => {
      await project.write(table('a1'), gradual(upgrade));
      const { runner } = openRunner(database, project, hurried);
      await runner.upgrade('a1');
      await database.query(beforehand);
      const { client, pid } = await blocker(database, lock);
      const error = await rejection(runner.upgrade());
      expect(['LockWaitError', 'RevisionBlockedError']).toContain(error.name);
      expect(error.blockers).toMatchObject([{ pid }]);
      await client.query('COMMIT');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
    })(),
  );

  test(
    'says for whom a concurrent index waits, as long as it takes',
    onDatabase(async (database, project) => {
      await project.write(
        table('a1'),
        gradual("await op.createIndex({ name: 'a1_id', table: 'a1', columns: ['id'], concurrently: true });"),
      );
      const { runner, said } = openRunner(database, project, hurried);
      await runner.upgrade('a1');
      const { client, pid } = await blocker(database, 'INSERT INTO a1 VALUES (1)');
      const upgrade = runner.upgrade();
      const isSaid = () => said.some(line => line.startsWith(`Waiting for process ${pid} (`));
      await Promise.race([until(isSaid), upgrade]);
      expect(said.at(-1)).toMatch(
        /idle in transaction, transaction open for \d+ s\) on a1, for [\d.]+ s: "CREATE INDEX CONC/,
      );
      await client.query('COMMIT');
      expect((await upgrade).heads).toEqual(['b1']);
      expect(said.filter(line => line.startsWith('Warning'))).toEqual([]);
    }),
  );
});

const slowIndexes = [
  ['a revision that is a transaction', undefined, 'CREATE INDEX a1_slow ON a1 (slow(id))'],
  ['one that is none', false, 'CREATE INDEX CONCURRENTLY a1_slow ON a1 (slow(id))'],
] as const;
test.each(shareOfToday(slowIndexes, 1))('an index that takes long says how far it is, in %s', (_, transactional, sql) =>
  onDatabase(async (database, project) => {
    await database.query(`CREATE FUNCTION slow(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_sleep(0.005); RETURN n; END'`);
    await project.write(table('a1'), {
      id: 'b1',
      ...(transactional === false && { transactional }),
      upgrade: `await op.execute('${sql}');`,
    });
    const { runner, said } = openRunner(database, project);
    await runner.upgrade('a1');
    await database.query('INSERT INTO a1 SELECT generate_series(1, 800); ANALYZE a1');
    await runner.upgrade();
    expect(said.filter(line => line.startsWith('Building'))).toEqual([
      expect.stringMatching(/^Building (a1_slow|an index) on a1, for [\d.]+ s: building index: \w+ \w+/),
    ]);
  })(),
);

describe("a lock timeout of the role's own", () => {
  const options = { extra: { options: '-c lock_timeout=60' } };
  const prepared = async (database: TestDatabase, project: TestProject) => {
    await project.write(table('a1'));
    await openRunner(database, project, { allowNoEntities: true }).runner.upgrade();
    await database.query('CREATE TABLE viewed (id int); CREATE VIEW view AS SELECT id FROM viewed');
  };
  const locks = ['alembic_version', 'alembic_version_log', 'viewed'];

  test.each(shareOfToday(locks))('is not the limit of the tool’s own statements, which is lockWait: %s', locked =>
    onDatabase(async (database, project) => {
      await prepared(database, project);
      const { runner } = openRunner(database, project, { lockWait: '20s', allowNoEntities: true }, options);
      for (const method of Object.values(methods)) {
        const { client } = await blocker(database, `LOCK TABLE ${locked}`);
        const ended = setTimeout(400).then(() => client.query('COMMIT'));
        await method(runner);
        await ended;
        await client.end();
      }
    })(),
  );

  test.each(
    shareOfToday(
      [
        ['alembic_version', 'current'],
        ['alembic_version', 'upgrade'],
        ['viewed', 'check'],
      ] as const,
      1,
    ),
  )('lets it wait for lockWait, and name who is in the way: %s, %s', (locked, method) =>
    onDatabase(async (database, project) => {
      await prepared(database, project);
      const { pid } = await blocker(database, `LOCK TABLE ${locked}`);
      const { runner } = openRunner(database, project, { lockWait: '1500ms', allowNoEntities: true }, options);
      const error = await rejection(methods[method](runner));
      expect(error).toMatchObject({ name: 'LockWaitError', blockers: [{ pid, relations: [locked] }] });
      expect(error.waitedMilliseconds).toBeGreaterThan(1_400);
    })(),
  );
});

test(
  'a pool without a free connection is not waited for without an end either',
  onDatabase(async (database, project) => {
    await project.write(table('a1'));
    const { runner, dataSource, said } = openRunner(database, project, { lockWait: '1200ms' }, { poolSize: 1 });
    await dataSource.initialize();
    const application = dataSource.createQueryRunner();
    await application.connect();
    expect(await rejection(runner.upgrade())).toMatchObject({ name: 'PoolExhaustedError' });
    expect(said).toEqual(["Waiting for a connection of the DataSource's pool"]);
    await application.release();
    expect((await runner.upgrade()).heads).toEqual(['a1']);
  }),
);

describe('who is in the way', () => {
  test.each(
    shareOfToday([
      ['ALTER TABLE a1 ADD COLUMN created_by_user int', 'SELECT FROM a1', 'SELECT FROM "user"'],
      ['ALTER TABLE a1 ADD COLUMN "Odd" int', 'SELECT FROM a1', 'LOCK TABLE odd'],
      ['UPDATE a1 SET id = 2', 'SELECT FROM a1 FOR UPDATE', 'SELECT FROM a1'],
      ['CREATE INDEX ON a1 (id)', 'INSERT INTO a1 VALUES (2)', 'SELECT FROM a1'],
      ['LOCK TABLE a1 IN SHARE MODE', 'INSERT INTO a1 VALUES (2)', 'LOCK TABLE "user"'],
    ]),
  )('of %s is who holds a lock that it needs, and nobody else', (sql, lock, other) =>
    onDatabase(async (database, project) => {
      await database.query('CREATE TABLE "user" (id int); CREATE TABLE odd (id int)');
      await project.write(table('a1'), { id: 'b1', upgrade: `await op.execute(${JSON.stringify(sql)});` });
      const { runner } = openRunner(database, project, { lockTimeout: 20, lockWait: '200ms' });
      await runner.upgrade('a1');
      await database.query('INSERT INTO a1 VALUES (1)');
      await blocker(database, other);
      const { pid } = await blocker(database, lock);
      const error = await rejection(runner.upgrade());
      expect(error.blockers.map((each: { pid: number }) => each.pid)).toEqual([pid]);
    })(),
  );

  test(
    'of another session that runs the same statement is not in the way of this one',
    onDatabase(async (database, project) => {
      await database.query(`CREATE TABLE wanted (); CREATE FUNCTION step() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
        IF current_setting('work_mem') = '9MB' THEN LOCK TABLE wanted; ELSE PERFORM pg_sleep(3); END IF; END $$`);
      await project.write({ id: 'a1', upgrade: "await op.execute('SELECT step()');" });
      const { client } = await blocker(database, 'LOCK TABLE wanted');
      const other = await database.client();
      await other.query("SET work_mem = '9MB'");
      const waiting = other.query('SELECT step()');
      const { runner, said } = openRunner(database, project);
      await runner.upgrade();
      expect(said.filter(line => line.startsWith('Waiting'))).toEqual([]);
      await client.query('COMMIT');
      await waiting;
    }),
  );

  test(
    'an end of the waiting ends no other session that waits in the same statement',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const instances = Array.from({ length: 6 }, (_, index) => {
        const lockWait = index < 5 ? 400 + 50 * index : '20s';
        return openRunner(database, project, { lockTimeout: 50, lockWait }).runner;
      });
      await instances[0]!.upgrade();
      const { client } = await blocker(database, 'LOCK TABLE alembic_version');
      const patient = instances.at(-1)!.current();
      for (let round = 0; round < 3; round++)
        for (const ended of await Promise.all(instances.slice(0, -1).map(each => rejection(each.current()))))
          expect(ended).toMatchObject({ name: 'LockWaitError' });
      await client.query('COMMIT');
      expect(await patient).toEqual(['a1']);
    }),
  );

  test(
    'of the version row is named with the statement that waited for it',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), alter);
      const { runner } = openRunner(database, project, hurried);
      await runner.upgrade('a1');
      const { pid } = await blocker(database, 'SELECT FROM alembic_version FOR UPDATE');
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({
        name: 'RevisionBlockedError',
        statement: expect.stringMatching(/^UPDATE "public"."alembic_version"/),
        blockers: [{ pid, relations: expect.arrayContaining(['alembic_version']) }],
      });
    }),
  );

  test(
    'is told to an ordinary role as far as the server shows it',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), alter);
      const role = `${database.name}_role`;
      await database.query(`CREATE ROLE "${role}" LOGIN; GRANT CREATE ON SCHEMA public TO "${role}"`);
      try {
        const url = new URL(database.url);
        url.username = role;
        const own = {
          dataSource: (options: object) => new DataSource({ ...options, type: 'postgres', url: url.href }),
        };
        const { runner } = openRunner(own, project, hurried);
        await runner.upgrade('a1');
        const { client, pid } = await blocker(database, 'LOCK TABLE a1');
        const blocked = await rejection(runner.upgrade());
        expect(blocked.message).toContain(`process ${pid} (user postgres) on a1 is in the way`);
        await client.query('COMMIT');
        const { classId, objectId } = lockKeyOf('public', 'alembic_version');
        await client.query(`SELECT pg_advisory_lock(${classId}, ${objectId})`);
        const refused = await rejection(runner.upgrade('heads', { lockWait: 50 }));
        expect(refused.message).toContain(`process ${pid} (user postgres) holds it`);
        await client.query('SELECT pg_advisory_unlock_all()');
        expect((await runner.upgrade()).heads).toEqual(['b1']);
      } finally {
        await database.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
      }
    }),
  );
});

describe('waiting for a busy table', () => {
  const attemptsIn = (queries: readonly string[]) => queries.filter(query => query.startsWith('ALTER TABLE a1')).length;

  test(
    'goes on for as long as lockWait, however many attempts that are',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), alter);
      const { runner, queries } = openRunner(database, project, { lockTimeout: 5 });
      await runner.upgrade('a1');
      const { client } = await blocker(database, 'SELECT FROM a1');
      const upgrade = runner.upgrade();
      await until(() => attemptsIn(queries) > 11);
      await client.query('COMMIT');
      expect((await upgrade).heads).toEqual(['b1']);
    }),
  );

  test.each(['LOCK TABLE a1 NOWAIT', 'SELECT id FROM a1 FOR UPDATE NOWAIT'])(
    'pauses between attempts also where nothing waits: %s',
    sql =>
      onDatabase(async (database, project) => {
        await project.write(table('a1'), { id: 'b1', upgrade: `await op.execute('${sql}');` });
        const { runner } = openRunner(database, project, { lockTimeout: 0, lockWait: '1s' });
        await runner.upgrade('a1');
        await database.query('INSERT INTO a1 VALUES (1)');
        await blocker(database, 'SELECT FROM a1 FOR UPDATE');
        const error = await rejection(runner.upgrade());
        expect(error).toMatchObject({ name: 'RevisionBlockedError' });
        expect(error.attempts).toBeLessThan(8);
      })(),
  );

  test(
    'stalls readers no longer than the lock timeout, one second unless configured',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), alter);
      const { runner, queries } = openRunner(database, project);
      await runner.upgrade('a1');
      const { client } = await blocker(database, 'SELECT FROM a1');
      const upgrade = runner.upgrade();
      const reader = await database.client();
      await reader.query("SET lock_timeout = '3s'");
      while (attemptsIn(queries) < 2) await reader.query('SELECT FROM a1');
      await client.query('COMMIT');
      expect((await upgrade).heads).toEqual(['b1']);
    }),
  );
});

test(
  'a log of an earlier version that somebody reads is waited for, and named',
  onDatabase(async (database, project) => {
    await project.write(table('a1'));
    await openRunner(database, project).runner.ensureVersionTable();
    await database.query('ALTER TABLE alembic_version_log DROP COLUMN parents');
    const { pid } = await blocker(database, 'SELECT FROM alembic_version_log');
    const { runner } = openRunner(database, project, { lockTimeout: 0, lockWait: '600ms' });
    expect(await rejection(runner.upgrade())).toMatchObject({ name: 'LockWaitError', blockers: [{ pid }] });
  }),
);
