import { seconds } from '../database/advisory-lock.ts';
import { type Blocker, describeBlocker, describeBlockers } from '../database/blockers.ts';
import { pauseBefore } from '../database/clock.ts';
import { Heartbeat } from '../database/heartbeat.ts';
import type { Connection } from '../database/connection.ts';
import { isBusy, sqlStateOf } from '../database/server-error.ts';
import { beginOperation, beginStep, withTransaction } from '../database/transaction.ts';
import { LockWaitError } from '../database/lock-wait.ts';
import { blockersOf } from '../database/watch.ts';
import { MigrationError } from '../errors.ts';
import type { RunnerSetup } from './context.ts';
import { type Failure, RevisionFailedError } from './revision-failed.ts';
import type { Run } from './run.ts';
import type { FiledStep } from './step.ts';

/** A revision met locks of other sessions, again and again. */
export class RevisionBlockedError extends RevisionFailedError {
  override readonly name = 'RevisionBlockedError';
  readonly attempts: number;
  readonly waitedMilliseconds: number;
  readonly blockers: readonly Blocker[];

  constructor(step: FiledStep, failure: Failure, waited: Waited) {
    const { attempts, waitedMilliseconds, blockers } = waited;
    const holders = blockers.map(describeBlocker).join(' and ');
    const advice = holders
      ? `${holders} is in the way: end that, and run again`
      : 'run again when the database is less busy';
    super(
      step,
      failure,
      `it gave up after ${attempts} attempts in ${seconds(waitedMilliseconds)}, each rolled back; ${advice}`,
    );
    this.attempts = attempts;
    this.waitedMilliseconds = waitedMilliseconds;
    this.blockers = blockers;
  }
}

interface Waited {
  readonly attempts: number;
  readonly waitedMilliseconds: number;
  readonly blockers: readonly Blocker[];
}

/** What is being done just now, for when it fails. */
export interface Attempt {
  step: FiledStep;
  /** The statement that was sent last. */
  statement: string | undefined;
  /** What aborted the transaction: after it PostgreSQL refuses all others, until a savepoint is gone back to. */
  failure: Failure | undefined;
}

/** An attempt at something that is no step of a revision, as a stamp. */
export type OwnAttempt = Omit<Attempt, 'step'> & { readonly step?: undefined };

/** The connection, with everything that is sent over it noted in the attempt. */
export const noting = (connection: Connection, attempt: Attempt | OwnAttempt): Connection => ({
  query(sql, parameters) {
    if (sql !== 'ROLLBACK') attempt.statement = sql;
    const work = () => connection.query(sql, parameters);
    return sql === 'ROLLBACK' ? work() : notingFailure(attempt, sql, work);
  },
});

/** Does a statement. One that succeeds shows that the transaction is not aborted, whatever failed before it. */
export async function notingFailure<Result>(
  attempt: Attempt | OwnAttempt,
  statement: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work();
    attempt.failure = undefined;
    return result;
  } catch (error) {
    if (sqlStateOf(error) !== '25P02' || !attempt.failure) attempt.failure = { error, statement };
    throw error;
  }
}

/** Why a transaction ends in an error: what aborted it is the reason for what follows, and for trying again. */
export function reasonOf(error: unknown, { failure, statement }: Attempt): Failure {
  const isConsequence = sqlStateOf(error) === '25P02' || isBusy(failure?.error);
  if (failure && (isConsequence || failure.error === error)) return failure;
  return { error, statement: error instanceof MigrationError ? statement : undefined };
}

type Retried = Pick<Run, 'connection' | 'key' | 'lockWait'> & {
  readonly context: Pick<RunnerSetup, 'clock' | 'config' | 'logger'>;
};

/**
 * Does the work in a transaction under the limits of a step, and again while it only meets other sessions.
 * @throws RevisionBlockedError; LockWaitError where the attempt is at no step
 */
export async function inLimitedTransaction<Result>(
  run: Retried,
  attempt: Attempt | OwnAttempt,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = noting(run.connection, attempt);
  const result = await retryWhileBusy(run, attempt, () =>
    withTransaction(connection, async () => {
      const begin = attempt.step ? beginOperation : beginStep;
      await begin(connection, run.context.config, run.key);
      return work(connection);
    }),
  );
  attempt.statement = undefined;
  return result;
}

/**
 * Does the work, which rolls back where it fails, again where it only met other sessions: in a lock timeout, a deadlock,
 * a serialization failure. In between it sleeps outside any transaction, holding no table's lock.
 * @throws RevisionBlockedError where that happens for longer than `lockWait`; LockWaitError where the attempt is at no step
 */
export async function retryWhileBusy<Result>(
  run: Pick<Retried, 'context' | 'connection' | 'lockWait'>,
  attempt: Attempt | OwnAttempt,
  work: () => Promise<Result>,
): Promise<Result> {
  const { clock, config, logger } = run.context;
  const start = clock.now();
  const heartbeat = new Heartbeat(start);
  for (let attempts = 1; ; attempts++) {
    attempt.failure = undefined;
    try {
      return await work();
    } catch (thrown) {
      const failure = busyFailureOf(thrown, attempt);
      const blockers = failure.statement === undefined ? [] : await blockersOf(run.connection, failure.statement);
      const now = clock.now();
      const left = run.lockWait > 0 ? start + run.lockWait - now : Infinity;
      if (left <= 0) throw blockedError(attempt, failure, { attempts, waitedMilliseconds: now - start, blockers });
      if (heartbeat.isDue(now))
        logger.info(`Trying ${titleOf(attempt)} again: ${describeBlockers(blockers)} was in the way`);
      await clock.sleep(Math.min(left, pauseAfter(failure, attempts, config.lockTimeout, clock.random())));
    }
  }
}

const titleOf = ({ step }: Attempt | OwnAttempt): string =>
  step ? `the ${step.direction} of ${step.revision}` : 'to write the version table';

function blockedError({ step }: Attempt | OwnAttempt, failure: Failure, waited: Waited): Error {
  return step
    ? new RevisionBlockedError(step, failure, waited)
    : new LockWaitError({ ...waited, statement: failure.statement ?? '' });
}

/**
 * While a statement waits for a lock, others' wait behind it. The pauses after a lock timeout therefore grow to ten times
 * as long as it, so that others get on with their work for nine tenths of the time. Without a lock
 * timeout, a NOWAIT pauses as after any other error.
 */
function pauseAfter({ error }: Failure, attempts: number, lockTimeout: number, random: number): number {
  if (sqlStateOf(error) !== '55P03' || lockTimeout === 0) return pauseBefore(attempts, random);
  return lockTimeout * Math.min(10, 2 ** attempts) * (0.5 + random / 2);
}

/** Throws what is no reason to try again. */
function busyFailureOf(thrown: unknown, attempt: Attempt | OwnAttempt): Failure {
  const error = thrown instanceof RevisionFailedError ? thrown.cause : thrown;
  if (!isBusy(error)) throw thrown;
  return { error, statement: attempt.failure?.statement ?? attempt.statement };
}
