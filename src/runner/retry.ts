import { seconds } from '../database/advisory-lock.ts';
import { type Blocker, describeBlocker, readBlockers } from '../database/blockers.ts';
import { pauseBefore } from '../database/clock.ts';
import { isBusy } from '../database/server-error.ts';
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
  /** The first that failed: after it PostgreSQL refuses all others of the transaction. */
  failure: Failure | undefined;
}

const ATTEMPTS = 10;

/**
 * Does the work, which rolls back where it fails, again where it only met other sessions: in a lock timeout, a deadlock,
 * a serialization failure. In between it sleeps outside any transaction, holding no table's lock.
 * @throws RevisionBlockedError where that happens too often, or for longer than `lockWait`
 */
export async function retryWhileBusy<Result>(run: Run, attempt: Attempt, work: () => Promise<Result>): Promise<Result> {
  const { clock, logger } = run.context;
  const start = clock.now();
  for (let attempts = 1; ; attempts++) {
    try {
      return await work();
    } catch (thrown) {
      const { error, statement } = busyFailureOf(thrown, attempt);
      const { step } = attempt;
      const waitedMilliseconds = clock.now() - start;
      const blockers = statement === undefined ? [] : await readBlockers(run.connection, statement);
      if (attempts >= ATTEMPTS || (run.lockWait > 0 && waitedMilliseconds >= run.lockWait)) {
        throw new RevisionBlockedError(step, { error, statement }, { attempts, waitedMilliseconds, blockers });
      }
      const holders = blockers.map(describeBlocker).join(' and ') || 'another session';
      logger.info(`Trying the ${step.direction} of ${step.revision} again: ${holders} was in the way`);
      await clock.sleep(pauseBefore(attempts, clock.random()));
    }
  }
}

/** Throws what is no reason to try again. */
function busyFailureOf(thrown: unknown, attempt: Attempt): Failure {
  const error = thrown instanceof RevisionFailedError ? thrown.cause : thrown;
  if (!isBusy(error)) throw thrown;
  return { error, statement: attempt.failure?.statement ?? attempt.statement };
}
