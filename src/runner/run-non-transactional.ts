import type { Connection } from '../database/connection.ts';
import { beginJournal, endJournal, type UnfinishedRun } from '../database/journal.ts';
import { findIndex } from '../database/index-guard.ts';
import { begunOn, staysOf } from '../database/sent-once.ts';
import { isConnectionLoss } from '../database/server-error.ts';
import { resetLimits } from '../database/transaction.ts';
import { withoutLimit } from '../database/watch.ts';
import { guardOf } from '../sql/guard.ts';
import { outsideTransaction } from '../sql/statement.ts';
import { JournaledRun } from './journaled-run.ts';
import { type Attempt, inLimitedTransaction } from './retry.ts';
import { type Failure, failureOf, isUnknownCommit } from './revision-failed.ts';
import { type Replacements, type RevisionEnd, runRevision } from './revision-operations.ts';
import { announce, parentsToLog, type Run, writeHeads } from './run.ts';
import { describeStep, type LoadedStep } from './step.ts';

/**
 * Takes a step that commits statement by statement, going on where an earlier run was interrupted.
 * @param unfinished the journal of that run, if there is one
 * @returns the heads afterwards
 * @throws RevisionFailedError, JournalMismatchError, ConnectionLostError
 */
export async function runNonTransactional(
  run: Run,
  step: LoadedStep,
  before: readonly string[],
  unfinished: UnfinishedRun | undefined,
): Promise<readonly string[]> {
  const { context, connection } = run;
  const { revision, direction, module } = step;
  context.logger.info(`Running ${describeStep(step)}${unfinished ? describeResume(unfinished) : ''}`);
  const entry = {
    revision,
    direction,
    checksum: module.checksum,
    host: context.host,
    parents: parentsToLog(run, step),
  };
  const attempt: Attempt = { step, statement: undefined, failure: undefined };
  await resetLimits(connection);
  const journal =
    unfinished ?? (await inLimitedTransaction(run, attempt, noted => beginJournal(noted, context.tables, entry)));
  const journaled = new JournaledRun(run, journal, attempt);
  try {
    const replace: Replacements = operations => journaled.replacements(operations);
    const revise = () => runRevision(step, journaled.target(), { logger: context.logger, replace });
    const end = await withoutLimit(connection, revise);
    journaled.assertComplete();
    await run.session.restore();
    await resetLimits(connection);
    const finished = { step, before, journal, end };
    return await inLimitedTransaction(run, attempt, noted => finishStep({ ...run, connection: noted }, finished));
  } catch (error) {
    const isNoted = attempt.failure?.error === error;
    const noted = isNoted ? attempt.failure! : { error, statement: attempt.statement };
    const failure = { ...noted, sentOnce: begunOn(connection) };
    throw failureOf(step, failure, await outcomeAfter(connection, journaled.position, failure));
  }
}

/** What is said behind the step that an earlier run was interrupted in. */
const describeResume = ({ progress: { done } }: UnfinishedRun): string =>
  ` (resumes where it was interrupted: ${done.length === 1 ? '1 operation is' : `${done.length} operations are`} done)`;

interface Finished {
  readonly step: LoadedStep;
  readonly before: readonly string[];
  readonly journal: UnfinishedRun;
  readonly end: RevisionEnd;
}

async function finishStep(
  { context, connection, key, session }: Run,
  { step, before, journal, end }: Finished,
): Promise<string[]> {
  const after = context.graph.headsAfter(before, step);
  await writeHeads({ context, connection }, before, after);
  await endJournal(connection, context.tables, journal.id, step.module.checksum);
  await announce({ context, connection, key, session }, step, after);
  end.assertOver();
  return after;
}

/** The index that a statement was to build and left behind, which PostgreSQL does not use. */
async function indexLeftInvalid(connection: Connection, { error, statement }: Failure): Promise<string | undefined> {
  if (statement === undefined || isConnectionLoss(error)) return undefined;
  const guard = guardOf(outsideTransaction(statement));
  if (guard?.type !== 'indexValid') return undefined;
  const found = await findIndex(connection, guard).catch(() => undefined);
  return found?.isValid === false ? found.index : undefined;
}

async function outcomeAfter(connection: Connection, done: number, failure: Failure): Promise<string> {
  const isDone = done === 1 ? 'the operation before that is done' : `the ${done} operations before that are done`;
  if (failure.sentOnce) return `${isDone}, and ${staysOf(failure.sentOnce)}`;
  if (isUnknownCommit(failure))
    return `${isDone}, and whether what this COMMIT ends is done is not known: run again, which does what is not done yet`;
  const invalid = await indexLeftInvalid(connection, failure);
  return invalid === undefined
    ? `${isDone}: correct the cause and run again, and it goes on from there`
    : `${isDone}, and the index ${invalid} is left INVALID: correct the cause and run again, which drops it and builds it anew`;
}
