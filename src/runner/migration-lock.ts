import { millisecondsOf } from '../duration.ts';
import type { Duration } from '../config.ts';
import { untilAborted } from '../database/abort.ts';
import { describeHolder, withAdvisoryLock, type LockKey, type LockOptions } from '../database/advisory-lock.ts';
import { pauseBefore } from '../database/clock.ts';
import { ConnectionError } from '../database/connection-error.ts';
import type { Connection } from '../database/connection.ts';
import { type KeptSession, whileKept } from '../database/kept-session.ts';
import { assertMayMigrate, locateTables, lockKeyOfTables } from '../database/migration-session.ts';
import { onOwnPath } from '../database/own-schema.ts';
import { refuseSharedSession } from '../database/pooler.ts';
import { isConnectionLoss, isUnreachable, wasIdle } from '../database/server-error.ts';
import { readServer } from '../database/server.ts';
import { withoutSessionTimeouts } from '../database/session-timeouts.ts';
import type { VersionTables } from '../database/version-table.ts';
import type { RunnerSetup } from './context.ts';
import { connectedPlainly } from './patience.ts';

/** Does the work while no other process migrates the same history. */
export type UnderLock = <Result>(
  work: (key: LockKey, lockWait: number, own: OwnSession) => Promise<Result>,
) => Promise<Result>;

/** What is found out about the session before revisions change it. */
export interface OwnSession {
  /** By their full names, which mean the same whatever path a revision sets. */
  readonly tables: VersionTables;
  readonly session: KeptSession;
}

/**
 * Does the work on a connection, with the migration lock for the part that it puts under it. Where the connection breaks
 * while it waits for the lock, nothing has been done: it connects again, until `wait` is over.
 * @throws LockNotAcquiredError, SharedSessionError, UnverifiedSessionError, ReadOnlySessionError, UnsupportedServerError, ConnectionLostError, AbortError
 */
export async function withMigrationSession<Result>(
  setup: RunnerSetup,
  wait: Duration | undefined,
  work: (connection: Connection, underLock: UnderLock) => Promise<Result>,
): Promise<Result> {
  const { clock, logger, signal } = setup;
  const lockWait = wait === undefined ? setup.config.lockWait : millisecondsOf(wait);
  const turn: Turn = { lockWait, began: clock.now(), state: 'before' };
  const end = lockWait > 0 ? turn.began + lockWait : Infinity;
  for (let attempt = 0; ; attempt++) {
    try {
      return await connectedPlainly(
        setup,
        connection => work(connection, each => withMigrationLock(setup, connection, turn, each)),
        lockWait,
      );
    } catch (error) {
      if (!mayConnectAgain(error, turn) || clock.now() >= end) throw error;
      if (attempt === 0 && turn.state === 'waiting')
        logger.info('The connection was lost while waiting for the migration lock: connecting again');
      const pause = Math.min(pauseBefore(attempt, clock.random()), end - clock.now());
      await untilAborted(signal, () => clock.sleep(pause));
    }
  }
}

/** Before its turn nothing is done; what has not come as far as to wait may have been ended for being idle. */
function mayConnectAgain(error: unknown, { state }: Turn): boolean {
  if (state === 'before') return wasIdle(error);
  return state === 'waiting' && (isConnectionLoss(error) || (error instanceof ConnectionError && isUnreachable(error)));
}

/** A process's turn at the lock, across the connections it needs until then. */
interface Turn {
  /** Milliseconds to wait for locks; 0 for as long as it takes. */
  readonly lockWait: number;
  /** When it began, by the clock. */
  readonly began: number;
  state: 'before' | 'waiting' | 'working';
}

async function withMigrationLock<Result>(
  setup: RunnerSetup,
  connection: Connection,
  turn: Turn,
  work: Parameters<UnderLock>[0],
): Promise<Result> {
  const { dataSource } = setup;
  await readServer(connection);
  await assertMayMigrate(connection, dataSource);
  return withoutSessionTimeouts(connection, () =>
    onOwnPath(connection, dataSource, () => waitForTurn(setup, connection, turn, work)),
  );
}

function waitForTurn<Result>(
  setup: RunnerSetup,
  connection: Connection,
  turn: Turn,
  work: Parameters<UnderLock>[0],
): Promise<Result> {
  const { clock, logger } = setup;
  turn.state = 'waiting';
  const onWait: LockOptions['onWait'] = holder =>
    logger.info(`Waiting for the migration lock, which ${describeHolder(holder)} holds`);
  return underLock(setup, connection, { wait: turn.lockWait, began: turn.began, clock, onWait }, (key, tables) => {
    turn.state = 'working';
    return whileKept(connection, session => work(key, turn.lockWait, { tables, session }) as Promise<Result>);
  });
}

/**
 * Another process may have made the version table while this one waited, in a schema that is earlier on its path. A pooler may
 * have been told meanwhile to share its sessions.
 */
async function underLock<Result>(
  setup: RunnerSetup,
  connection: Connection,
  options: LockOptions,
  work: (key: LockKey, tables: VersionTables) => Promise<Result>,
): Promise<Result> {
  const key = lockKeyOfTables(await locateTables(connection, setup.tables));
  const outcome = await withAdvisoryLock(connection, key, options, async hasWaited => {
    if (hasWaited) await refuseSharedSession(connection, setup.dataSource);
    const tables = await locateTables(connection, setup.tables);
    return lockKeyOfTables(tables).objectId === key.objectId ? { result: await work(key, tables) } : undefined;
  });
  return outcome ? outcome.result : underLock(setup, connection, options, work);
}
