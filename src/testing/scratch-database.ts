import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Connection } from '../database/connection.ts';
import { finishing, whileConnected, withConnection } from '../database/with-connection.ts';
import { sqlStateOf } from '../database/server-error.ts';
import { MigrationError } from '../errors.ts';
import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { copyOf } from './data-source-copy.ts';
import { emptyDatabase, readInventory } from './inventory.ts';
import { dataSourceOf, type TestedProject } from './project.ts';

/** There is no database that the tests may fill and empty. */
export class NoScratchDatabaseError extends MigrationError {
  override readonly name = 'NoScratchDatabaseError';
  readonly database: string;
  /** Some of what lies in it. */
  readonly objects: readonly string[];

  constructor(database: string, reason: string, objects: readonly string[]) {
    super(
      `Migrations are tested in a database of their own, but ${reason}, and database "${database}" is not empty (${listed(objects)}): GRANT the right to create databases (ALTER ROLE … CREATEDB), or give a DataSource on an empty database.`,
    );
    this.database = database;
    this.objects = objects;
  }
}

/** A connection to the database that was made for the tests led to another one. */
export class NotScratchDatabaseError extends MigrationError {
  override readonly name = 'NotScratchDatabaseError';
  readonly database: string;

  constructor(expected: string, database: string) {
    super(
      `Connecting to database "${expected}", which was made for the tests, led to "${database}", and nothing was done there: give the DataSource a \`url\` or \`database\` that decides where it connects.`,
    );
    this.database = database;
  }
}

const listed = (objects: readonly string[]): string =>
  objects.length > 3 ? `${objects.slice(0, 3).join(', ')} and ${objects.length - 3} more` : objects.join(', ');

/**
 * Does the work in an empty database and leaves nothing behind: in one made on the same server for the occasion; where the
 * role may not, or there is only one (PGlite), in the given one, provided that it is empty.
 * @throws NoScratchDatabaseError, NotScratchDatabaseError
 */
export async function withScratchDatabase<Result>(
  project: TestedProject,
  work: (scratch: DataSource) => Promise<Result>,
): Promise<Result> {
  const given = copyOf(await dataSourceOf(project));
  const prepared = async (scratch: DataSource): Promise<Result> => {
    await prepare(project, scratch);
    return work(scratch);
  };
  return whileConnected(given, async () => {
    const created = await createDatabase(given);
    if ('refusal' in created) return inEmptyDatabase(given, created.refusal, prepared);
    return finishing(
      () => inOwnDatabase(copyOf(given, created.name), created.name, prepared),
      () => dropDatabase(given, created.name),
    );
  });
}

type Created = { readonly name: string } | { readonly refusal: string };

async function createDatabase(given: DataSource): Promise<Created> {
  const name = `typeorm_alembic_test_${randomBytes(6).toString('hex')}`;
  return withConnection(given, async connection => {
    const [{ version }] = await connection.query('SELECT pg_catalog.version()');
    if (/\bemcc\b|PGlite/.test(version)) return { refusal: 'a PGlite is a single database' };
    try {
      await connection.query(`CREATE DATABASE ${quoteIdentifier(name)}`);
      return { name };
    } catch (error) {
      if (sqlStateOf(error) === '42501') return { refusal: 'the role may not create databases' };
      throw error;
    }
  });
}

/** Its connections are ended first: a failed test may have left some, which would keep the database. */
async function dropDatabase(given: DataSource, name: string): Promise<void> {
  await withConnection(given, async connection => {
    await connection.query(
      `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
       WHERE datname OPERATOR(pg_catalog.=) ${quoteText(name)} AND usename OPERATOR(pg_catalog.=) current_user`,
    );
    await connection.query(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)}`);
  });
}

function inOwnDatabase<Result>(
  scratch: DataSource,
  name: string,
  work: (scratch: DataSource) => Promise<Result>,
): Promise<Result> {
  return whileConnected(scratch, async () => {
    const found = await withConnection(scratch, databaseOf);
    if (found !== name) throw new NotScratchDatabaseError(name, found);
    return work(scratch);
  });
}

async function inEmptyDatabase<Result>(
  given: DataSource,
  refusal: string,
  work: (scratch: DataSource) => Promise<Result>,
): Promise<Result> {
  const before = await withConnection(given, async connection => {
    const inventory = await readInventory(connection);
    if (inventory.objects.length === 0) return inventory;
    throw new NoScratchDatabaseError(await databaseOf(connection), refusal, inventory.objects);
  });
  try {
    return await work(given);
  } finally {
    await withConnection(given, connection => emptyDatabase(connection, before));
  }
}

async function databaseOf(connection: Connection): Promise<string> {
  const [{ name }] = await connection.query('SELECT pg_catalog.current_database() AS name');
  return name;
}

async function prepare({ config, prepare: own }: TestedProject, scratch: DataSource): Promise<void> {
  await withConnection(scratch, async connection => {
    const schema = config?.versionTableSchema;
    if (schema !== undefined) await connection.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
    await own?.(sql => connection.query(sql));
  });
}
