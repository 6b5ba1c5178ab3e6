import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { giveBack, takeDatabase } from './database-pool.ts';
import { type TemplateName, urlOf } from './templates.ts';
import { testRun } from './test-run.ts';

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

/** What a test may say of its DataSource: everything but where the database is. */
export type TestDataSourceOptions = Partial<Omit<PostgresOptions, 'type' | 'url' | 'driver'>>;

/** What `query` and `dataSource` need, on PostgreSQL and on PGlite alike. */
export interface Queryable {
  /** The rows of a statement; of the last one where `sql` holds several (which then take no parameters). */
  query<Row = any>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/** A database of one test's own. Whatever is opened through it is closed after the test. */
export interface TestDatabase extends Queryable {
  readonly name: string;
  readonly url: string;
  /** Another connection, already open: `pg`'s own client. */
  client(): Promise<pg.Client>;
  /** A DataSource on this database that is not initialized yet. */
  dataSource(options?: TestDataSourceOptions): DataSource;
}

export interface TestDatabaseOptions {
  /** What the database is a copy of; `plain` by default. */
  readonly template?: TemplateName;
}

/** Does the work on a database of its own, which is as the template is. */
export async function withDatabase<Result>(
  work: (database: TestDatabase) => Promise<Result>,
  { template = 'plain' }: TestDatabaseOptions = {},
): Promise<Result> {
  const name = await takeDatabase(template);
  const opened = new OpenedDatabase(name, urlOf(testRun().url, name));
  try {
    return await work(opened);
  } finally {
    await giveBack(name, template, await opened.close());
  }
}

/** One of `pg`'s clients, as the tests ask questions. */
export function queryableOf(client: pg.Client): Queryable {
  return {
    async query(sql, parameters) {
      const result: pg.QueryResult | pg.QueryResult[] = await client.query(sql, parameters && [...parameters]);
      return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
    },
  };
}

/** True where it has answered all that it was asked. */
function isAtRest(client: pg.Client): boolean {
  const { _queryable, _ending, readyForQuery } = client as unknown as Record<string, unknown>;
  return _queryable === true && _ending !== true && readyForQuery === true;
}

class OpenedDatabase implements TestDatabase {
  readonly name: string;
  readonly url: string;
  readonly #clients: pg.Client[] = [];
  readonly #dataSources: DataSource[] = [];
  #first: Promise<pg.Client> | undefined;

  constructor(name: string, url: string) {
    this.name = name;
    this.url = url;
  }

  async query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    this.#first ??= this.client();
    return queryableOf(await this.#first).query<Row>(sql, parameters);
  }

  async client(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url });
    // A test may have its connections terminated by the server; what matters is the query that then fails.
    client.on('error', () => {});
    this.#clients.push(client);
    await client.connect();
    return client;
  }

  dataSource(options: TestDataSourceOptions = {}): DataSource {
    const dataSource = new DataSource({ logging: false, ...options, type: 'postgres', url: this.url });
    this.#dataSources.push(dataSource);
    return dataSource;
  }

  /** Closes all but the session of `query`, which it gives where that is at rest. */
  async close(): Promise<pg.Client | undefined> {
    await Promise.all(this.#dataSources.filter(source => source.isInitialized).map(source => source.destroy()));
    const first = await this.#first?.catch(() => undefined);
    const session = first && isAtRest(first) ? first : undefined;
    await Promise.all(this.#clients.filter(each => each !== session).map(client => client.end().catch(() => {})));
    return session;
  }
}
