import { createHash } from 'node:crypto';
import { MigrationError } from '../errors.ts';
import { type Clock, pauseBefore } from './clock.ts';
import type { Connection } from './connection.ts';

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
  /** When its session began. */
  readonly since: string;
}

/** Another process was migrating for longer than one was willing to wait. */
export class LockNotAcquiredError extends MigrationError {
  override readonly name = 'LockNotAcquiredError';
  readonly waitedMilliseconds: number;
  readonly holder: LockHolder | undefined;

  constructor(waitedMilliseconds: number, holder: LockHolder | undefined) {
    super(
      `The migration lock was not had within ${seconds(waitedMilliseconds)} because ${describeHolder(holder)} has it: wait for ` +
        'that run, raise `lockWait`, or, where it hangs, end it with pg_terminate_backend.',
    );
    this.waitedMilliseconds = waitedMilliseconds;
    this.holder = holder;
  }
}

/** The lock was had, and is not any more. */
export class LockLostError extends MigrationError {
  override readonly name = 'LockLostError';

  constructor() {
    super(
      'The migration lock is no longer held by this session, as happens behind a connection pooler in transaction mode: ' +
        'connect to PostgreSQL directly and run again.',
    );
  }
}

export const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 100) / 10} s`;

export const describeHolder = (holder: LockHolder | undefined): string =>
  holder
    ? `process ${holder.pid} (${holder.applicationName || 'no application name'}, user ${holder.user}, connected since ${holder.since})`
    : 'another session';

/** `talb` in ASCII: tells this library's locks from others'. */
const CLASS_ID = 0x74616c62;

/** The lock for a version table: whoever migrates the same history takes the same. */
export const lockKeyOf = (schema: string, table: string): LockKey => ({
  classId: CLASS_ID,
  objectId: createHash('sha256')
    .update(JSON.stringify([schema, table]))
    .digest()
    .readInt32BE(),
});

/** A SQL condition: this session holds the lock. */
export const holdsLock = ({ classId, objectId }: LockKey): string =>
  `EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND ${isLock({ classId, objectId })})`;

const isLock = ({ classId, objectId }: LockKey): string =>
  `locktype = 'advisory' AND classid = ${classId >>> 0} AND objid = ${objectId >>> 0} AND objsubid = 2 AND granted`;

export interface LockOptions {
  /** Milliseconds to wait; 0 for as long as it takes. */
  readonly wait: number;
  readonly clock: Clock;
  /** Told when another process turns out to have the lock, and now and then while it has. */
  readonly onWait?: (holder: LockHolder | undefined) => void;
}

/**
 * Does the work while this session holds the lock. Waits by asking again, never in a statement: one that waits holds a
 * snapshot, which CREATE INDEX CONCURRENTLY in the process with the lock would wait for in turn.
 * @throws LockNotAcquiredError
 */
export async function withAdvisoryLock<Result>(
  connection: Connection,
  key: LockKey,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  await acquire(connection, key, options);
  try {
    return await work();
  } finally {
    // Where the connection is lost, so is the lock.
    await connection.query(`SELECT pg_advisory_unlock(${key.classId}, ${key.objectId})`).catch(() => {});
  }
}

const HEARTBEAT = 30_000;

async function acquire(connection: Connection, key: LockKey, { wait, clock, onWait }: LockOptions): Promise<void> {
  const start = clock.now();
  let nextWord = start + 1_000;
  for (let attempt = 0; !(await tryLock(connection, key)); attempt++) {
    const now = clock.now();
    if (wait > 0 && now - start >= wait) throw new LockNotAcquiredError(now - start, await holderOf(connection, key));
    if (onWait && now >= nextWord) {
      onWait(await holderOf(connection, key));
      nextWord = now + HEARTBEAT;
    }
    const left = wait > 0 ? start + wait - now : Infinity;
    await clock.sleep(Math.min(pauseBefore(attempt, clock.random()), left));
  }
}

async function tryLock(connection: Connection, { classId, objectId }: LockKey): Promise<boolean> {
  const [row] = await connection.query(`SELECT pg_try_advisory_lock(${classId}, ${objectId}) AS locked`);
  return row.locked;
}

async function holderOf(connection: Connection, key: LockKey): Promise<LockHolder | undefined> {
  const [row] = await connection.query(
    `SELECT a.pid, coalesce(a.application_name, '') AS "applicationName", coalesce(a.usename, '') AS "user",
       to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
     FROM pg_locks l JOIN pg_stat_activity a USING (pid)
     WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND ${isLock(key)}`,
  );
  return row;
}
