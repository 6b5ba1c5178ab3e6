import type { DataSource } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { untilAborted } from './abort.ts';
import { whileNotAborted } from './aborted-session.ts';
import { isForgotten, type Connection } from './connection.ts';
import { tellingOfConnecting } from './connecting.ts';
import { ConnectionError, ConnectionLostError } from './connection-error.ts';
import { discard } from './discard.ts';
import { whileEndIsNoted } from './ended-session.ts';
import { queueFor } from './pool-queue.ts';
import { isReadOnly, readOnlyError } from './migration-session.ts';
import { assertIdle } from './open-transaction.ts';
import { inOwnSchema } from './own-schema.ts';
import { isStatementPooling, SharedSessionError } from './pooler.ts';
import { allowQuietQueries } from './quiet-query.ts';
import { isConnectionLoss } from './server-error.ts';
import { UnsupportedServerError } from './server.ts';
import { assertServerNamed } from './unnamed-server.ts';
import { type Patience, whileWatched } from './watch.ts';

/**
 * Does the work on one connection of the DataSource, which is given back afterwards. Names that are not qualified stand
 * for objects of the DataSource's `schema`, where it has one: the session must be this connection's own then.
 * @param patience how long its statements wait for locks, who is told of that, and what aborts them
 * @throws ConnectionError where it cannot connect, ConnectionLostError where it breaks, OpenTransactionError,
 *   LockWaitError, SharedSessionError, AbortError
 */
export const withConnection = <Result>(
  dataSource: DataSource,
  work: (connection: Connection) => Promise<Result>,
  patience?: Patience,
): Promise<Result> =>
  withPlainConnection(dataSource, connection => inOwnSchema(connection, dataSource, () => work(connection)), patience);

/**
 * The same with the search path that the session has, for work that qualifies its names. It needs no session of its own.
 * A DataSource that was never initialized is connected, and nothing else: `initialize()` would also synchronize, run
 * migrations and create extensions, where its options say so.
 */
export const withPlainConnection = <Result>(
  dataSource: DataSource,
  work: (connection: Connection) => Promise<Result>,
  patience: Patience = { limit: 600_000 },
): Promise<Result> => whileConnected(dataSource, () => withQueryRunner(dataSource, patience, work), patience);

/** Does the work, and what is to be done after it. Where both fail, the error of the work is the one that is thrown. */
export async function finishing<Result>(work: () => Promise<Result>, finish: () => Promise<void>): Promise<Result> {
  let result: Result;
  try {
    result = await work();
  } catch (error) {
    await finish().catch(() => {});
    throw error;
  }
  await finish();
  return result;
}

/**
 * Does the work while the DataSource stays connected: what asks for a connection meanwhile has it from one pool. The only
 * way to keep a database that is closed with its last connection, as PGlite is.
 * @throws ConnectionError, AbortError
 */
export async function whileConnected<Result>(
  dataSource: DataSource,
  work: () => Promise<Result>,
  patience: Pick<Patience, 'onConnect' | 'signal'> = {},
): Promise<Result> {
  const { type } = dataSource.options;
  if (type !== 'postgres') throw new UnsupportedServerError(`a DataSource of type ${type}`);
  const disconnect = dataSource.isInitialized ? undefined : await connect(dataSource, patience);
  return finishing(work, async () => disconnect?.());
}

async function withQueryRunner<Result>(
  dataSource: DataSource,
  patience: Patience,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const queryRunner = dataSource.createQueryRunner();
  await orConnectionError(dataSource, () => queueFor(queryRunner, patience));
  try {
    await assertIdle(queryRunner);
    allowQuietQueries(queryRunner, dataSource);
    return await whileEndIsNoted(queryRunner, () =>
      whileWatched(queryRunner, dataSource, patience, () =>
        whileNotAborted(queryRunner, dataSource, patience.signal, () => work(queryRunner)),
      ),
    );
  } catch (error) {
    if (isStatementPooling(error)) throw new SharedSessionError(error);
    if (isReadOnly(error)) throw await readOnlyError(queryRunner, error);
    const isLost = isConnectionLoss(error);
    if (isLost) await discard(queryRunner, error);
    throw isLost && !MigrationError.is(error) ? new ConnectionLostError('work', undefined, error) : error;
  } finally {
    if (isForgotten(queryRunner)) await discard(queryRunner, true);
    await queryRunner.release();
  }
}

/** How many are using the pool of a DataSource that somebody else did not initialize. */
const users = new WeakMap<DataSource, { count: number; readonly connected: Promise<void> }>();

async function connect(
  dataSource: DataSource,
  { onConnect, signal }: Pick<Patience, 'onConnect' | 'signal'>,
): Promise<() => Promise<void>> {
  const pool = users.get(dataSource) ?? { count: 0, connected: open(dataSource) };
  users.set(dataSource, pool);
  pool.count += 1;
  const leave = async () => {
    pool.count -= 1;
    if (pool.count > 0) return;
    users.delete(dataSource);
    // Its owner may have initialized it meanwhile: the pool is theirs then.
    if (!dataSource.isInitialized) await dataSource.driver.disconnect();
  };
  const connected = pool.connected.catch((error: unknown) => {
    users.delete(dataSource);
    throw error;
  });
  try {
    await tellingOfConnecting(dataSource, onConnect, () => untilAborted(signal, () => connected));
  } catch (error) {
    // What comes of it after an abort is closed again.
    void connected.then(leave).catch(() => {});
    throw error;
  }
  return leave;
}

async function open(dataSource: DataSource): Promise<void> {
  assertServerNamed(dataSource);
  try {
    await orConnectionError(dataSource, () => connectToMaster(dataSource.driver));
  } catch (error) {
    // What fails after the pool was made leaves it open; before, there is nothing to close, which is an error too.
    await dataSource.driver.disconnect().catch(() => {});
    throw error;
  }
}

/** Replicas are not asked for anything, and one that is down must not matter. */
async function connectToMaster(driver: DataSource['driver']): Promise<void> {
  const own = driver as { options: { readonly replication?: object } };
  const { options } = own;
  if (!options.replication) return driver.connect();
  own.options = { ...options, replication: { ...options.replication, slaves: [] } };
  try {
    await driver.connect();
  } finally {
    own.options = options;
  }
}

async function orConnectionError<Result>(dataSource: DataSource, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw MigrationError.is(error) ? error : new ConnectionError(dataSource.options, error);
  }
}
