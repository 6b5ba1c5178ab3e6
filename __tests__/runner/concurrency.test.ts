import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { TestDatabase } from '../support/index.ts';
import { contents, writeCrashProject } from './crash-project.ts';
import { startUpgrade } from './processes.ts';
import { onDatabase, openRunner, rejection, table, type TestProject } from './project.ts';

const once = [
  {
    counted: ['fifth 1', 'first 1', 'second 1', 'third 1'],
    numbers: 200 * 201,
    levels: 100,
    versions: ['c1'],
    log: ['upgrade a1', 'upgrade b1', 'upgrade c1'],
    unfinished: 0,
  },
];

const upgradeMany = (database: TestDatabase, project: TestProject, times: number) =>
  Promise.all(Array.from({ length: times }, () => openRunner(database, project).runner.upgrade()));

describe('many at once', () => {
  test(
    'take each step exactly once, CREATE INDEX CONCURRENTLY included',
    onDatabase(async (database, project) => {
      await writeCrashProject(project);
      const results = await upgradeMany(database, project, 20);
      expect(results.flatMap(({ steps }) => steps.map(step => step.revision)).sort()).toEqual(['a1', 'b1', 'c1']);
      expect(results.every(({ heads }) => heads[0] === 'c1')).toBe(true);
      expect(await database.query(contents)).toEqual(once);
    }),
  );

  test(
    'may share a DataSource that nobody initialized, or a small pool',
    onDatabase(async (database, project) => {
      await writeCrashProject(project);
      const { runner, dataSource } = openRunner(database, project);
      await Promise.all(Array.from({ length: 12 }, () => runner.upgrade()));
      expect(await database.query(contents)).toEqual(once);
      expect(dataSource.isInitialized).toBe(false);

      const small = openRunner(database, project, {}, { poolSize: 1 });
      await small.dataSource.initialize();
      await Promise.all([small.runner.downgrade('a1'), small.runner.current(), small.runner.current()]);
      expect(await small.runner.current()).toEqual(['a1']);
    }),
  );

  test(
    'may be processes, some of which are killed',
    onDatabase(async (database, project) => {
      await writeCrashProject(project);
      const processes = await Promise.all(Array.from({ length: 5 }, () => startUpgrade(database, project)));
      await Promise.race(processes.map(({ started }) => started));
      for (const { child } of processes.slice(0, 3)) {
        await setTimeout(60);
        child.kill('SIGKILL');
      }
      const ends = await Promise.all(processes.map(({ ended }) => ended));
      expect(ends.slice(3).map(({ code, stderr }) => ({ code, stderr: code === 0 ? '' : stderr }))).toEqual([
        { code: 0, stderr: '' },
        { code: 0, stderr: '' },
      ]);
      expect(await database.query(contents)).toEqual(once);
    }),
  );
});

/** The process that runs the slow revision, once it does. */
async function sleeper(database: TestDatabase): Promise<number> {
  const [row] = await database.query(
    "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(20)' AND state = 'active' AND datname = current_database()",
  );
  if (row) return row.pid;
  await setTimeout(20);
  return sleeper(database);
}

describe('the lock', () => {
  const slow = {
    id: 'a1',
    upgrade: `await op.execute('CREATE TABLE a1 (id int)'); await op.execute('SELECT pg_sleep(20)');`,
  };

  test(
    'is given up on after lockWait, naming who has it, and free when that process is gone',
    onDatabase(async (database, project) => {
      await project.write(slow);
      const holder = await startUpgrade(database, project);
      const pid = await sleeper(database);
      const { runner } = openRunner(database, project);
      const error = await rejection(runner.upgrade('heads', { lockWait: '200ms' }));
      expect(error).toMatchObject({
        name: 'LockNotAcquiredError',
        holder: { pid, applicationName: `upgrade ${holder.child.pid}`, user: 'postgres' },
      });
      expect(error.message).toContain(`process ${pid} (upgrade ${holder.child.pid}, user postgres, connected since 20`);
      expect(error.waitedMilliseconds).toBeGreaterThanOrEqual(200);

      await project.write({ ...table('a1'), down: null });
      const waiting = openRunner(database, project);
      const upgrade = waiting.runner.upgrade();
      while (waiting.said.length === 0) await setTimeout(50);
      holder.child.kill('SIGKILL');
      // The server itself notices a client that has gone only when the statement is over.
      await database.query('SELECT pg_terminate_backend($1)', [pid]);
      expect((await upgrade).heads).toEqual(['a1']);
      expect(waiting.said[0]).toContain(`Waiting for the migration lock, which process ${pid}`);
    }),
  );

  test(
    'is the same for all who name the same version table, and another one for others',
    onDatabase(async (database, project) => {
      await project.write(slow);
      const holder = openRunner(database, project, {}, { applicationName: 'holder' }).runner.upgrade();
      holder.catch(() => {});
      const locks =
        "SELECT count(*)::int AS locks FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND datname = current_database() WHERE locktype = 'advisory'";
      await sleeper(database);
      const explicit = openRunner(database, project, { versionTableSchema: 'public' });
      const error = await rejection(explicit.runner.stamp('base', { lockWait: 50 }));
      expect(error.name).toBe('LockNotAcquiredError');
      const other = openRunner(database, project, { versionTable: 'other_version' });
      expect(await other.runner.stamp('a1', { lockWait: 50 })).toEqual({ before: [], heads: ['a1'] });
      await database.query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'holder'");
      expect((await rejection(holder)).cause.code).toBe('57014');
      expect(await database.query(locks)).toEqual([{ locks: 0 }]);
    }),
  );

  test(
    'is the same for two search paths that lead to the same version table',
    onDatabase(async (database, project) => {
      await project.write(slow);
      await database.query('CREATE SCHEMA app');
      await openRunner(database, project).runner.stamp('base');
      const holder = openRunner(database, project, {}, { applicationName: 'holder' }).runner.upgrade();
      holder.catch(() => {});
      const pid = await sleeper(database);
      const other = openRunner(database, project, {}, { extra: { options: '-c search_path=app,public' } });
      const error = await rejection(other.runner.upgrade('heads', { lockWait: 50 }));
      expect(error).toMatchObject({ name: 'LockNotAcquiredError', holder: { pid } });
      await database.query('SELECT pg_cancel_backend($1)', [pid]);
      await rejection(holder);
    }),
  );

  test(
    'that is lost, as behind a pooler, stops the run before the step is committed',
    onDatabase(async (database, project) => {
      await project.write(
        {
          id: 'a1',
          upgrade: "await op.execute('CREATE TABLE a1 (id int)'); await op.query('SELECT pg_advisory_unlock_all()');",
        },
        table('b1'),
      );
      const { runner } = openRunner(database, project);
      expect((await rejection(runner.upgrade())).name).toBe('LockLostError');
      expect(await runner.current()).toEqual([]);
    }),
  );
});
