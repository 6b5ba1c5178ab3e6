import type { DataSource } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { quoteText } from '../sql/literal.ts';
import { bareName } from '../sql/name.ts';
import { lockKeyOf, type LockKey } from './advisory-lock.ts';
import type { Connection } from './connection.ts';
import { refuseOpenTransaction } from './open-transaction.ts';
import { refuseSharedSession } from './pooler.ts';
import { serverErrorOf, sqlStateOf } from './server-error.ts';
import { inSchema, type VersionTables } from './version-table.ts';

/** The session may read, and nothing else. */
export class ReadOnlySessionError extends MigrationError {
  override readonly name = 'ReadOnlySessionError';
  /** True for a hot standby; false where a setting makes the session read-only. */
  readonly isStandby: boolean;

  constructor(isStandby: boolean, cause?: unknown) {
    super(
      isStandby
        ? 'The server is a hot standby, which is read-only: connect migrations to the primary.'
        : 'The session is read-only (default_transaction_read_only is on): set it to off for this role or database, or ' +
            'connect migrations as a role that may write.',
      cause === undefined ? {} : { cause: serverErrorOf(cause) },
    );
    this.isStandby = isStandby;
  }
}

/**
 * The version table and its log by their full names: in the first schema on the search path that has the version table, else
 * where the session would make it. A temporary table of that name does not count.
 */
export async function locateTables(connection: Connection, tables: VersionTables): Promise<VersionTables> {
  if (tables.schema !== undefined) return tables;
  const [row] = await connection.query(`SELECT ${locatedSchema(tables)} AS schema`);
  return row.schema === null ? tables : inSchema(tables, row.schema);
}

/** An expression for the schema that {@link locateTables} finds; null where the search path leads nowhere. */
export const locatedSchema = ({ versions }: VersionTables): string =>
  `coalesce((SELECT s.name FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY s(name, position)
         WHERE pg_catalog.to_regclass(pg_catalog.format('%I.%I', s.name, ${quoteText(bareName(versions))}::pg_catalog.text)) IS NOT NULL
         ORDER BY s.position LIMIT 1), pg_catalog.current_schema())`;

/** The lock of version tables that were located: the same for all roles, whatever their search paths. */
export const lockKeyOfTables = ({ versions, schema }: VersionTables): LockKey =>
  lockKeyOf(schema ?? '', bareName(versions));

/** The server refused to write, outside of a revision. */
export const isReadOnly = (error: unknown): boolean => sqlStateOf(error) === '25006' && !MigrationError.is(error);

export async function readOnlyError(connection: Connection, cause: unknown): Promise<ReadOnlySessionError> {
  const [row] = await connection.query('SELECT pg_catalog.pg_is_in_recovery() AS "isStandby"');
  return new ReadOnlySessionError(row.isStandby, cause);
}

/**
 * Makes sure that migrations can run in a session: it may write, is in no transaction, and is this connection's alone.
 * @throws ReadOnlySessionError, OpenTransactionError, SharedSessionError, UnverifiedSessionError
 */
export async function assertMayMigrate(connection: Connection, dataSource: DataSource): Promise<void> {
  await refuseReadOnly(connection);
  await refuseOpenTransaction(connection, dataSource);
  await refuseSharedSession(connection, dataSource);
}

/** @throws ReadOnlySessionError */
async function refuseReadOnly(connection: Connection): Promise<void> {
  const [row] = await connection.query(
    `SELECT pg_catalog.pg_is_in_recovery() AS "isStandby", pg_catalog.current_setting('transaction_read_only') AS "readOnly"`,
  );
  if (row.isStandby || row.readOnly === 'on') throw new ReadOnlySessionError(row.isStandby);
}
