import { describe, expect, test } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { onDatabase, openRunner, rejection, table, type TestRevision } from './project.ts';

/** Fails where it is told to, so that the same loaded file can be run again. */
const failingAt = (place: string) => `if (op.context.x.fail === '${place}') throw new Error('told to');`;

const gradual: TestRevision = {
  id: 'b1',
  transactional: false,
  upgrade: `await op.execute('ALTER TABLE a1 ADD COLUMN n int');
    await op.execute('INSERT INTO a1 SELECT n, n FROM generate_series(1, $1::int) n', [op.context.x.rows ?? 100]);
    ${failingAt('middle')}
    await op.createIndex({ name: 'a1_n', table: 'a1', columns: ['n'], unique: true, concurrently: true });
    ${failingAt('end')}`,
  downgrade: `await op.dropIndex({ name: 'a1_n', concurrently: true });
    ${failingAt('middle')}
    await op.execute('ALTER TABLE a1 DROP COLUMN n');`,
};

const rows = 'SELECT count(*)::int AS rows FROM a1';
const unfinished = 'SELECT revision, direction, progress FROM alembic_version_log WHERE finished_at IS NULL';

describe('a revision that commits statement by statement', () => {
  test(
    'says how far it came, and goes on from there',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), gradual);
      const { runner } = openRunner(database, project);
      const error = await rejection(runner.upgrade('heads', { x: { fail: 'middle' } }));
      expect(error).toMatchObject({
        name: 'RevisionFailedError',
        revision: 'b1',
        statement: undefined,
        cause: { message: 'told to' },
      });
      expect(error.message).toContain('the 2 operations before that are done');
      const left = { revision: 'b1', direction: 'upgrade', done: 2 };
      expect(await runner.status()).toEqual({
        heads: ['a1'],
        target: ['b1'],
        isAtHeads: false,
        isAhead: false,
        unfinished: [left],
      });
      expect(await database.query(unfinished)).toMatchObject([
        { revision: 'b1', progress: { done: [expect.any(String), expect.any(String)] } },
      ]);
      expect((await runner.upgrade()).heads).toEqual(['b1']);
      expect(await database.query(rows)).toEqual([{ rows: 100 }]);
      expect(await database.query(unfinished)).toEqual([]);
    }),
  );

  test(
    'is refused where what it did already is not what it says now',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), gradual);
      const { runner } = openRunner(database, project);
      await rejection(runner.upgrade('heads', { x: { fail: 'middle' } }));
      const error = await rejection(runner.upgrade('heads', { x: { rows: '7' } }));
      expect(error).toMatchObject({ name: 'JournalMismatchError', revision: 'b1', done: 2, operation: 2 });
      expect(error.message).toContain('interrupted after 2 operations, of which number 2 is another one now');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
    }),
  );

  test(
    'can be finished in its own direction only, or forgotten by a stamp',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), gradual, table('c1'));
      const { runner } = openRunner(database, project);
      await runner.upgrade('b1');
      await rejection(runner.downgrade('base', { x: { fail: 'middle' } }));
      expect(await rejection(runner.upgrade())).toMatchObject({
        name: 'UnfinishedRevisionError',
        revision: 'b1',
        direction: 'downgrade',
      });
      await database.query('CREATE UNIQUE INDEX a1_n ON a1 (n)');
      await runner.stamp('b1');
      expect(await database.query(unfinished)).toEqual([]);
      expect((await runner.upgrade()).heads).toEqual(['c1']);
      expect((await runner.downgrade('a1')).heads).toEqual(['a1']);
      expect((await runner.upgrade('b1')).heads).toEqual(['b1']);
    }),
  );

  test(
    'may be a downgrade, and every revision where the configuration says so',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), gradual);
      const { runner, queries } = openRunner(database, project, { transaction: 'none' });
      await runner.upgrade();
      await rejection(runner.downgrade('base', { x: { fail: 'middle' } }));
      expect((await runner.downgrade('base')).heads).toEqual([]);
      const own = queries.filter(query => /^(BEGIN|COMMIT|CREATE TABLE a1)/.test(query));
      const at = own.indexOf('CREATE TABLE a1 (id int)');
      expect(own.slice(at - 1, at + 2)).toEqual(['BEGIN', 'CREATE TABLE a1 (id int)', 'COMMIT']);
    }),
  );

  test(
    'builds an index again that was left invalid',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), gradual);
      const { runner, said } = openRunner(database, project);
      await rejection(runner.upgrade('heads', { x: { fail: 'middle' } }));
      await database.query('INSERT INTO a1 VALUES (1, 1)');
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({
        cause: { code: '23505' },
        statement: expect.stringContaining('CREATE UNIQUE INDEX'),
      });
      expect(error.message).toContain('Key (n)=(1) is duplicated');
      expect(error.message).toContain(
        'and the index public.a1_n is left INVALID: correct the cause and run again, which drops it and builds it anew',
      );
      expect(await database.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a1_n'::regclass")).toEqual([
        { indisvalid: false },
      ]);
      await database.query('DELETE FROM a1 WHERE ctid = (SELECT max(ctid) FROM a1)');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
      expect(said.join()).toContain('left it invalid');
      expect(await database.query("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a1_n'::regclass")).toEqual([
        { indisvalid: true },
      ]);
    }),
  );

  test(
    'takes an index for its own only where it is the same',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), gradual);
      const { runner } = openRunner(database, project);
      await rejection(runner.upgrade('heads', { x: { fail: 'middle' } }));
      await database.query('CREATE UNIQUE INDEX a1_n ON a1 (n, id)');
      expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '42P07' } });
      expect(await rejection(runner.upgrade())).toMatchObject({ cause: { code: '42P07' } });
      await database.query('DROP INDEX a1_n; CREATE UNIQUE INDEX a1_n ON a1 (n)');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
    }),
  );

  test(
    'waits for other transactions while it builds an index, whatever the lock timeout',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), {
        id: 'b1',
        transactional: false,
        upgrade: `await op.createIndex({ name: 'a1_id', table: 'a1', columns: ['id'], concurrently: true });`,
      });
      const { runner, dataSource } = openRunner(database, project, { lockTimeout: 30 }, { poolSize: 1 });
      await dataSource.initialize();
      await runner.upgrade('a1');
      const other = await database.client();
      await other.query('BEGIN; INSERT INTO a1 VALUES (1)');
      const upgrade = runner.upgrade();
      await setTimeout(300);
      await other.query('COMMIT');
      expect((await upgrade).heads).toEqual(['b1']);
      expect(await dataSource.query('SHOW lock_timeout')).toEqual([{ lock_timeout: '0' }]);
    }),
  );

  test(
    'tries a statement again that meets a lock, and only that',
    onDatabase(async (database, project) => {
      await project.write(table('a1'), {
        id: 'b1',
        transactional: false,
        upgrade: `await op.execute('CREATE TABLE once (id int)'); await op.execute('ALTER TABLE a1 ADD COLUMN b int');`,
      });
      const { runner, queries } = openRunner(database, project, { lockTimeout: 30 });
      await runner.upgrade('a1');
      const other = await database.client();
      await other.query('BEGIN; LOCK TABLE a1');
      const upgrade = runner.upgrade();
      const attempts = () => queries.filter(query => query.startsWith('ALTER TABLE a1')).length;
      while (attempts() < 2) await setTimeout(10);
      await other.query('COMMIT');
      expect((await upgrade).heads).toEqual(['b1']);
      expect(queries.filter(query => query.startsWith('CREATE TABLE once'))).toHaveLength(1);
    }),
  );

  test(
    'has no transactions of its own either',
    onDatabase(async (database, project) => {
      await project.write({ id: 'a1', transactional: false, upgrade: "await op.execute('START TRANSACTION');" });
      const error = await rejection(openRunner(database, project).runner.upgrade());
      expect(error.cause).toMatchObject({ name: 'TransactionControlError', command: 'START TRANSACTION' });
      expect(error.message).toContain('as each statement is committed by itself');
    }),
  );

  test(
    'walks through a backfill once, batch by batch',
    onDatabase(async (database, project) => {
      await project.write(
        {
          id: 'a1',
          upgrade: `await op.execute('CREATE TABLE a1 (id int PRIMARY KEY, old int, new int)');
            await op.execute('INSERT INTO a1 SELECT n, n FROM generate_series(1, 95) n');`,
        },
        {
          id: 'b1',
          transactional: false,
          upgrade: `await op.backfill({ table: 'a1', set: { new: 'coalesce(new, 0) + old' }, batchSize: 10 });
            await op.execute('ALTER TABLE a1 DROP COLUMN old');
            ${failingAt('end')}`,
        },
      );
      const { runner, queries } = openRunner(database, project);
      await rejection(runner.upgrade('heads', { x: { fail: 'end' } }));
      const batches = () => queries.filter(query => query.startsWith('UPDATE "a1"')).length;
      expect(batches()).toBe(10);
      await database.query('INSERT INTO a1 VALUES (500, 7)');
      expect((await runner.upgrade()).heads).toEqual(['b1']);
      expect(batches()).toBe(10);
      expect(await database.query('SELECT sum(new)::int AS sum FROM a1 WHERE id < 100')).toEqual([{ sum: 48 * 95 }]);
    }),
  );

  test(
    'goes on with a backfill at the batch that failed',
    onDatabase(async (database, project) => {
      await project.write(
        {
          id: 'a1',
          upgrade: `await op.execute('CREATE TABLE a1 (id int PRIMARY KEY, n int CHECK (n < 1000))');
            await op.execute('INSERT INTO a1 SELECT n, n FROM generate_series(1, 95) n');`,
        },
        {
          id: 'b1',
          transactional: false,
          upgrade: `await op.backfill({ table: 'a1', set: { n: 'n * 2' }, batchSize: 10 });`,
        },
      );
      const { runner } = openRunner(database, project);
      await runner.upgrade('a1');
      await database.query('UPDATE a1 SET n = 999 WHERE id = 77');
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({ cause: { code: '23514' }, statement: expect.stringMatching(/^UPDATE "a1"/) });
      expect(await database.query('SELECT count(*)::int AS done FROM a1 WHERE n = id * 2')).toEqual([{ done: 70 }]);
      await database.query('UPDATE a1 SET n = 77 WHERE id = 77');
      await runner.upgrade();
      expect(await database.query('SELECT count(*)::int AS done FROM a1 WHERE n = id * 2')).toEqual([{ done: 95 }]);
    }),
  );
});
