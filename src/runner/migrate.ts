import type { LockKey } from '../database/advisory-lock.ts';
import type { Connection } from '../database/connection.ts';
import { readHeads } from '../database/version-table.ts';
import type { Step } from '../revisions/revision.ts';
import { inLoadOrder, type RunnerContext, type RunnerSetup } from './context.ts';
import { withMigrationSession } from './migration-lock.ts';
import { runSteps } from './run-steps.ts';
import type { RunOptions, RunResult } from './runner.ts';
import { filed, runStepOf } from './step.ts';

/** Upgrades or downgrades to a target. Where the database is there already, all it costs is reading the heads. */
export function migrate(
  context: RunnerContext,
  direction: Step['direction'],
  target: string,
  options: RunOptions,
): Promise<RunResult> {
  const pathFrom = (heads: readonly string[]) => pathOf(context, direction, heads, target);
  return withMigrationSession(context, options.lockWait, async (connection, underLock) => {
    const heads = await readHeads(connection, context.tables);
    const steps = pathFrom(heads);
    if (steps.length === 0) return { steps: [], heads: inLoadOrder(context, heads) };
    if (options.dryRun)
      return resultOf(
        context,
        steps,
        steps.reduce((at, step) => context.graph.headsAfter(at, step), heads),
      );
    if (direction === 'upgrade') warnOfOthers(context);
    return underLock((key, lockWait) => migrateUnderLock(context, connection, { key, lockWait, options, pathFrom }));
  });
}

interface UnderLock {
  readonly key: LockKey;
  readonly lockWait: number;
  readonly options: RunOptions;
  pathFrom(heads: readonly string[]): Step[];
}

/** Another process may have migrated while this one waited for the lock: the heads are read anew. */
async function migrateUnderLock(
  context: RunnerContext,
  connection: Connection,
  { key, lockWait, options, pathFrom }: UnderLock,
): Promise<RunResult> {
  const before = await readHeads(connection, context.tables);
  const steps = pathFrom(before);
  if (steps.length === 0) return { steps: [], heads: inLoadOrder(context, before) };
  const { x = {}, tag } = options;
  const operationContext = { isOffline: false, x, heads: before, ...(tag !== undefined && { tag }) };
  const heads = await runSteps({ context, connection, key, lockWait, operationContext }, steps, before);
  return resultOf(context, steps, heads);
}

export function pathOf(
  { graph, logger }: RunnerContext,
  direction: Step['direction'],
  heads: readonly string[],
  target: string,
): Step[] {
  if (direction === 'upgrade') return graph.upgradePath(heads, target);
  if (graph.isAmbiguousDowngrade(heads, target)) {
    logger.warn(
      `${target} from several heads (${heads.join(', ')}) goes down from the first: name the branch, as in branch@${target}`,
    );
  }
  return graph.downgradePath(heads, target);
}

const resultOf = (context: RunnerContext, steps: readonly Step[], heads: readonly string[]): RunResult => ({
  steps: steps.map(step => runStepOf(filed(context, step))),
  heads,
});

const warned = new WeakSet<object>();

/** TypeORM's own ways to change a schema do not ask for the lock, and undo what revisions do. Said once. */
export function warnOfOthers({ dataSource, logger }: RunnerSetup): void {
  const { synchronize, migrationsRun } = dataSource.options;
  if (warned.has(dataSource)) return;
  warned.add(dataSource);
  for (const [name, isSet] of Object.entries({ synchronize, migrationsRun })) {
    if (!isSet) continue;
    logger.warn(`The DataSource has ${name}: true, which changes the schema beside the revisions; set it to false`);
  }
}
