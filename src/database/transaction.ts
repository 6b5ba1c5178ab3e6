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
 * The same before an operation of a non-transactional revision, in which a `SET lock_timeout` or `SET statement_timeout`
 * of the revision's own counts: to be told from the session's, those must have been reset before the revision.
 * @throws LockLostError
 */
export async function beginOperation(connection: Connection, limits: Limits, key: LockKey): Promise<void> {
  const [row] = await connection.query(
    `SELECT ${limitSettings(limits, true, setByRevision)}, ${holdsLock(key)} AS locked`,
  );
  if (!row.locked) throw new LockLostError();
}

/** Resets what the session itself has set: the application, or a revision. */
export async function resetLimits(connection: Connection): Promise<void> {
  for (const name of ['lock_timeout', 'statement_timeout']) await connection.query(`RESET ${name}`);
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

/** Does the work outside a transaction, under limits of the session's; what a revision has set counts, and stays afterwards. */
export async function withSessionLimits<Result>(
  connection: Connection,
  limits: Limits,
  key: LockKey,
  work: () => Promise<Result>,
): Promise<Result> {
  const own = limitNames.map(name => `${setByRevision(name)} AS ${name}`);
  const [before] = await connection.query(`SELECT ${own.join(', ')}`);
  const [row] = await connection.query(
    `SELECT ${limitSettings(limits, false, setByRevision)}, ${holdsLock(key)} AS locked`,
  );
  try {
    if (!row.locked) throw new LockLostError();
    return await work();
  } finally {
    for (const name of limitNames) await connection.query(restoring(name, before[name])).catch(() => {});
  }
}

const restoring = (name: string, value: string | null): string =>
  value === null ? `RESET ${name}` : `SELECT pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, false)`;

/** The server's time in ISO format, which reads the same under any DateStyle and TimeZone. */
const serverTime =
  'pg_catalog.to_char(pg_catalog.timezone(\'UTC\', pg_catalog.clock_timestamp()), \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')';

/** The settings that each transaction of a step sets for itself. */
export const limitNames = ['lock_timeout', 'statement_timeout', 'standard_conforming_strings'] as const;

/** SQL for the value that this session was given by SET; null where it has none. */
const setByRevision = (name: string): string =>
  `(SELECT setting FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) ${quoteText(name)} ` +
  `AND source OPERATOR(pg_catalog.=) 'session')`;

/** A backslash in a revision's SQL is a backslash, in every session. */
function limitSettings(
  { lockTimeout, statementTimeout }: Limits,
  isLocal: boolean,
  own: (name: string) => string = () => 'NULL',
): string {
  const timeout = (name: string, limit: number): string =>
    `pg_catalog.set_config(${quoteText(name)}, coalesce(${own(name)}, '${Math.ceil(limit)}ms'), ${isLocal})`;
  return [
    timeout('lock_timeout', lockTimeout),
    timeout('statement_timeout', statementTimeout),
    `pg_catalog.set_config('standard_conforming_strings', 'on', ${isLocal})`,
  ].join(', ');
}
