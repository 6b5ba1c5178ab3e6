import { quoteText } from '../sql/literal.ts';
import { holdsLock, LockLostError, type LockKey } from './advisory-lock.ts';
import type { Connection } from './connection.ts';

/** What statements of a migration run under. Milliseconds; 0 means no limit. */
export interface Limits {
  readonly lockTimeout: number;
  readonly statementTimeout: number;
}

/** Does the work in a transaction: all of it is committed, or nothing. */
export async function withTransaction<Result>(connection: Connection, work: () => Promise<Result>): Promise<Result> {
  await connection.query('BEGIN');
  try {
    const result = await work();
    await connection.query('COMMIT');
    return result;
  } catch (error) {
    // Where the connection is lost, the server rolls back by itself; what matters is the first error.
    await connection.query('ROLLBACK').catch(() => {});
    throw error;
  }
}

/**
 * Sets the limits for this transaction, and makes sure that the migration lock is still held by this very session.
 * Gives the server's time.
 * @throws LockLostError
 */
export async function beginStep(connection: Connection, limits: Limits, key: LockKey): Promise<string> {
  const [row] = await connection.query(
    `SELECT ${limitSettings(limits, true)}, ${holdsLock(key)} AS locked, ${serverTime} AS "startedAt"`,
  );
  if (!row.locked) throw new LockLostError();
  return row.startedAt;
}

/**
 * To be called after code that is not ours and before the COMMIT: makes sure that the transaction is not aborted, which
 * PostgreSQL would answer by a rollback and no error, and that the session still holds the migration lock.
 * @throws LockLostError, and the server's error where the transaction is aborted
 */
export async function confirmStep(connection: Connection, key: LockKey): Promise<void> {
  const [row] = await connection.query(`SELECT ${holdsLock(key)} AS locked`);
  if (!row.locked) throw new LockLostError();
}

/**
 * Whether this transaction has done more than read: written, locked rows, drawn from a sequence, or looked for rows to do so
 * with. A transaction id tells of what was written only, and of a sequence at times; the locks on relations, which stay until
 * the end, tell of all. To be called before something of one's own is written.
 */
export async function hasWritten(connection: Connection): Promise<boolean> {
  const [row] = await connection.query(
    `SELECT pg_catalog.txid_current_if_assigned() IS NOT NULL OR EXISTS (SELECT FROM pg_catalog.pg_locks
       WHERE pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND locktype OPERATOR(pg_catalog.=) 'relation'
         AND mode OPERATOR(pg_catalog.<>) 'AccessShareLock') AS "hasWritten"`,
  );
  return row.hasWritten;
}

/** Does the work outside a transaction, under limits of the session's, which are reset afterwards. */
export async function withSessionLimits<Result>(
  connection: Connection,
  limits: Limits,
  key: LockKey,
  work: () => Promise<Result>,
): Promise<Result> {
  const [row] = await connection.query(`SELECT ${limitSettings(limits, false)}, ${holdsLock(key)} AS locked`);
  try {
    if (!row.locked) throw new LockLostError();
    return await work();
  } finally {
    for (const name of limitNames) await connection.query(`RESET ${name}`).catch(() => {});
  }
}

/** The server's time in ISO format, which reads the same under any DateStyle and TimeZone. */
const serverTime =
  'pg_catalog.to_char(pg_catalog.timezone(\'UTC\', pg_catalog.clock_timestamp()), \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')';

/** The settings that each transaction of a step sets for itself. */
export const limitNames = ['lock_timeout', 'statement_timeout', 'standard_conforming_strings'] as const;

/** A backslash in a revision's SQL is a backslash, in every session. */
function limitSettings({ lockTimeout, statementTimeout }: Limits, isLocal: boolean): string {
  const values = [...[lockTimeout, statementTimeout].map(limit => `${Math.ceil(limit)}ms`), 'on'];
  return limitNames
    .map((name, i) => `pg_catalog.set_config(${quoteText(name)}, '${values[i]!}', ${isLocal})`)
    .join(', ');
}
