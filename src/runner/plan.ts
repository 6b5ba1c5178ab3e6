import { untilAborted } from '../database/abort.ts';
import type { UnfinishedRun } from '../database/journal.ts';
import { locateTables } from '../database/migration-session.ts';
import { versionChanges } from '../database/version-table.ts';
import type { Step } from '../revisions/revision.ts';
import { runsInTransaction } from '../scripts/revision-file.ts';
import type { RunnerContext } from './context.ts';
import { evaluate } from './evaluate.ts';
import { pathOf } from './migrate.ts';
import { connectedToRead } from './patience.ts';
import { readPosition } from './position.ts';
import type { PlannedStep, PlanOptions } from './runner.ts';
import { loadSteps, runStepOf, type LoadedStep } from './step.ts';
import { assertSameDirection, openRunToward, readOpenRuns, UnfinishedRevisionError } from './unfinished.ts';

/** The steps to a target with what they would send. Reads the heads, and nothing else of the database. */
export async function plan(
  context: RunnerContext,
  target: string,
  { direction = 'upgrade', x = {}, tag }: PlanOptions,
): Promise<readonly PlannedStep[]> {
  const { position, tables, open } = await connectedToRead(context, async connection => {
    const located = await locateTables(connection, context.tables);
    return {
      position: await readPosition(context, connection),
      tables: located,
      open: await readOpenRuns({ ...context, tables: located }, connection),
    };
  });
  const path = pathOf(context, direction, position, target);
  assertSameDirection(context, open, path);
  const unfinished = path.length === 0 ? openRunToward(context, open, direction, target) : undefined;
  if (unfinished) throw new UnfinishedRevisionError(context, unfinished);
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
