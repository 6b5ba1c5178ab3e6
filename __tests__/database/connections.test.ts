import { PGlite } from '@electric-sql/pglite';
import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { canonical, compare, introspect, type Connection, type Schema } from 'typeorm-alembic';
import { type TestDatabase, withDatabase } from '../support/index.ts';

const STATEMENTS = [
  "CREATE TYPE state AS ENUM ('open', 'it''s')",
  'CREATE SEQUENCE numbers AS bigint START 5000000000',
  "CREATE TABLE ticket (id bigserial PRIMARY KEY, state state NOT NULL DEFAULT 'open', tags text[] DEFAULT '{a,b}', total numeric(10, 2) CHECK (total > 0), subject text CHECK (subject COLLATE \"C\" IN ('a', 'b')))",
  'CREATE TABLE comment (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ticket bigint REFERENCES ticket ON DELETE CASCADE)',
  'CREATE INDEX by_state ON ticket (state, (abs(total)) DESC) WHERE total > 1',
  'CREATE VIEW open_ticket AS SELECT id FROM ticket WHERE total > 1',
  'CREATE POLICY own ON ticket USING (id > 0)',
  "COMMENT ON COLUMN ticket.total IS 'It''s \\'",
  'CREATE STATISTICS st ON state, total FROM ticket',
];

/** The same in other words, and a default that is another one. */
function declaredAs(live: Schema): Schema {
  const ticket = live.tables.get('ticket')!;
  const defaults: Readonly<Record<string, string>> = { state: "'it''s'", tags: "ARRAY['a', 'b']" };
  const columns = ticket.columns.map(column =>
    defaults[column.name] === undefined ? column : { ...column, default: defaults[column.name]! },
  );
  const checks = ticket.checks!.map(check => ({
    ...check,
    expression: check.expression.includes('COLLATE') ? `subject COLLATE "C" IN ('a','b')` : 'ticket.total>0',
  }));
  const view = { ...live.views.get('open_ticket')!, definition: 'select ticket.id from ticket where ticket.total>1' };
  return {
    ...live,
    tables: new Map([...live.tables, ['ticket', { ...ticket, columns, checks }]]),
    views: new Map([['open_ticket', view]]),
  };
}

/** Which default it is that differs. */
const DIFFERENCE = [{ op: 'alterColumn', table: 'ticket', name: 'state', default: "'it''s'::state" }];

type Given = (database: TestDatabase, work: (connection: Connection) => Promise<void>) => Promise<void>;

const withClient: Given = async (database, work) => work(await database.client());
const withPool: Given = async (database, work) => {
  const pool = new pg.Pool({ connectionString: database.url, max: 3 });
  try {
    // Sessions that lie idle, of which the pool hands out another one each time.
    const idle = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    for (const client of idle) client.release();
    await work(pool);
    expect([pool.idleCount, pool.waitingCount]).toEqual([3, 0]);
  } finally {
    await pool.end();
  }
};
/** By the extended protocol, which takes one statement at a time. */
const wrapped = (client: pg.Client, of: (result: pg.QueryResult) => unknown): Connection => ({
  query: async (sql, values) => {
    const result = await client.query({
      text: sql,
      ...(values && { values }),
      queryMode: 'extended',
    } as pg.QueryConfig);
    return of(result);
  },
});

const connections: Readonly<Record<string, Given>> = {
  'a DataSource': async (database, work) => work(await database.dataSource().initialize()),
  'its EntityManager': async (database, work) => work((await database.dataSource().initialize()).manager),
  'a QueryRunner': async (database, work) => {
    const queryRunner = (await database.dataSource().initialize()).createQueryRunner();
    await work(queryRunner);
    await queryRunner.release();
  },
  'the EntityManager of a transaction': async (database, work) =>
    (await database.dataSource().initialize()).transaction(manager => work(manager)),
  "pg's client": withClient,
  "pg's client in a transaction, with a cursor open": async (database, work) => {
    const client = await database.client();
    await client.query('BEGIN; SET LOCAL search_path TO public; DECLARE mine CURSOR FOR SELECT 7 AS seven');
    await work(client);
    expect((await client.query('FETCH ALL FROM mine')).rows).toEqual([{ seven: 7 }]);
    expect((await client.query('SHOW search_path')).rows).toEqual([{ search_path: 'public' }]);
    await client.query('COMMIT');
  },
  "pg's pool": withPool,
  'a wrapper that gives rows': async (database, work) => work(wrapped(await database.client(), ({ rows }) => rows)),
  'a wrapper that gives { rows }': async (database, work) =>
    work(wrapped(await database.client(), ({ rows }) => ({ rows }))),
};

describe('introspect and canonical take', () => {
  test.each(Object.entries(connections))('%s', (_name, withConnection) =>
    withDatabase(async database => {
      for (const sql of STATEMENTS) await database.query(sql);
      const dataSource = await database.dataSource().initialize();
      const expected = await introspect(dataSource);
      expect(expected.tables.size).toBe(2);
      await withConnection(database, async connection => {
        const live = await introspect(connection);
        expect(live).toEqual(expected);
        expect(compare(live, await canonical(connection, declaredAs(live), live))).toEqual(DIFFERENCE);
      });
    }),
  );

  test('a PGlite', async () => {
    const pglite = new PGlite();
    for (const sql of STATEMENTS) await pglite.query(sql);
    await withDatabase(async database => {
      for (const sql of STATEMENTS) await database.query(sql);
      const found = await introspect(pglite);
      const expected = await introspect(await database.dataSource().initialize());
      // A view is spelled as the version of PostgreSQL has it.
      expect({ ...found, views: undefined }).toEqual({ ...expected, views: undefined });
      expect(compare(found, await canonical(pglite, declaredAs(found), found))).toEqual(DIFFERENCE);
    });
    await pglite.close();
  }, 180_000);

  test.each([[undefined], [7], [{ rowCount: 1 }]])('no connection whose query gives %j', async given => {
    await expect(introspect({ query: async () => given })).rejects.toThrow(
      /^introspect\(\) was given a connection whose query\(\) gave .*; expected the rows, or an object that has them as `rows`\.$/,
    );
  });
});
