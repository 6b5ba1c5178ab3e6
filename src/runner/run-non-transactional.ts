import { beginJournal, endJournal, type UnfinishedRun } from '../database/journal.ts';
import { beginStep, withTransaction } from '../database/transaction.ts';
import { checksumOf } from '../scripts/revision-files.ts';
import { JournaledRun } from './journaled-run.ts';
import { type Attempt, retryWhileBusy } from './retry.ts';
import { failureOf } from './revision-failed.ts';
import { runRevision } from './revision-operations.ts';
import { announce, type Run, writeHeads } from './run.ts';
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
  const { revision, direction, file } = step;
  context.logger.info(`Running ${describeStep(step)}`);
  const entry = { revision, direction, checksum: checksumOf(file.path), host: context.host };
  const journal = unfinished ?? (await beginJournal(connection, context.tables, entry));
  const attempt: Attempt = { step, statement: undefined, failure: undefined };
  const journaled = new JournaledRun(run, journal, attempt);
  try {
    await runRevision(step, journaled.target(), operations => journaled.replacements(operations));
    journaled.assertComplete();
    const finish = () => withTransaction(connection, () => finishStep(run, step, before, journal.id));
    return await retryWhileBusy(run, attempt, finish);
  } catch (error) {
    throw failureOf(step, { error, statement: attempt.statement }, outcomeAfter(journaled.position));
  }
}

async function finishStep(run: Run, step: LoadedStep, before: readonly string[], journal: string): Promise<string[]> {
  const { context, connection, key } = run;
  await beginStep(connection, context.config, key);
  const after = context.graph.headsAfter(before, step);
  await writeHeads(run, before, after);
  await endJournal(connection, context.tables, journal, checksumOf(step.file.path));
  await announce(run, step, after);
  return after;
}

const outcomeAfter = (done: number): string =>
  `the ${done} operations before that are done: correct the cause and run again, and it goes on from there`;
