import { readUnfinished, type UnfinishedRun } from '../database/journal.ts';
import { readChecksums, readExistence } from '../database/run-log.ts';
import type { Step } from '../revisions/revision.ts';
import { runsInTransaction } from '../scripts/revision-file.ts';
import type { Statement } from '../sql/statement.ts';
import { warnOfChanges } from './checksums.ts';
import { logsParents, missingTables, prepare } from './prepare.ts';
import { type Attempt, inLimitedTransaction } from './retry.ts';
import { runNonTransactional } from './run-non-transactional.ts';
import { runTransactional } from './run-transactional.ts';
import type { Run } from './run.ts';
import { assertOneTransaction, loadSteps, type LoadedStep } from './step.ts';

/**
 * Takes the steps from `before`, in transactions as the configuration has it.
 * @returns the heads afterwards
 */
export async function runSteps(
  started: Omit<Run, 'logsParents'>,
  steps: readonly Step[],
  before: readonly string[],
): Promise<readonly string[]> {
  const { context, connection } = started;
  const loaded = await loadSteps(context, steps);
  const exists = await readExistence(connection, context.tables);
  const tables = { ...context.tables, isShared: exists.isShared };
  const run = { ...started, context: { ...context, tables }, logsParents: logsParents(exists) };
  const unfinished = exists.log ? await readUnfinished(connection, context.tables) : [];
  if (exists.log) await warnOfChanges(context, connection, await readChecksums(connection, context.tables), before);
  const missing = missingTables(tables, exists);
  // What changes a log that exists keeps everybody from reading it, and so must not wait for a step to end.
  if (exists.log) await prepareAhead(run, loaded[0]!, missing);
  return runUnits(run, unitsOf(run, loaded, unfinished), before, exists.log ? [] : missing);
}

/** Steps that are taken together. */
type Unit =
  | { readonly isTransactional: true; readonly steps: readonly LoadedStep[] }
  | { readonly isTransactional: false; readonly step: LoadedStep; readonly journal: UnfinishedRun | undefined };

function unitsOf(
  { context }: Run,
  steps: readonly LoadedStep[],
  unfinished: readonly UnfinishedRun[],
): readonly Unit[] {
  const { transaction } = context.config;
  const units = steps.map((step): Unit => {
    const journal = unfinished.find(({ revision }) => revision === step.revision);
    const isTransactional = runsInTransaction(step.file, step.direction) && transaction !== 'none' && !journal;
    return isTransactional ? { isTransactional, steps: [step] } : { isTransactional, step, journal };
  });
  return transaction === 'all' ? [allInOne(units)] : units;
}

function allInOne(units: readonly Unit[]): Unit {
  assertOneTransaction(units.flatMap(unit => (unit.isTransactional ? [] : [unit.step])));
  return { isTransactional: true, steps: units.flatMap(unit => (unit.isTransactional ? unit.steps : [])) };
}

async function runUnits(
  run: Run,
  units: readonly Unit[],
  before: readonly string[],
  missing: ReturnType<typeof missingTables>,
): Promise<readonly string[]> {
  let heads = before;
  for (const [i, unit] of units.entries()) {
    const preparation = i === 0 ? missing : [];
    if (i > 0) await run.session.restore();
    if (unit.isTransactional) heads = await runTransactional(run, unit.steps, heads, preparation);
    else {
      // Before the first statement of such a step, there must be a journal to write into.
      await prepareAhead(run, unit.step, preparation);
      heads = await runNonTransactional(run, unit.step, heads, unit.journal);
    }
  }
  return heads;
}

async function prepareAhead(run: Run, step: LoadedStep, preparation: readonly Statement[]): Promise<void> {
  if (preparation.length === 0) return;
  const attempt: Attempt = { step, statement: undefined, failure: undefined };
  await inLimitedTransaction(run, attempt, noted => prepare(noted, preparation, run.context.tables));
}
