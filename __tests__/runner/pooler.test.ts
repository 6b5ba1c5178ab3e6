import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { catalogFingerprint, type TestDatabase, type TestDataSourceOptions } from '../support/index.ts';
import { type PgBouncerOptions, withPgBouncer } from '../support/pgbouncer.ts';
import { contents, writeCrashProject } from './crash-project.ts';
import { listenTo, onDatabase, openRunner, rejection, type TestProject } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const opened: DataSource[] = [];
afterEach(async () => {
  for (const source of opened.splice(0)) if (source.isInitialized) await source.destroy();
});

/** Runners, each with a pool of its own, that are connected to a database through PgBouncer. */
const through = (url: string) => ({
  dataSource(options: TestDataSourceOptions = {}) {
    const dataSource = new DataSource({ logging: false, ...options, type: 'postgres', url });
    opened.push(dataSource);
    return dataSource;
  },
});

const upgradeThrough = (url: string, project: TestProject, times: number) =>
  Promise.allSettled(Array.from({ length: times }, () => openRunner(through(url), project).runner.upgrade()));

/** Advisory locks of the database, whoever holds them. */
const locks = (database: TestDatabase) =>
  database.query(
    "SELECT pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND datname = current_database() WHERE locktype = 'advisory'",
  );

const described = ({ mode, poolSize = 5 }: PgBouncerOptions) =>
  [`${mode} mode, ${poolSize} sessions`, { mode, poolSize }] as const;

describe('behind PgBouncer, three instances at once', () => {
  test.each(
    shareOfToday(
      ([{ mode: 'session', poolSize: 1 }, { mode: 'session', poolSize: 2 }, { mode: 'session' }] as const).map(
        described,
      ),
    ),
  )('migrate once in %s', (_, options) =>
    onDatabase((database, project) =>
      withPgBouncer(database.url, options, async url => {
        await writeCrashProject(project);
        const outcomes = await upgradeThrough(url, project, 3);
        expect(
          outcomes.map(outcome => (outcome.status === 'fulfilled' ? outcome.value.heads : outcome.reason)),
        ).toEqual(Array(3).fill(['c1']));
        expect(await database.query(contents)).toMatchObject([{ versions: ['c1'], unfinished: 0, numbers: 200 * 201 }]);
        expect(await locks(database)).toEqual([]);
      }),
    )(),
  );

  test.each(
    shareOfToday(
      (['transaction', 'statement'] as const)
        .flatMap(mode => [1, 2, 5].map(poolSize => ({ mode, poolSize })))
        .map(described),
    ),
  )('are refused before their first step in %s, and leave nothing behind', (_, options) =>
    onDatabase((database, project) =>
      withPgBouncer(database.url, options, async url => {
        await writeCrashProject(project);
        const before = await catalogFingerprint(database);
        const outcomes = await upgradeThrough(url, project, 3);
        expect(outcomes.map(outcome => outcome.status === 'rejected' && outcome.reason.name)).toEqual(
          Array(3).fill('SharedSessionError'),
        );
        expect((outcomes[0] as PromiseRejectedResult).reason.message).toContain('set pool_mode = session');
        expect(await catalogFingerprint(database)).toBe(before);
        expect(await locks(database)).toEqual([]);
        expect((await openRunner(database, project).runner.upgrade()).heads).toEqual(['c1']);
      }),
    )(),
  );
});

/** Occupies sessions of the pool, each with one statement, as soon as the run begins to ask whose session it has. */
async function whenAsked(url: string, count: number) {
  const others = Array.from({ length: count }, () => through(url).dataSource());
  for (const other of others) await other.initialize();
  const running: Promise<unknown>[] = [];
  const logQuery = (sql: string) => {
    if (running.length === 0 && sql.includes('pg_backend_pid() AS id'))
      running.push(...others.map(other => other.query('SELECT pg_sleep(4)')));
  };
  return { logger: { ...listenTo([]), logQuery }, running };
}

describe('behind a PgBouncer whose sessions others keep busy, one instance', () => {
  test.each(shareOfToday([1, 2], 1))('is refused in transaction mode (%s sessions)', poolSize =>
    onDatabase((database, project) =>
      withPgBouncer(database.url, { mode: 'transaction', poolSize }, async url => {
        await writeCrashProject(project);
        const before = await catalogFingerprint(database);
        const { logger, running } = await whenAsked(url, poolSize);
        const error = await rejection(openRunner(through(url), project, {}, { logger }).runner.upgrade());
        expect(error.name).toBe('SharedSessionError');
        expect(running).toHaveLength(poolSize);
        await Promise.all(running);
        expect(await catalogFingerprint(database)).toBe(before);
      }),
    )(),
  );

  test(
    'migrates in session mode',
    onDatabase((database, project) =>
      withPgBouncer(database.url, { mode: 'session', poolSize: 3 }, async url => {
        await writeCrashProject(project);
        const { logger, running } = await whenAsked(url, 2);
        expect((await openRunner(through(url), project, {}, { logger }).runner.upgrade()).heads).toEqual(['c1']);
        await Promise.all(running);
      }),
    ),
  );

  test.each(['session', 'transaction'] as const)(
    'is told that it cannot be known where no second client is let in (%s mode)',
    mode =>
      onDatabase((database, project) =>
        withPgBouncer(database.url, { mode, clients: 1 }, async url => {
          await writeCrashProject(project);
          const before = await catalogFingerprint(database);
          expect((await rejection(openRunner(through(url), project).runner.upgrade())).name).toBe(
            'UnverifiedSessionError',
          );
          expect(await catalogFingerprint(database)).toBe(before);
        }),
      )(),
  );
});

test(
  'a server without a connection left for a second session is migrated',
  onDatabase(async (database, project) => {
    await writeCrashProject(project);
    const role = `single_${process.pid}`;
    await database.query(
      `CREATE ROLE ${role} LOGIN PASSWORD 'a' CONNECTION LIMIT 1; GRANT ALL ON SCHEMA public TO ${role}`,
    );
    try {
      const url = new URL(database.url);
      url.username = role;
      url.password = 'a';
      expect((await openRunner(through(url.href), project).runner.upgrade()).heads).toEqual(['c1']);
    } finally {
      await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  }),
);

describe('an instance that waits for the lock behind a PgBouncer whose operator reloads it', () => {
  test.each(['session', 'transaction'] as const)('in %s mode migrates, or is refused before its first step', mode =>
    onDatabase((database, project) =>
      withPgBouncer(database.url, { mode: 'session', poolSize: 3 }, async (url, changeMode) => {
        await project.write(
          { id: 'a1', upgrade: `await op.execute('SELECT pg_sleep(3)');` },
          { id: 'b1', upgrade: `await op.execute('CREATE TABLE b1 (id int)');` },
        );
        const first = openRunner(database, project).runner.upgrade('a1');
        const { runner, said } = openRunner(through(url), project);
        const second = runner.upgrade().then(
          ({ heads }) => heads,
          (error: Error) => error.name,
        );
        while (!said.some(line => line.startsWith('Waiting for the migration lock'))) await pause(20);
        await changeMode(mode);
        await first;
        expect(await second).toEqual(mode === 'session' ? ['b1'] : 'SharedSessionError');
        const [{ made }] = await database.query("SELECT to_regclass('b1') IS NOT NULL AS made");
        expect(made).toBe(mode === 'session');
        expect(await locks(database)).toEqual([]);
      }),
    )(),
  );
});

describe('behind PgBouncer, every command', () => {
  test.each([
    ['session', ['stamp', 'upgrade', 'downgrade', 'current', 'status', 'plan', 'check']],
    ['transaction', ['current', 'status', 'plan', 'check']],
    ['statement', ['current', 'status', 'plan']],
  ] as const)('works in %s mode, or is one sentence', (mode, working) =>
    onDatabase((database, project) =>
      withPgBouncer(database.url, { mode }, async url => {
        await writeCrashProject(project);
        await openRunner(database, project).runner.upgrade();
        const { runner } = openRunner(through(url), project, { allowNoEntities: true });
        const commands = {
          stamp: () => runner.stamp('c1'),
          downgrade: () => runner.downgrade('-1'),
          upgrade: () => runner.upgrade(),
          current: () => runner.current(),
          status: () => runner.status(),
          plan: () => runner.plan('heads'),
          check: () => runner.check(),
        };
        const outcomes: Record<string, string> = {};
        for (const [name, command] of Object.entries(commands)) {
          outcomes[name] = await command().then(
            () => 'works',
            error => error.name,
          );
        }
        const expected = Object.keys(commands).map(name => {
          const isIdle = mode !== 'session' && name === 'upgrade';
          return [name, isIdle || (working as readonly string[]).includes(name) ? 'works' : 'SharedSessionError'];
        });
        expect(outcomes).toEqual(Object.fromEntries(expected));
      }),
    )(),
  );
});

describe('a tenant of its own schema, behind PgBouncer in transaction mode', () => {
  test(
    'leaves the search path of the sessions that others share as it is, whatever it asks for',
    onDatabase((database, project) =>
      withPgBouncer(database.url, { mode: 'transaction', poolSize: 2 }, async url => {
        await writeCrashProject(project);
        await database.query('CREATE SCHEMA tenant_a');
        await openRunner(database, project, {}, { schema: 'tenant_a' }).runner.upgrade('a1');
        const tenant = openRunner(through(url), project, { allowNoEntities: true }, { schema: 'tenant_a' }).runner;
        const application = await through(url).dataSource().initialize();
        const paths = new Set<string>();
        let isOver = false;
        const asking = (async () => {
          while (!isOver) {
            const [{ path }] = await application.query("SELECT current_setting('search_path') AS path");
            paths.add(path);
          }
        })();
        expect(await tenant.status()).toMatchObject({ heads: ['a1'] });
        expect(await tenant.current()).toEqual(['a1']);
        expect(await tenant.plan()).toHaveLength(2);
        expect(await tenant.history(':current')).toHaveLength(1);
        for (const command of [() => tenant.upgrade(), () => tenant.check(), () => tenant.stamp('a1')])
          await expect(command()).rejects.toMatchObject({ name: 'SharedSessionError' });
        isOver = true;
        await asking;
        expect([...paths]).toEqual(['"$user", public']);
      }),
    ),
  );
});
