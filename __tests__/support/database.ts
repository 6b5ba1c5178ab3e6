import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { templateDatabase, type TemplateName, urlOf, withClient } from './templates.ts';
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

/** Does the work on a database of its own, cloned from a template, and drops it afterwards. */
export async function withDatabase<Result>(
  work: (database: TestDatabase) => Promise<Result>,
  { template = 'plain' }: TestDatabaseOptions = {},
): Promise<Result> {
  const { url, prefix } = testRun();
  const name = `${prefix}${randomBytes(6).toString('hex')}`;
  return withClient(url, async admin => {
    await cloneDatabase(admin, templateDatabase(prefix, template), name);
    const opened = new OpenedDatabase(name, urlOf(url, name));
    try {
      return await work(opened);
    } finally {
      await opened.close();
      await dropDatabase(admin, name);
    }
  });
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

  async close(): Promise<void> {
    await Promise.all(this.#dataSources.filter(source => source.isInitialized).map(source => source.destroy()));
    await Promise.all(this.#clients.map(client => client.end().catch(() => {})));
  }
}

/** As a copy of the template's files: faster than by the log, which is how PostgreSQL 15 and newer do it unless asked. */
export async function cloneDatabase(admin: pg.Client, template: string, name: string): Promise<void> {
  const strategy = testRun().serverMajor < 15 ? '' : 'STRATEGY FILE_COPY';
  await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}" ${strategy}`);
}

/** Connections are ended first, without `WITH (FORCE)`, which PostgreSQL 12 does not know. */
async function dropDatabase(admin: pg.Client, name: string): Promise<void> {
  await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  await admin.query(`DROP DATABASE IF EXISTS "${name}"`);
}
