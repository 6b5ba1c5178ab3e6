import { millisecondsOf } from '../config-checks.ts';
import type { Duration } from '../config.ts';
import { describeHolder, withAdvisoryLock, type LockKey, type LockOptions } from '../database/advisory-lock.ts';
import type { Connection } from '../database/connection.ts';
import { readLockKey, refuseReadOnly } from '../database/migration-session.ts';
import { refuseSharedSession } from '../database/pooler.ts';
import { readServer } from '../database/server.ts';
import type { RunnerSetup } from './context.ts';

/**
 * Does the work while no other process migrates the same history.
 * @throws LockNotAcquiredError, SharedSessionError, ReadOnlySessionError, UnsupportedServerError
 */
export async function withMigrationLock<Result>(
  setup: RunnerSetup,
  connection: Connection,
  wait: Duration | undefined,
  work: (key: LockKey, lockWait: number) => Promise<Result>,
): Promise<Result> {
  const { config, clock, dataSource, logger } = setup;
  await readServer(connection);
  await refuseReadOnly(connection);
  await refuseSharedSession(connection, dataSource);
  const lockWait = wait === undefined ? config.lockWait : millisecondsOf(wait);
  const onWait: LockOptions['onWait'] = holder =>
    logger.info(`Waiting for the migration lock, which ${describeHolder(holder)} holds`);
  return underLock(setup, connection, { wait: lockWait, clock, onWait }, key => work(key, lockWait));
}

/** Another process may have made the version table while this one waited, in a schema that is earlier on its path. */
async function underLock<Result>(
  setup: RunnerSetup,
  connection: Connection,
  options: LockOptions,
  work: (key: LockKey) => Promise<Result>,
): Promise<Result> {
  const key = await readLockKey(connection, setup.tables);
  const outcome = await withAdvisoryLock(connection, key, options, async () => {
    const { objectId } = await readLockKey(connection, setup.tables);
    return objectId === key.objectId ? { result: await work(key) } : undefined;
  });
  return outcome ? outcome.result : underLock(setup, connection, options, work);
}
