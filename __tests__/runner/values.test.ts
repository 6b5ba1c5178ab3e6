import { describe, expect, test } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { bulkInsert } from '../../src/operations/bulk-insert.ts';
import { send } from '../../src/runner/run.ts';
import { withoutParameters } from '../../src/runner/sql-text.ts';
import { withDatabase } from '../support/index.ts';
import { startUpgrade } from './processes.ts';
import { onDatabase, openRunner, rejection, table } from './project.ts';
import { runScript } from './scripting.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const types = [
  ...['text', 'varchar(40)', 'boolean', 'integer', 'bigint', 'numeric', 'float8', 'json', 'jsonb', 'bytea', 'uuid'],
  ...['date', 'timestamp', 'timestamptz', 'time', 'interval'],
  ...['text[]', 'integer[]', 'jsonb[]', 'date[]', 'bytea[]', 'boolean[]', 'timestamptz[]', 'int4range', 'inet'],
];

const noon = new Date('2020-03-04T23:30:15.123Z');
const values: readonly unknown[] = [
  ...[
    null,
    '',
    'it\'s "so" \\ {a,b}',
    '5',
    '-7',
    '{"a": 1}',
    '{1,2}',
    '2020-01-02',
    'NaN',
    '[1,2]',
    '10.0.0.1',
    '3 days',
  ],
  ...[0, -1, 1.5, 1e21, Number.NaN, Number.NEGATIVE_INFINITY, 9007199254740993n, -3n, true, false],
  ...[noon, new Date('0001-01-01'), new Date('-000044-03-15T12:00:00Z'), new Date('+012345-01-01')],
  ...[
    Buffer.from([0, 1, 255]),
    { a: [1, null], at: noon },
    {},
    [],
    [1, 2, null],
    ['a', null, 'b,"c"\\'],
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ...[[true, false], [noon], [Buffer.from('x')], [{ a: 1 }, { a: [noon] }], [1.5, 'x']],
];

/** What a statement leaves behind, or how it fails. */
async function outcomeOf(database: { query(sql: string): Promise<unknown> }, work: () => Promise<unknown>) {
  await database.query('SAVEPOINT before');
  try {
    await work();
    return (await database.query('SELECT v::text AS v FROM target')) as unknown;
  } catch (error) {
    return `error ${String((error as { driverError?: { code?: string } }).driverError?.code)}`;
  } finally {
    await database.query('ROLLBACK TO SAVEPOINT before');
  }
}

type Queried = ReturnType<DataSource['createQueryRunner']>;

const onConnection = (work: (connection: Queried) => Promise<void>) => () =>
  withDatabase(async database => {
    const dataSource = await database.dataSource().initialize();
    const connection = dataSource.createQueryRunner();
    await connection.query("BEGIN; SET LOCAL TimeZone = 'Asia/Kolkata'");
    await work(connection).finally(() => connection.release());
  });

/** Calls the work with a table `target` of each type in turn. */
const onEachType = (work: (type: string, connection: Queried) => Promise<void>) =>
  onConnection(async connection => {
    for (const type of types) {
      await connection.query(`CREATE TABLE target (v ${type})`);
      await work(type, connection);
      await connection.query('DROP TABLE target');
    }
  });

const sql = 'INSERT INTO target VALUES ($1)';

describe('a value is, in a column of every type,', () => {
  test(
    'the same in a run and in a script',
    onEachType(async (type, connection) => {
      for (const value of values) {
        const online = await outcomeOf(connection, () => send(connection, { sql, parameters: [value] }));
        const offline = await outcomeOf(connection, () => connection.query(withoutParameters(sql, [value])));
        expect({ type, value, outcome: offline }).toEqual({ type, value, outcome: online });
      }
    }),
  );

  test(
    'what it is as a parameter where it is inserted in bulk, unless one of them is refused',
    onEachType(async (type, connection) => {
      for (const value of values.filter(each => !Array.isArray(each) || type.endsWith('[]'))) {
        const single = await outcomeOf(connection, () => send(connection, { sql, parameters: [value] }));
        const [insertion] = bulkInsert({ table: 'target', rows: [{ v: value }] });
        const bulk = await outcomeOf(connection, () => send(connection, insertion!));
        // A list in a column of JSON lists may be more than its text form can say.
        const isRefused = typeof (Array.isArray(value) ? single : bulk) === 'string';
        if (!isRefused) expect({ type, value, bulk }).toEqual({ type, value, bulk: single });
      }
    }),
  );
});

describe('a list inserted in bulk', () => {
  const lists = [[], [1, 2], ['a', 'b,"c"'], [{ a: 1 }, null], [[1], [2, [3]]], [noon.toISOString()], ["it's \\"]];

  test(
    'is JSON in columns of JSON, and an array in columns of arrays, beside rows that leave it out',
    onConnection(async connection => {
      await connection.query(`CREATE SCHEMA "o'x"; CREATE DOMAIN tags AS text[];
        CREATE TABLE "o'x"."T t" (id int, "the list" jsonb DEFAULT '"none"', j json, a text[], d tags)`);
      for (const list of lists) {
        const texts = ['a', "b'\\"];
        const rows = [{ id: 1, 'the list': list, j: list, a: texts, d: texts }, { id: 2 }];
        for (const each of bulkInsert({ table: `"o'x"."T t"`, rows })) await send(connection, each);
        expect(await connection.query(`DELETE FROM "o'x"."T t" RETURNING *`)).toEqual([
          [
            { id: 1, 'the list': list, j: list, a: texts, d: expect.anything() },
            { id: 2, 'the list': 'none', j: null, a: null, d: null },
          ],
          2,
        ]);
      }
    }),
  );
});

describe('a date is the same day, whatever the time zone of the process', () => {
  test.each(shareOfToday(['America/New_York', 'Asia/Tokyo', 'UTC']))('%s', zone =>
    onDatabase(async (database, project) => {
      const day = "new Date('2020-03-04')";
      await project.write(table('a1'), {
        id: 'b1',
        upgrade: `await op.execute('CREATE TABLE days (d date, t timestamp, many date[])');
          await op.execute('INSERT INTO days VALUES ($1, $2, $3)', [${day}, ${day}, [${day}]]);
          await op.bulkInsert({ table: 'days', rows: [{ d: ${day}, t: ${day}, many: [${day}] }] });`,
      });
      const days = () => database.query('SELECT DISTINCT d::text, t::text, many::text FROM days');
      const script = await openRunner(database, project).runner.sql('upgrade', 'heads');
      expect(await (await startUpgrade(database, project, { TZ: zone })).ended).toMatchObject({ code: 0 });
      const expected = [{ d: '2020-03-04', t: '2020-03-04 00:00:00', many: '{2020-03-04}' }];
      expect(await days()).toEqual(expected);
      await database.query('DROP TABLE days, a1, alembic_version, alembic_version_log');
      await runScript(database, script);
      expect(await days()).toEqual(expected);
    })(),
  );
});

describe('op.query gives the rows that a statement returns', () => {
  const statements = {
    INSERT: 'INSERT INTO it VALUES (4) RETURNING n',
    UPDATE: 'UPDATE it SET n = n + 10 WHERE n > 1 RETURNING n',
    'UPDATE of nothing': 'UPDATE it SET n = 0 WHERE n > 100 RETURNING n',
    DELETE: 'DELETE FROM it WHERE n < 3 RETURNING n',
    WITH: 'WITH gone AS (DELETE FROM it RETURNING n) SELECT n FROM gone',
    SELECT: 'SELECT n FROM it',
  };
  test.each([true, false])('where a revision is transactional: %s', transactional =>
    onDatabase(async (database, project) => {
      const numbered = Object.values(statements).map((sql, at) => [sql.replaceAll('it', `it_${at}`), at] as const);
      for (const [, at] of numbered)
        await database.query(`CREATE TABLE it_${at} (n int); INSERT INTO it_${at} VALUES (1), (2), (3)`);
      await database.query('CREATE TABLE seen (at int, n int)');
      const seeing = numbered.map(
        ([sql, at]) =>
          `for (const row of await op.query('${sql}')) await op.execute('INSERT INTO seen VALUES (${at}, $1)', [row.n]);`,
      );
      await project.write({
        id: 'a1',
        ...(!transactional && { transactional: false }),
        upgrade: `${seeing.join('\n')} if (op.context.x.fail) throw new Error('told to');`,
      });
      const expected: unknown[] = [];
      const client = await database.client();
      for (const [sql, at] of numbered) {
        await client.query('BEGIN');
        const { rows } = await client.query(sql);
        await client.query('ROLLBACK');
        expected.push(...rows.map(({ n }) => ({ at, n })).sort((one, other) => one.n - other.n));
      }
      const { runner } = openRunner(database, project);
      await rejection(runner.upgrade('heads', { x: { fail: '1' } }));
      await runner.upgrade();
      expect(await database.query('SELECT at, n FROM seen ORDER BY at, n')).toEqual(expected);
    })(),
  );

  test(
    'in onVersionApply, too',
    onDatabase(async (database, project) => {
      await database.query('CREATE TABLE it (n int); INSERT INTO it VALUES (1)');
      await project.write(table('a1'));
      const seen: unknown[] = [];
      const onVersionApply = async ({ query }: any) => void seen.push(await query('UPDATE it SET n = 7 RETURNING n'));
      await openRunner(database, project, { onVersionApply }).runner.upgrade();
      expect(seen).toEqual([[{ n: 7 }]]);
    }),
  );
});
