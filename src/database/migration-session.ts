import { MigrationError } from '../errors.ts';
import { quoteText } from '../sql/literal.ts';
import { bareName, quoteName } from '../sql/name.ts';
import { lockKeyOf, type LockKey } from './advisory-lock.ts';
import type { Connection } from './connection.ts';
import { serverErrorOf, sqlStateOf } from './server-error.ts';
import type { VersionTables } from './version-table.ts';

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
 * The lock of a version table, by the schema the table is in, or will be: the same for all roles, whatever their search
 * paths.
 */
export async function readLockKey(connection: Connection, { versions, schema }: VersionTables): Promise<LockKey> {
  if (schema !== undefined) return lockKeyOf(schema, bareName(versions));
  const [row] = await connection.query(
    `SELECT coalesce((SELECT n.nspname FROM pg_catalog.pg_class c
         JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
         WHERE c.oid OPERATOR(pg_catalog.=) pg_catalog.to_regclass(${quoteText(quoteName(versions))})),
       pg_catalog.current_schema()) AS schema`,
  );
  return lockKeyOf(row.schema ?? '', bareName(versions));
}

/** The server refused to write, outside of a revision. */
export const isReadOnly = (error: unknown): boolean => sqlStateOf(error) === '25006' && !MigrationError.is(error);

export async function readOnlyError(connection: Connection, cause: unknown): Promise<ReadOnlySessionError> {
  const [row] = await connection.query('SELECT pg_catalog.pg_is_in_recovery() AS "isStandby"');
  return new ReadOnlySessionError(row.isStandby, cause);
}

/** @throws ReadOnlySessionError */
export async function refuseReadOnly(connection: Connection): Promise<void> {
  const [row] = await connection.query(
    `SELECT pg_catalog.pg_is_in_recovery() AS "isStandby", pg_catalog.current_setting('transaction_read_only') AS "readOnly"`,
  );
  if (row.isStandby || row.readOnly === 'on') throw new ReadOnlySessionError(row.isStandby);
}
