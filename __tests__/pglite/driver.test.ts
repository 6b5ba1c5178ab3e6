import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DataSource, QueryFailedError } from 'typeorm';
import { MigrationError } from '../../src/errors.ts';
import { PgliteBusyError, pgliteDriver, type PgliteSource } from '../../src/pglite/index.ts';
import { entitiesFrom, type PgliteDatabase, withDatabase, withPglite } from '../support/index.ts';

/** One PGlite for the whole file: it takes more than a second to open. Every test starts with an empty schema. */
let db: PgliteDatabase;
let closeDatabase: () => void;
let closed: Promise<void>;

beforeAll(
  () =>
    new Promise<void>((resolve, reject) => {
      const hold = new Promise<void>(release => (closeDatabase = release));
      closed = withPglite(
        opened => {
          db = opened;
          resolve();
          return hold;
        },
        { extensions: ['uuid-ossp', 'citext'] },
      );
      closed.catch(reject);
    }),
);

afterAll(() => {
  closeDatabase();
  return closed;
});

beforeEach(() => db.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'));

describe('TypeORM on PGlite', () => {
  const entities = entitiesFrom(`
    import { Column, Entity, Index, JoinTable, ManyToMany, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn, type Relation, ViewEntity, ViewColumn } from 'typeorm';
    @Entity() export class Tag { @PrimaryColumn({ type: 'citext' }) name!: string; }
    @Entity() export class Ticket {
      @PrimaryGeneratedColumn('uuid') id!: string;
      @Index() @Column() subject!: string;
      @Column({ type: 'enum', enum: ['open', 'closed'], default: 'open' }) status!: string;
      @Column({ type: 'int', asExpression: 'length(subject)', generatedType: 'STORED' }) subjectLength!: number;
      @Column({ type: 'jsonb', default: {} }) attributes!: object;
      @Column({ type: 'text', array: true, default: [] }) emails!: string[];
      @ManyToMany(() => Tag) @JoinTable() tags!: Tag[];
    }
    @ViewEntity({ expression: 'SELECT "id" FROM "ticket" WHERE "status" = \\'open\\'' })
    export class OpenTicket { @ViewColumn() id!: string; }`);

  test('synchronizes entities, and finds nothing to do the second time', async () => {
    const dataSource = await db.dataSource({ entities: [...entities] }).initialize();
    await dataSource.synchronize();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
    await dataSource.destroy();
  });

  test('saves and loads entities', async () => {
    const dataSource = await db.dataSource({ entities: [...entities], synchronize: true }).initialize();
    const tag = await dataSource.getRepository('Tag').save({ name: 'Billing' });
    const tickets = dataSource.getRepository('Ticket');
    const values = { subject: "It's broken", attributes: { browser: 'x' }, emails: ['a@b', 'c,"d'] };
    await tickets.save({ ...values, tags: [tag] });
    const [loaded] = await tickets.find({ relations: { tags: true } });
    expect(loaded).toMatchObject({ ...values, status: 'open', subjectLength: 11, tags: [{ name: 'Billing' }] });
    expect((await tickets.update({ subject: values.subject }, { status: 'closed' })).affected).toBe(1);
    expect(await dataSource.getRepository('OpenTicket').count()).toBe(0);
    await dataSource.destroy();
  });
});

describe('values, results and errors', () => {
  const queries: readonly (readonly [sql: string, parameters?: readonly unknown[]])[] = [
    [`SELECT 1::int8 AS big, 2.50::numeric AS exact, 1.5::float8 AS float, 7::int2 AS small, true AS yes`],
    [`SELECT DATE '2026-02-03' AS day, TIMESTAMPTZ '2026-02-03 04:05:06+07' AS instant, INTERVAL '1 day 2 h' AS span`],
    [`SELECT '{"a":[1]}'::jsonb AS json, ARRAY['a', NULL, 'b"c'] AS list, '\\xff00'::bytea AS bytes, NULL AS nothing`],
    [`SELECT '[1,5)'::int4range AS range, '10.0.0.1'::inet AS address, 'a'::"char" AS letter`],
    [
      `SELECT $1::jsonb AS json, $2::text[] AS list, $3::bytea AS bytes, $4::timestamptz AS instant, $5::int AS number`,
      [{ a: [1, null] }, ['x', 'y,"z'], Buffer.from([0, 255]), new Date(0), 42],
    ],
    [`CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1), (2); SELECT a FROM t ORDER BY a`],
    [`INSERT INTO t VALUES ($1) RETURNING a + 1 AS next`, [3]],
    [`UPDATE t SET a = a + 10 WHERE a > $1`, [1]],
    [`DELETE FROM t`],
    [`INSERT INTO t VALUES (1), (1)`],
    [`INSERT INTO t VALUES ($1)`, ['no number']],
    [`SELECT * FROM missing`],
    [`SELECT 1; SELECT 1/0; SELECT 2`],
    [``],
    [`SELECT 'still here' AS answer`],
  ];

  /** What can be seen of an answer that two servers may be expected to agree on. */
  async function answer(ask: () => Promise<any>): Promise<unknown> {
    try {
      const results = [await ask()].flat();
      return results.map(({ command, rowCount, rows, fields }) => {
        return { command, rowCount, rows, fields: fields.map((field: any) => [field.name, field.dataTypeID]) };
      });
    } catch (error: any) {
      return [error.constructor.name, error.code, error.message, error.detail, error.constraint, error.position];
    }
  }

  test('are those of pg on a PostgreSQL server', async () => {
    await withDatabase(async native => {
      const [expected, actual] = [await native.client(), await db.client()];
      for (const [sql, parameters] of queries) {
        const ask = (client: typeof expected) => () => client.query(sql, parameters && [...parameters]);
        expect([sql, await answer(ask(actual))]).toEqual([sql, await answer(ask(expected))]);
      }
    });
  });

  test('reach TypeORM as its own error, with the code', async () => {
    const dataSource = await db.dataSource().initialize();
    const error = await dataSource.query('SELECT * FROM missing').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(QueryFailedError);
    expect(error).toMatchObject({ driverError: { code: '42P01' } });
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await dataSource.destroy();
  });

  test('follow parseInt8', async () => {
    const dataSource = await db.dataSource({ parseInt8: true }).initialize();
    try {
      expect(await dataSource.query('SELECT 1::int8 AS big')).toEqual([{ big: 1 }]);
    } finally {
      db.driver.defaults.parseInt8 = false;
      await dataSource.destroy();
    }
  });
});

describe('the one session', () => {
  test('is given to one query runner after the other, so that transactions never mix', async () => {
    const dataSource = await db.dataSource().initialize();
    const transaction = fc.record({ rows: fc.integer({ min: 1, max: 3 }), commits: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(transaction, { minLength: 2, maxLength: 6 }), async transactions => {
        await dataSource.query('DROP TABLE IF EXISTS t; CREATE TABLE t (writer int)');
        await Promise.allSettled(
          transactions.map(({ rows, commits }, writer) =>
            dataSource.transaction(async manager => {
              for (let row = 0; row < rows; row++) await manager.query('INSERT INTO t VALUES ($1)', [writer]);
              if (!commits) throw new Error('rolled back');
            }),
          ),
        );
        const written = await dataSource.query('SELECT writer FROM t ORDER BY writer');
        const committed = transactions.flatMap(({ rows, commits }, writer) =>
          commits ? Array.from({ length: rows }, () => ({ writer })) : [],
        );
        expect(written).toEqual(committed);
      }),
      { numRuns: 25 },
    );
    await dataSource.destroy();
  });

  test('is shared by the DataSources of a driver', async () => {
    const [one, two] = await Promise.all([db.dataSource().initialize(), db.dataSource().initialize()]);
    await one.query('CREATE TABLE t (a int)');
    const late = one.transaction(async manager => {
      await manager.query('INSERT INTO t VALUES (1)');
      const counted = two.query('SELECT count(*) FROM t');
      await manager.query('DELETE FROM t');
      return { counted };
    });
    expect(await (await late).counted).toEqual([{ count: '0' }]);
    await one.destroy();
    expect(await two.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await two.destroy();
  });

  test('that is not given back in time is an error that says so', async () => {
    const dataSource = await db.dataSource({ connectTimeoutMS: 200 }).initialize();
    const held = dataSource.createQueryRunner();
    await held.connect();
    const refused = await dataSource.query('SELECT 1').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(PgliteBusyError);
    expect(refused).toMatchObject({ waitedMilliseconds: 200, message: expect.stringContaining('0.2 s') });
    await held.release();
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await dataSource.destroy();
  });

  test('is replaced when its client is given back as broken', async () => {
    const pool = new db.driver.Pool();
    const connect = () =>
      new Promise<{ client: any; release: (broken?: unknown) => void }>((resolve, reject) =>
        pool.connect((error, client, release) => (client && release ? resolve({ client, release }) : reject(error))),
      );
    const first = await connect();
    await first.client.query('BEGIN');
    first.release(new Error('broken'));
    const second = await connect();
    expect(second.client).not.toBe(first.client);
    expect(await second.client.query('SELECT now() = statement_timestamp() AS alone')).toMatchObject({
      rows: [{ alone: true }],
    });
    second.release();
    await new Promise(resolve => pool.end(resolve));
  });
});

describe('opening and closing', () => {
  const directories: string[] = [];
  afterAll(() => Promise.all(directories.map(directory => rm(directory, { recursive: true, force: true }))));

  async function freshDirectory(): Promise<string> {
    const directory = await mkdtemp(path.join(tmpdir(), 'typeorm-alembic-pglite-'));
    directories.push(directory);
    return directory;
  }

  function dataSourceOn(source: PgliteSource): DataSource {
    return new DataSource({ type: 'postgres', driver: pgliteDriver(source), installExtensions: false });
  }

  test('a database of ours is opened with the first connection and survives being closed', async () => {
    const dataDir = path.join(await freshDirectory(), 'not', 'yet', 'there');
    const dataSource = dataSourceOn({ dataDir, extensions: ['citext'] });
    expect(existsSync(dataDir)).toBe(false);
    await dataSource.initialize();
    await dataSource.query(`CREATE EXTENSION citext; CREATE TABLE t (a citext); INSERT INTO t VALUES ('A')`);
    await dataSource.destroy();
    await dataSource.initialize();
    expect(await dataSource.query(`SELECT a = 'a' AS same FROM t`)).toEqual([{ same: true }]);
    await dataSource.destroy();
  });

  test('two drivers of one data directory, or of one PGlite, have one session and take turns', async () => {
    const dataDir = path.join(await freshDirectory(), 'shared');
    const pairs = [
      [{ dataDir }, { dataDir: `file://${dataDir}` }],
      [db.pglite, db.pglite],
    ] as const;
    for (const pair of pairs) {
      const [one, two] = await Promise.all(pair.map(source => dataSourceOn(source).initialize()));
      await one!.query('CREATE TABLE taken (n int)');
      const runner = one!.createQueryRunner();
      await runner.startTransaction();
      const insert = two!.query('INSERT INTO taken VALUES (2)');
      await runner.query('INSERT INTO taken VALUES (1)');
      await runner.rollbackTransaction();
      await runner.release();
      await insert;
      await one!.destroy();
      expect(await two!.query('SELECT n FROM taken')).toEqual([{ n: 2 }]);
      if (pair[0] !== db.pglite) {
        const other = dataSourceOn({ dataDir, extensions: ['citext'] });
        await expect(other.initialize()).rejects.toThrow(
          /open in this process with other options: give all DataSources/,
        );
        await two!.destroy();
        await other.initialize();
        expect(await other.query('SELECT n FROM taken')).toEqual([{ n: 2 }]);
        await other.destroy();
      } else await two!.destroy();
    }
  });

  test('a database of yours stays open, and keeps nothing of a transaction left behind', async () => {
    const dataSource = await dataSourceOn(Promise.resolve(db.pglite)).initialize();
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('CREATE TABLE abandoned (a int)');
    await dataSource.destroy();
    expect(await db.pglite.query(`SELECT to_regclass('abandoned') AS found`)).toMatchObject({
      rows: [{ found: null }],
    });
  });

  test('a database of yours is waited for until it is open', async () => {
    let isOpen = false;
    const opening = new Proxy(db.pglite, {
      get(pglite, key) {
        if (key === 'waitReady') return pause(20).then(() => (isOpen = true));
        if (key === 'execProtocolRaw' && !isOpen) throw new TypeError('It is not open yet.');
        const value: unknown = Reflect.get(pglite, key, pglite);
        return typeof value === 'function' ? value.bind(pglite) : value;
      },
    });
    const dataSource = await dataSourceOn(opening).initialize();
    expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await dataSource.destroy();
  });

  test('an extension that does not exist is an error that names it, each time', async () => {
    const dataSource = dataSourceOn({ extensions: ['uuid-ossp', 'no-such'] });
    for (const attempt of [1, 2]) {
      const error = await dataSource.initialize().catch((caught: unknown) => caught);
      expect([attempt, MigrationError.is(error), (error as Error).message]).toEqual([
        attempt,
        true,
        expect.stringContaining('The extension no-such is not one of those'),
      ]);
    }
  });

  test('a database that could not be made is the error it was', async () => {
    const dataSource = dataSourceOn(Promise.reject(new Error('out of disk')));
    await expect(dataSource.initialize()).rejects.toThrow('out of disk');
  });
});
