import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { autogenerate } from '../../codegen/autogenerate.ts';
import { draftAdoption, stampAdopted } from '../../src/adoption/adopt.ts';
import type { MigrationsConfig } from '../../src/config.ts';
import { lockKeyOf } from '../../src/database/advisory-lock.ts';
import { createRunner } from '../../src/runner/create-runner.ts';
import { contextOf, setupOf } from '../../src/runner/context.ts';
import { silent } from '../../src/runner/logger.ts';
import type { CallOptions, Runner } from '../../src/runner/runner.ts';
import { type TestDatabase, type TestDataSourceOptions, withPglite } from '../support/index.ts';
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

type Call = (runner: Runner, options: CallOptions, own: Own) => Promise<unknown>;

interface Own {
  readonly database: TestDatabase;
  readonly config: MigrationsConfig;
}

const contextFor = ({ database, config }: Own, options: CallOptions) =>
  contextOf(setupOf(database.dataSource({ applicationName: 'aborted' }), config, { ...options, logger: silent }));

/** Whatever runs or waits. */
const calls: Readonly<Record<string, Call>> = {
  upgrade: (runner, options) => runner.upgrade('heads', options),
  downgrade: (runner, options) => runner.downgrade('base', options),
  stamp: (runner, options) => runner.stamp('a1', options),
  ensureVersionTable: (runner, options) => runner.ensureVersionTable(options),
  current: (runner, options) => runner.current(options),
  status: (runner, options) => runner.status(options),
  plan: (runner, options) => runner.plan('heads', options),
  check: (runner, options) => runner.check(options),
  history: (runner, options) => runner.history('base:current', options),
  changedSince: (runner, options) => runner.changedSince(options),
  sql: (runner, options) => runner.sql('upgrade', 'heads', options),
  autogenerate: (_, options, { database, config }) =>
    autogenerate(database.dataSource({ applicationName: 'aborted' }), {
      ...options,
      config,
      logger: silent,
      message: 'm',
    }),
  draftAdoption: async (_, options, own) => draftAdoption(await contextFor(own, options), { baseline: true }),
  stampAdopted: async (_, options, own) => stampAdopted(await contextFor(own, options)),
};

const reason = new Error('the instance shuts down');
const named = { applicationName: 'aborted' };
const own = `SELECT pid, state, wait_event_type AS wait, query FROM pg_stat_activity WHERE application_name = 'aborted' AND datname = current_database()`;

/** Aborts a call when the server shows what is waited for, and looks at what is left as soon as it has rejected. */
async function abortedWhile(
  database: TestDatabase,
  call: (options: CallOptions) => Promise<unknown>,
  isReached: () => Promise<boolean>,
): Promise<any> {
  const controller = new AbortController();
  const ended = rejection(call({ signal: controller.signal }));
  while (!(await Promise.race([isReached(), ended]))) await setTimeout(10);
  controller.abort(reason);
  const error = await ended;
  expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
  expect(error.cause).toBe(reason);
  expect(await database.query(own)).toEqual([]);
  return error;
}

const seen = (database: TestDatabase, condition: string) => async () =>
  (await database.query(`SELECT FROM (${own}) sessions WHERE ${condition}`)).length > 0;

const slow = (id: string, more: Partial<TestRevision> = {}): TestRevision => ({
  id,
  upgrade: `await op.execute('CREATE TABLE ${id} ()'); await op.execute('SELECT pg_sleep(60)');`,
  downgrade: `await op.execute('SELECT pg_sleep(60)'); await op.execute('DROP TABLE ${id}');`,
  ...more,
});

async function held(database: TestDatabase, lock: string): Promise<pg.Client> {
  const client = await database.client();
  await client.query(`BEGIN; ${lock}`);
  return client;
}

const config = ({ directory }: TestProject): MigrationsConfig => ({
  versionLocations: [directory],
  allowNoEntities: true,
});

const open = (database: TestDatabase, project: TestProject, options: TestDataSourceOptions = {}) =>
  openRunner(database, project, { allowNoEntities: true }, { ...named, ...options });

describe('a signal that is aborted already', () => {
  test.each(shareOfToday(Object.entries(calls)))('lets %s begin nothing', (_, call) =>
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const { runner, queries } = open(database, project);
      const error = await rejection(
        call(runner, { signal: AbortSignal.abort(reason) }, { database, config: config(project) }),
      );
      expect(error).toMatchObject({ name: 'AbortError', cause: reason });
      expect(queries).toEqual([]);
      expect(await database.query(`SELECT to_regclass('alembic_version') AS t`)).toEqual([{ t: null }]);
    })(),
  );

  test(
    'of the runner itself holds for each call, beside the call’s own',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const controller = new AbortController();
      const runner = createRunner(database.dataSource(), config(project), {
        signal: controller.signal,
        logger: silent,
      });
      const other = new AbortController();
      expect((await runner.upgrade('heads', { signal: other.signal })).heads).toEqual(['a1']);
      controller.abort(reason);
      expect(await rejection(runner.current({ signal: other.signal }))).toMatchObject({ name: 'AbortError' });
      expect(await rejection(runner.current())).toMatchObject({ name: 'AbortError' });
    }),
  );
});

describe('a signal aborted while the migration lock is waited for', () => {
  test.each(['upgrade', 'downgrade', 'stamp', 'ensureVersionTable'])('ends %s', method =>
    onDatabase(async (database, project) => {
      await project.write(table('a1'), table('b1'));
      if (method !== 'ensureVersionTable') await openRunner(database, project).runner.upgrade('a1');
      const { classId, objectId } = lockKeyOf('public', 'alembic_version');
      const client = await held(database, `SELECT pg_advisory_lock(${classId}, ${objectId})`);
      const { runner } = open(database, project);
      await abortedWhile(
        database,
        options => calls[method]!(runner, options, { database, config: config(project) }),
        seen(database, `query LIKE '%pg_try_advisory_lock%'`),
      );
      await client.query('ROLLBACK; SELECT pg_advisory_unlock_all()');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
    })(),
  );
});

describe('a signal aborted while a statement waits for a table', () => {
  const waiting = Object.keys(calls).filter(name => !['sql', 'ensureVersionTable'].includes(name));
  test.each(shareOfToday(waiting))('ends %s', method =>
    onDatabase(async (database, project) => {
      await project.write(table('a1'), { ...table('b1'), replaces: ['One1700000000000'] });
      await openRunner(database, project).runner.upgrade('a1');
      await database.query('CREATE TABLE migrations (id serial, "timestamp" bigint, name varchar)');
      const adopts = method.includes('dopt');
      const client = await held(database, `LOCK TABLE ${adopts ? 'migrations' : 'alembic_version'}`);
      const { runner } = open(database, project);
      const call = (options: CallOptions) => calls[method]!(runner, options, { database, config: config(project) });
      const error = await abortedWhile(database, call, seen(database, `wait = 'Lock'`));
      expect(error.statement).toContain(adopts ? 'migrations' : 'alembic_version');
      await client.query('ROLLBACK');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
    })(),
  );
});

describe('a signal aborted in a long statement', () => {
  const asleep = (database: TestDatabase) => seen(database, `state = 'active' AND query LIKE '%pg_sleep%'`);

  test.each([
    ['an upgrade', { upgrade: true, migration: false }],
    ['a downgrade', { upgrade: false, migration: false }],
    ['a migration of TypeORM’s', { upgrade: true, migration: true }],
  ])('of %s rolls back', (_, { upgrade, migration }) =>
    onDatabase(async (database, project) => {
      await project.write(
        table('a1'),
        migration ? slow('b1', { upgrade: "await op.runMigration('Slow1700000000000');" }) : slow('b1'),
      );
      class Slow1700000000000 {
        name = 'Slow1700000000000';
        async up(queryRunner: any) {
          await queryRunner.query('CREATE TABLE b1 ()');
          await queryRunner.query('SELECT pg_sleep(60)').catch(() => {});
          await setTimeout(60_000, undefined, { ref: false });
        }
        async down() {}
      }
      const { runner } = open(database, project, { migrations: [Slow1700000000000] });
      await runner.upgrade('a1');
      if (!upgrade) {
        await database.query('CREATE TABLE b1 ()');
        await runner.stamp('b1');
      }
      const error = await abortedWhile(
        database,
        options => (upgrade ? runner.upgrade('heads', options) : runner.downgrade('-1', options)),
        asleep(database),
      );
      expect(error.statement).toBe('SELECT pg_sleep(60)');
      expect(await runner.current()).toEqual([upgrade ? 'a1' : 'b1']);
      expect(await database.query(`SELECT to_regclass('b1') IS NULL AS gone`)).toEqual([{ gone: upgrade }]);
    })(),
  );

  test(
    'of a revision that catches errors ends it all the same',
    onDatabase(async (database, project) => {
      const upgrade = `for (;;) await op.execute('SELECT pg_sleep(60)').catch(() => new Promise(setImmediate));`;
      await project.write({ id: 'a1', upgrade: upgrade.replace('for (;;)', 'for (let i = 0; i < 50; i++)') });
      const { runner } = open(database, project);
      await abortedWhile(database, options => runner.upgrade('heads', options), asleep(database));
      expect(await runner.current()).toEqual([]);
    }),
  );

  test(
    'of a revision that commits statement by statement keeps what is done, and goes on there',
    onDatabase(async (database, project) => {
      const sleep = 'await op.execute(`SELECT pg_sleep(${op.context.x.seconds ?? 60})`);';
      await project.write(
        slow('a1', { transactional: false, upgrade: `await op.execute('CREATE TABLE a1 ()'); ${sleep}` }),
      );
      const { runner } = open(database, project);
      await abortedWhile(database, options => runner.upgrade('heads', options), asleep(database));
      expect((await runner.status()).unfinished).toEqual([{ revision: 'a1', direction: 'upgrade', done: 1 }]);
      expect((await runner.upgrade('heads', { x: { seconds: '0' } })).heads).toEqual(['a1']);
    }),
  );
});

describe('a signal aborted between statements', () => {
  test(
    'keeps the steps that are committed',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), table('b1'));
      const controller = new AbortController();
      const onVersionApply = ({ revision }: any) => {
        if (revision === 'b1') controller.abort(reason);
      };
      const { runner } = openRunner(database, project, { onVersionApply }, named);
      const error = await rejection(runner.upgrade('heads', { signal: controller.signal }));
      expect(error).toMatchObject({ name: 'AbortError', cause: reason, statement: undefined });
      expect(await database.query(own)).toEqual([]);
      expect(await runner.current()).toEqual(['a1']);
      expect((await runner.upgrade()).heads).toEqual(['b1']);
    }),
  );

  const own60 =
    'globalThis.signals.push(op.context.signal); await new Promise(resolve => setTimeout(resolve, 60_000).unref());';
  test.each(['upgrade', 'plan', 'sql'])('does not wait in %s for what a revision waits for', method =>
    onDatabase(async (database, project) => {
      const signals: unknown[] = ((globalThis as any).signals = []);
      await project.write({ id: 'a1', upgrade: `await op.execute('CREATE TABLE a1 ()'); ${own60}` });
      const { runner } = open(database, project);
      const call = (options: CallOptions) => calls[method]!(runner, options, { database, config: config(project) });
      await abortedWhile(database, call, async () => signals.length > 0);
      if (method === 'upgrade') expect(signals).toMatchObject([{ aborted: true }]);
      expect(await database.query(`SELECT to_regclass('a1') AS t`)).toEqual([{ t: null }]);
    })(),
  );
});

describe('a signal aborted while there is no connection yet', () => {
  test(
    'ends the waiting for a pool, which has all its connections afterwards',
    onDatabase(async (database, project) => {
      await project.write(table('a1'));
      const { runner, dataSource } = open(database, project, { poolSize: 1 });
      await dataSource.initialize();
      const application = dataSource.createQueryRunner();
      await application.connect();
      const signal = AbortSignal.timeout(200);
      const error = await rejection(runner.upgrade('heads', { signal }));
      expect(error).toMatchObject({ name: 'AbortError', cause: { name: 'TimeoutError' } });
      await application.release();
      expect((await runner.upgrade()).heads).toEqual(['a1']);
      expect((dataSource.driver as any).master).toMatchObject({ totalCount: 1, idleCount: 1, waitingCount: 0 });
    }),
  );

  test(
    'ends the waiting for a server that does not answer',
    onDatabase(async (_, project) => {
      await project.write(table('a1'));
      const sockets: { destroy(): void }[] = [];
      const server = createServer(socket => void sockets.push(socket)).listen(0);
      const { port } = server.address() as { port: number };
      const url = `postgres://postgres@localhost:${port}/postgres`;
      const runner = createRunner(new DataSource({ type: 'postgres', url }), config(project), { logger: silent });
      const error = await rejection(runner.current({ signal: AbortSignal.timeout(200) }));
      expect(error).toMatchObject({ name: 'AbortError' });
      for (const socket of sockets) socket.destroy();
      server.close();
    }),
  );
});

test(
  'an application’s pool gets no session back that a run was aborted in',
  onDatabase(async (database, project) => {
    await project.write({
      id: 'a1',
      upgrade: `await op.execute('SET search_path TO nowhere'); await op.execute('SELECT pg_sleep(60)');`,
    });
    const { runner, dataSource } = open(database, project, { poolSize: 2 });
    await dataSource.initialize();
    await abortedSession(database, runner);
    expect(await dataSource.query('SHOW search_path')).toEqual([{ search_path: '"$user", public' }]);
    expect((dataSource.driver as any).master.waitingCount).toBe(0);
  }),
);

async function abortedSession(database: TestDatabase, runner: Runner): Promise<void> {
  const controller = new AbortController();
  const ended = rejection(runner.upgrade('heads', { signal: controller.signal }));
  const isAsleep = seen(database, `query LIKE '%pg_sleep%'`);
  while (!(await isAsleep())) await setTimeout(10);
  controller.abort();
  const error = await ended;
  expect(error).toMatchObject({ name: 'AbortError', cause: { name: 'AbortError' } });
  expect(await database.query(`${own} AND query LIKE '%pg_sleep%'`)).toEqual([]);
}

test('on PGlite, whose one session goes on, nothing is left in it', () =>
  withPglite(database =>
    withProject(async project => {
      const controller = new AbortController();
      (globalThis as any).abort = () => controller.abort(reason);
      await project.write({
        id: 'a1',
        upgrade: `await op.execute("CREATE TABLE a1 (); SET search_path TO nowhere"); globalThis.abort(); await op.execute('SELECT 1');`,
      });
      const { runner } = openRunner(database, project);
      const before = await database.query("SELECT current_setting('search_path') AS path");
      expect(await rejection(runner.upgrade('heads', { signal: controller.signal }))).toMatchObject({ cause: reason });
      expect(await database.query("SELECT to_regclass('public.a1') AS t")).toEqual([{ t: null }]);
      expect(await database.query("SELECT current_setting('search_path') AS path")).toEqual(before);
      expect(
        await database.query(
          `SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        ),
      ).toEqual([]);
    }),
  ));
