import { describe, expect, test } from '@jest/globals';
import type { MigrationsConfig } from '../../src/config.ts';
import type { Runner } from '../../src/runner/runner.ts';
import type { TestDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table, type TestRevision } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

type Query = (sql: string) => Promise<unknown>;
type Step = Parameters<NonNullable<MigrationsConfig['onVersionApply']>>[0];

/** What one run did, as PostgreSQL has it: the table of the last revision, its version and its end in the log. */
async function found(database: TestDatabase) {
  const [there] = await database.query("SELECT to_regclass('alembic_version') IS NOT NULL AS versions");
  const written = there.versions
    ? "EXISTS (SELECT FROM alembic_version WHERE version_num = 'b1') AS version, EXISTS (SELECT FROM alembic_version_log WHERE revision = 'b1' AND finished_at IS NOT NULL) AS finished"
    : 'false AS version, false AS finished';
  const [row] = await database.query(`SELECT to_regclass('b1') IS NOT NULL AS "table", ${written}`);
  return row;
}

/** What a project's hook may do that PostgreSQL does not commit after, or that must not be committed. */
const hooks: Readonly<Record<string, { readonly does: (query: Query) => Promise<unknown>; readonly error: object }>> = {
  'catches an error of its query': {
    does: query => query('INSERT INTO no_such_audit VALUES (1)').catch(() => {}),
    error: { code: '42P01' },
  },
  'catches several': {
    does: async query => {
      await query('SELECT 1/0').catch(() => {});
      await query('SELECT 1').catch(() => {});
    },
    error: { code: '22012' },
  },
  'catches a second one after a savepoint': {
    does: async query => {
      await query('SAVEPOINT s');
      await query('SELECT 1/0').catch(() => {});
      await query('ROLLBACK TO s');
      await query('INSERT INTO no_such_audit VALUES (1)').catch(() => {});
    },
    error: { code: '42P01' },
  },
  'releases the migration lock': {
    does: query => query('SELECT pg_advisory_unlock_all()'),
    error: { name: 'LockLostError' },
  },
  commits: { does: query => query('COMMIT'), error: { name: 'TransactionControlError', command: 'COMMIT' } },
  'rolls back': {
    does: query => query('/* all */ ROLLBACK;'),
    error: { name: 'TransactionControlError', command: 'ROLLBACK' },
  },
};

const last: TestRevision = table('b1');
const ways: Readonly<
  Record<string, { revision: TestRevision; config?: MigrationsConfig; run: (runner: Runner) => Promise<unknown> }>
> = {
  'a transactional revision': { revision: last, run: runner => runner.upgrade() },
  'the last of all in one transaction': {
    revision: last,
    config: { transaction: 'all' },
    run: runner => runner.upgrade(),
  },
  'a non-transactional revision': { revision: { ...last, transactional: false }, run: runner => runner.upgrade() },
  'a stamp': { revision: last, run: runner => runner.stamp('b1') },
};

const causeOf = (error: any): Error => (error.cause instanceof Error ? causeOf(error.cause) : error);

test.each(shareOfToday(Object.entries(ways)))(
  '%s is committed whole, or fails, whatever onVersionApply does',
  (way, each) =>
    onDatabase(async (database, project) => {
      const { revision, config, run } = each;
      await project.write(table('a1'), revision);
      await openRunner(database, project).runner.upgrade('a1');
      const upgradeWith = (does: (query: Query) => Promise<unknown>) => {
        const onVersionApply = async ({ query }: Step) => void (await does(query as Query));
        return run(openRunner(database, project, { ...config, onVersionApply }).runner);
      };
      for (const [name, { does, error }] of Object.entries(hooks)) {
        const cause = causeOf(await rejection(upgradeWith(does)));
        expect({ hook: name, ...cause, name: cause.name }).toMatchObject({ hook: name, ...error });
        // What a non-transactional revision did before is there, and the journal knows.
        const isThere = way === 'a non-transactional revision';
        expect(await found(database)).toEqual({ table: isThere, version: false, finished: false });
      }
      await upgradeWith(async query => {
        await query('SAVEPOINT s');
        await query('SELECT 1/0').catch(() => {});
        await query('ROLLBACK TO s');
      });
      expect(await found(database)).toMatchObject({ table: way !== 'a stamp', version: true });
    })(),
);

describe('a revision that releases the migration lock in its last statement', () => {
  const releasing = (revision: Partial<TestRevision> = {}): TestRevision => ({
    id: 'b1',
    upgrade: `await op.execute('CREATE TABLE b1 (id int)'); await op.execute('SELECT pg_advisory_unlock_all()');`,
    ...revision,
  });

  test.each([['each'], ['all']] as const)('is not committed, with transaction: %s', transaction =>
    onDatabase(async (database, project) => {
      await project.write(table('a1'), releasing());
      const failure = await rejection(openRunner(database, project, { transaction }).runner.upgrade());
      expect(failure.name).toBe('LockLostError');
      expect(await found(database)).toMatchObject({ table: false, version: false });
    })(),
  );

  test(
    'does not count as done where it commits statement by statement',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), releasing({ transactional: false }));
      const failure = await rejection(openRunner(database, project).runner.upgrade());
      expect(failure.name).toBe('LockLostError');
      expect(await found(database)).toEqual({ table: true, version: false, finished: false });
    }),
  );
});

describe('an error that a revision got over', () => {
  /** Tries to lock a table that another session holds, goes back, and then runs what it is told. */
  const polite = (rest: string): TestRevision => ({
    id: 'b1',
    upgrade: `await op.execute('SAVEPOINT s');
      await op.execute('LOCK TABLE a1 IN ACCESS EXCLUSIVE MODE NOWAIT').catch(() => op.execute('ROLLBACK TO s'));
      ${rest}`,
  });

  test.each([
    ["await op.execute('SELECT 1/0');", { statement: 'SELECT 1/0', cause: { code: '22012' } }],
    ["throw new Error('of its own');", { statement: undefined, cause: { message: 'of its own' } }],
    ["await op.execute('SELECT 1/0').catch(() => {});", { statement: 'SELECT 1/0', cause: { code: '22012' } }],
  ])('is not the reason of what fails later: %s', (rest, expected) =>
    onDatabase(async (database, project) => {
      await project.write(table('a1'), polite(rest));
      const { runner } = openRunner(database, project, { lockWait: '20s' });
      await runner.upgrade('a1');
      await database.query('BEGIN; LOCK TABLE a1 IN ACCESS SHARE MODE');
      const began = Date.now();
      const failure = await rejection(runner.upgrade());
      expect(Date.now() - began).toBeLessThan(5_000);
      await database.query('ROLLBACK');
      expect(failure).toMatchObject({ name: 'RevisionFailedError', ...expected });
    })(),
  );

  test(
    'is the reason, and is tried again, where the revision did not go back before it',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), {
        id: 'b1',
        upgrade: `await op.execute("SET LOCAL lock_timeout = '50ms'");
          try { await op.execute('LOCK TABLE a1 IN ACCESS EXCLUSIVE MODE'); }
          catch { throw new Error('of its own'); }`,
      });
      const { runner } = openRunner(database, project, { lockWait: '300ms', lockTimeout: '50ms' });
      await runner.upgrade('a1');
      await database.query('BEGIN; LOCK TABLE a1 IN ACCESS SHARE MODE');
      const failure = await rejection(runner.upgrade());
      await database.query('ROLLBACK');
      expect(failure).toMatchObject({ name: 'RevisionBlockedError', cause: { code: '55P03' } });
    }),
  );
});
