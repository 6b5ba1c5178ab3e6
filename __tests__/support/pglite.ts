import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { openPglite, type PgliteOptions } from '../../src/pglite/open.ts';
import { type PgliteDriver, pgliteDriver } from '../../src/pglite/index.ts';
import { PgliteSocket } from '../../src/pglite/socket.ts';
import { type Queryable, queryableOf, type TestDataSourceOptions } from './database.ts';
import { withLock } from './lock.ts';
import { testRun } from './test-run.ts';

/**
 * PGlite in the shape of a {@link TestDatabase}, without a URL. There is one session: `query` takes turns with the
 * query runners of its DataSources, and what `client()` gives shares the session with both.
 */
export interface PgliteDatabase extends Queryable {
  readonly pglite: PGlite;
  readonly driver: PgliteDriver;
  client(): Promise<pg.Client>;
  /** A DataSource on this database that is not initialized yet. */
  dataSource(options?: TestDataSourceOptions): DataSource;
}

/** Does the work on a PGlite of its own, with the extensions given (PostgreSQL's names), and closes it afterwards. */
export async function withPglite<Result>(
  work: (database: PgliteDatabase) => Promise<Result>,
  options: Pick<PgliteOptions, 'extensions'> = {},
): Promise<Result> {
  const pglite = await openPglite({ ...options, loadDataDir: await emptyPglite() });
  const opened = new OpenedPglite(pglite);
  try {
    return await work(opened);
  } finally {
    await opened.close();
    if (!pglite.closed) await pglite.close();
  }
}

class OpenedPglite implements PgliteDatabase {
  readonly pglite: PGlite;
  readonly driver: PgliteDriver;
  readonly #clients: pg.Client[] = [];
  readonly #dataSources: DataSource[] = [];

  constructor(pglite: PGlite) {
    this.pglite = pglite;
    this.driver = pgliteDriver(pglite);
  }

  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      new this.driver.Pool().connect((error, client, release) => {
        if (!client) return reject(error as Error);
        queryableOf(client).query<Row>(sql, parameters).then(resolve, reject).finally(release);
      });
    });
  }

  async client(): Promise<pg.Client> {
    const client = new pg.Client({ stream: () => new PgliteSocket(this.pglite), user: 'postgres' });
    this.#clients.push(client);
    await client.connect();
    return client;
  }

  dataSource(options: TestDataSourceOptions = {}): DataSource {
    const dataSource = new DataSource({ logging: false, ...options, type: 'postgres', driver: this.driver });
    this.#dataSources.push(dataSource);
    return dataSource;
  }

  async close(): Promise<void> {
    await Promise.all(this.#dataSources.filter(source => source.isInitialized).map(source => source.destroy()));
    await Promise.all(this.#clients.map(client => client.end()));
  }
}

/** What PGlite begins with, for its `loadDataDir`: making that takes it seconds, so it is done once per run and kept as a file. */
export async function emptyPglite(): Promise<Blob> {
  const file = path.join(testRun().directory, 'pglite.tar');
  if (!existsSync(file)) {
    await withLock(`${file}.lock`, async () => {
      if (!existsSync(file)) await saveEmptyDataDirectory(file);
    });
  }
  return new Blob([await readFile(file)]);
}

async function saveEmptyDataDirectory(file: string): Promise<void> {
  const pglite = await openPglite({});
  const dump = await pglite.dumpDataDir('none');
  await writeFile(`${file}.part`, Buffer.from(await dump.arrayBuffer()));
  await rename(`${file}.part`, file);
  await pglite.close();
}
