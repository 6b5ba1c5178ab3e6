import { createHash } from 'node:crypto';
import { MigrationError } from '../errors.ts';
import { AbortError } from './abort.ts';
import { type Clock, pauseBefore } from './clock.ts';
import type { Connection } from './connection.ts';
import { Heartbeat } from './heartbeat.ts';
import { SharedSessionError } from './pooler.ts';
import { isConnectionLoss } from './server-error.ts';

/** The two numbers of an advisory lock. Such locks are a database's own: the same numbers in another one are free. */
export interface LockKey {
  readonly classId: number;
  readonly objectId: number;
}

/** Who has the lock. */
export interface LockHolder {
  readonly pid: number;
  readonly applicationName: string;
  readonly user: string;
  /** When its session began; left out where the server hides it: an ordinary role sees its own sessions only. */
  readonly since?: string;
}

/** Another process was migrating for longer than one was willing to wait. */
export class LockNotAcquiredError extends MigrationError {
  override readonly name = 'LockNotAcquiredError';
  readonly waitedMilliseconds: number;
  readonly holder: LockHolder | undefined;

  constructor(waitedMilliseconds: number, holder: LockHolder | undefined) {
    super(
      `Could not acquire the migration lock within ${seconds(waitedMilliseconds)}: ${describeHolder(holder)} holds it; wait ` +
        'for that run, raise `lockWait`, or, where it hangs, end it with pg_terminate_backend.',
    );
    this.waitedMilliseconds = waitedMilliseconds;
    this.holder = holder;
  }
}

/** The lock was acquired, and is not held any more. */
export class LockLostError extends MigrationError {
  override readonly name = 'LockLostError';

  constructor() {
    super(
      'The migration lock is no longer held by this session: the revision released it (pg_advisory_unlock_all), or a ' +
        'connection pooler gave the session to another client; connect to PostgreSQL directly and run again.',
    );
  }
}

export const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 100) / 10} s`;

export function describeHolder(holder: LockHolder | undefined): string {
  if (!holder) return 'another session';
  const { pid, applicationName, user, since } = holder;
  const details = [applicationName, user && `user ${user}`, since && `connected since ${since}`].filter(Boolean);
  return `process ${pid}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}

/** `talb` in ASCII: tells this library's locks from others'. */
export const CLASS_ID = 0x74616c62;

/** The lock for a version table: whoever migrates the same history takes the same. */
export const lockKeyOf = (schema: string, table: string): LockKey => ({
  classId: CLASS_ID,
  objectId: createHash('sha256')
    .update(JSON.stringify([schema, table]))
    .digest()
    .readInt32BE(),
});

/** A SQL condition: this session holds the lock. */
export const holdsLock = (key: LockKey): string => isHeldBy('pg_catalog.pg_backend_pid()', key);

const isHeldBy = (pid: string | number, key: LockKey): string =>
  `EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid OPERATOR(pg_catalog.=) ${pid} AND ${isLock(key)})`;

const isLock = ({ classId, objectId }: LockKey): string =>
  `locktype OPERATOR(pg_catalog.=) 'advisory' AND classid OPERATOR(pg_catalog.=) '${classId >>> 0}'::pg_catalog.oid ` +
  `AND objid OPERATOR(pg_catalog.=) '${objectId >>> 0}'::pg_catalog.oid AND objsubid OPERATOR(pg_catalog.=) 2::pg_catalog.int2 AND granted`;

export interface LockOptions {
  /** Milliseconds to wait; 0 for as long as it takes. */
  readonly wait: number;
  /** When the waiting began, by the clock; now by default. */
  readonly began?: number;
  readonly clock: Clock;
  /** Told when another process turns out to have the lock, and now and then while it has. */
  readonly onWait?: (holder: LockHolder | undefined) => void;
}

/**
 * Does the work while this session holds the lock. Waits by asking again, never in a statement: one that waits holds a
 * snapshot, which CREATE INDEX CONCURRENTLY in the process with the lock would wait for in turn.
 * @param work is told whether it had to wait: the session may be another by then than it was before
 * @throws LockNotAcquiredError, SharedSessionError
 */
export async function withAdvisoryLock<Result>(
  connection: Connection,
  key: LockKey,
  options: LockOptions,
  work: (hasWaited: boolean) => Promise<Result>,
): Promise<Result> {
  const { pid, hasWaited } = await acquire(connection, key, options);
  try {
    return await work(hasWaited);
  } finally {
    await release(connection, key, pid, options.clock);
  }
}

interface Acquired {
  /** The process id of the session that holds the lock. */
  readonly pid: number;
  readonly hasWaited: boolean;
}

async function acquire(
  connection: Connection,
  key: LockKey,
  { wait, began, clock, onWait }: LockOptions,
): Promise<Acquired> {
  const start = began ?? clock.now();
  const heartbeat = new Heartbeat(start + 1_000);
  for (let attempt = 0; ; attempt++) {
    const { isLocked, pid } = await tryLock(connection, key);
    if (isLocked) return { pid, hasWaited: attempt > 0 };
    const now = clock.now();
    if (wait > 0 && now - start >= wait) throw new LockNotAcquiredError(now - start, await holderOf(connection, key));
    if (onWait && heartbeat.isDue(now)) onWait(await holderOf(connection, key));
    const left = wait > 0 ? start + wait - now : Infinity;
    await clock.sleep(Math.min(pauseBefore(attempt, clock.random()), left));
  }
}

/** PostgreSQL grants a session what it holds already: to two clients that share it, therefore, at the same time. */
async function tryLock(connection: Connection, key: LockKey): Promise<{ isLocked: boolean; pid: number }> {
  const [row] = await connection.query(
    `SELECT CASE WHEN ${holdsLock(key)} THEN NULL ELSE pg_catalog.pg_try_advisory_lock(${key.classId}, ${key.objectId}) END ` +
      'AS "isLocked", pg_catalog.pg_backend_pid() AS pid',
  );
  if (row.isLocked === null) throw new SharedSessionError();
  return row;
}

const RELEASES = 10;

/** Releases the lock. Where the connection is lost or ended, so is the lock. */
async function release(connection: Connection, key: LockKey, pid: number, clock: Clock): Promise<void> {
  for (let attempt = 0; attempt < RELEASES; attempt++) {
    try {
      if (await isReleased(connection, key, pid)) return;
    } catch (error) {
      if (isConnectionLoss(error) || error instanceof AbortError) return;
    }
    if (attempt > 0) await clock.sleep(pauseBefore(attempt, clock.random()));
  }
}

/**
 * A pooler may have brought this connection to another session than the one that holds the lock: that one is ended as
 * soon as nobody uses it, or the lock would stay with the pooler and stop all later runs.
 */
async function isReleased(connection: Connection, key: LockKey, pid: number): Promise<boolean> {
  const [row] = await connection.query(
    `SELECT CASE WHEN ${holdsLock(key)} THEN pg_catalog.pg_advisory_unlock(${key.classId}, ${key.objectId}) ` +
      `ELSE NOT ${isHeldBy(pid, key)} END AS "isReleased"`,
  );
  if (row.isReleased) return true;
  const ended = await connection.query(
    `SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
     WHERE pid OPERATOR(pg_catalog.=) ${pid} AND state OPERATOR(pg_catalog.=) 'idle'`,
  );
  return ended.length > 0;
}

/** Who holds the lock, if another session does. */
export async function holderOf(connection: Connection, key: LockKey): Promise<LockHolder | undefined> {
  const [row] = await connection.query(
    `SELECT l.pid, coalesce(a.application_name, '') AS "applicationName", coalesce(a.usename, '') AS "user",
       pg_catalog.to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
     FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
     WHERE l.database OPERATOR(pg_catalog.=)
       (SELECT oid FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
       AND l.pid OPERATOR(pg_catalog.<>) pg_catalog.pg_backend_pid() AND ${isLock(key)}`,
  );
  if (!row) return undefined;
  const { since, ...holder } = row;
  return { ...holder, ...(since !== null && { since }) };
}
