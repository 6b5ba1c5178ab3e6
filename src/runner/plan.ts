import { untilAborted } from '../database/abort.ts';
import type { UnfinishedRun } from '../database/journal.ts';
import { locateTables } from '../database/migration-session.ts';
import { versionChanges } from '../database/version-table.ts';
import type { Step } from '../revisions/revision.ts';
import { runsInTransaction } from '../scripts/revision-file.ts';
import type { RunnerContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import { refuseLogged } from './logged-runs.ts';
import { pathOf } from './migrate.ts';
import { connectedToRead } from './patience.ts';
import { readPosition } from './position.ts';
import type { PlannedStep, PlanOptions } from './runner.ts';
import { loadSteps, runStepOf, type LoadedStep } from './step.ts';
import { readOpenRuns, runInTheWay, unfinishedError, warnOfUnknownRun } from './unfinished.ts';

/** The steps to a target with what they would send. Reads the heads, and nothing else of the database. */
export async function plan(
  context: RunnerContext,
  target: string,
  { direction = 'upgrade', x = {}, tag }: PlanOptions,
): Promise<readonly PlannedStep[]> {
  const { position, tables, open, path } = await connectedToRead(context, async connection => {
    const located = { ...context, tables: await locateTables(connection, context.tables) };
    const position = await readPosition(context, connection);
    const open = await readOpenRuns(located, connection);
    const path = pathOf(context, direction, position, target);
    const { known } = position;
    const inTheWay = runInTheWay(context, open, { direction, target, steps: path, known });
    if (inTheWay) throw await unfinishedError(located, connection, inTheWay, known);
    await warnOfUnknownRun(located, connection, open, known);
    await refuseLogged(located, connection, position.heads, path);
    return { position, tables: located.tables, open, path };
  });
  return untilAborted(context.signal, () =>
    planFrom({ ...context, tables }, path, { heads: position.heads, x, tag, open }),
  );
}

interface PlanStart {
  readonly heads: readonly string[];
  readonly x: Readonly<Record<string, string>>;
  readonly tag: string | undefined;
  readonly open: readonly UnfinishedRun[];
}

async function planFrom(
  context: RunnerContext,
  path: readonly Step[],
  { heads, x, tag, open }: PlanStart,
): Promise<readonly PlannedStep[]> {
  const steps = await loadSteps(context, path);
  // Not offline: the branch a revision takes must be the one it takes in the run.
  const operationContext = { isOffline: false, x, heads, ...(tag !== undefined && { tag }) };
  const planned: PlannedStep[] = [];
  let before: readonly string[] = heads;
  for (const step of steps) {
    const after = context.graph.headsAfter(before, step);
    const journal = open.find(({ revision }) => revision === step.revision);
    planned.push(await planStep(context, { ...step, journal }, operationContext, [before, after]));
    before = after;
  }
  return planned;
}

async function planStep(
  { config, dataSource, logger, tables }: RunnerContext,
  step: LoadedStep & { readonly journal: UnfinishedRun | undefined },
  operationContext: Parameters<typeof evaluate>[1],
  [before, after]: readonly [readonly string[], readonly string[]],
): Promise<PlannedStep> {
  const transactional = runsInTransaction(step.file, step.direction) && config.transaction !== 'none' && !step.journal;
  const done = step.journal?.progress.done;
  const { statements, offlineError } = await evaluate(step, operationContext, {
    isTransactional: transactional,
    dataSource,
    config,
    logger,
    tables,
    ...(done && { done }),
  });
  return {
    ...runStepOf(step),
    ...(done && { done: done.length }),
    path: step.file.path,
    transactional,
    statements,
    versionStatements: versionChanges(tables, before, after),
    hazards: statements.flatMap(({ hazards }) => hazards),
    needsDatabase: offlineError !== undefined,
  };
}
