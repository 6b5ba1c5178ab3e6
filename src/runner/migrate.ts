import type { LockKey } from '../database/advisory-lock.ts';
import type { Connection } from '../database/connection.ts';
import type { KeptSession } from '../database/kept-session.ts';
import { type OpenRun, readVersionState, type VersionState } from '../database/run-log.ts';
import type { Step } from '../revisions/revision.ts';
import { warnOfChanges } from './checksums.ts';
import type { RunnerContext, RunnerSetup } from './context.ts';
import { refuseLogged } from './logged-runs.ts';
import type { Logger } from './logger.ts';
import { withMigrationSession } from './migration-lock.ts';
import {
  assertNotAhead,
  DatabaseAheadError,
  DatabaseDivergedError,
  describeAhead,
  isAhead,
  type Position,
  positionAt,
} from './position.ts';
import { runSteps } from './run-steps.ts';
import type { RunOptions, RunResult } from './runner.ts';
import { filed, runStepOf } from './step.ts';
import { runInTheWay, unfinishedError, warnOfUnknownRun } from './unfinished.ts';

/** Upgrades or downgrades to a target. Where the database is there already, all it costs is reading the heads. */
export function migrate(
  context: RunnerContext,
  direction: Step['direction'],
  target: string,
  options: RunOptions,
): Promise<RunResult> {
  // Worked out before and under the lock, of which a warning is given once.
  const warning = { ...context, logger: warningOnce(context.logger) };
  const pathFrom = (position: Position) => pathOf(warning, direction, position, target);
  const inTheWay = (steps: readonly Step[], { known }: Position, open: readonly OpenRun[]) =>
    runInTheWay(context, open, { direction, target, steps, known });
  return withMigrationSession(context, options.lockWait, async (connection, underLock) => {
    const state = await readVersionState(connection, context.tables);
    const position = await positionAt(context, connection, state.heads);
    // What is under way in another process may look like a run without an end, or like two branches: the lock tells.
    const steps = options.dryRun ? pathFrom(position) : unlessDiverged(() => pathFrom(position));
    if (steps?.length === 0 && (options.dryRun || !inTheWay(steps, position, state.open)))
      return nothingToDo(warning, connection, { position, state, inTheWay });
    if (steps && options.dryRun) {
      await assertFree(context, connection, inTheWay(steps, position, state.open), position);
      await refuseLogged(context, connection, position.heads, steps);
      const heads = steps.reduce((at, step) => context.graph.headsAfter(at, step), position.heads);
      return resultOf(context, steps, heads);
    }
    if (direction === 'upgrade') warnOfOthers(context);
    return underLock((key, lockWait, { tables, session }) =>
      migrateUnderLock({ ...warning, tables }, connection, { key, lockWait, session, options, pathFrom, inTheWay }),
    );
  });
}

function unlessDiverged<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof DatabaseDivergedError) return undefined;
    throw error;
  }
}

function warningOnce(logger: Logger): Logger {
  const given = new Set<string>();
  return {
    ...logger,
    warn(message) {
      if (!given.has(message)) logger.warn(message);
      given.add(message);
    },
  };
}

interface UnderLock {
  readonly key: LockKey;
  readonly lockWait: number;
  readonly session: KeptSession;
  readonly options: RunOptions;
  pathFrom(position: Position): Step[];
  inTheWay(steps: readonly Step[], position: Position, open: readonly OpenRun[]): OpenRun | undefined;
}

/** Another process may have migrated while this one waited for the lock: the heads are read anew. */
async function migrateUnderLock(
  context: RunnerContext,
  connection: Connection,
  { key, lockWait, session, options, pathFrom, inTheWay }: UnderLock,
): Promise<RunResult> {
  const state = await readVersionState(connection, context.tables);
  const position = await positionAt(context, connection, state.heads);
  const steps = pathFrom(position);
  if (steps.length === 0) return nothingToDo(context, connection, { position, state, inTheWay });
  await assertFree(context, connection, inTheWay(steps, position, state.open), position);
  await refuseLogged(context, connection, position.heads, steps);
  const { heads: before } = position;
  const { x = {}, tag } = options;
  const { signal } = context;
  const operationContext = {
    isOffline: false,
    x,
    heads: before,
    ...(tag !== undefined && { tag }),
    ...(signal && { signal }),
  };
  const heads = await runSteps({ context, connection, key, lockWait, session, operationContext }, steps, before);
  return resultOf(context, steps, heads);
}

/**
 * The steps to a target. Of a database that is ahead of this code, an upgrade takes none.
 * @throws DatabaseAheadError, DatabaseDivergedError, and an error of the graph where there is no such target
 */
export function pathOf(
  context: RunnerContext,
  direction: Step['direction'],
  position: Position,
  target: string,
): Step[] {
  if (direction === 'upgrade') return upgradePathOf(context, position, target);
  assertNotAhead(position);
  const { graph, logger } = context;
  const { heads } = position;
  if (graph.isAmbiguousDowngrade(heads, target)) {
    logger.warn(
      `${target} from several heads (${heads.join(', ')}) goes down from the first: name the branch, as in branch@${target}`,
    );
  }
  return graph.downgradePath(heads, target);
}

function upgradePathOf({ config, graph, logger }: RunnerContext, position: Position, target: string): Step[] {
  const { known, unknown } = position;
  const path = graph.upgradePath(known, target);
  if (!isAhead(position)) return path;
  if (path.length > 0) {
    throw new DatabaseDivergedError(
      position,
      path.map(({ revision }) => revision),
    );
  }
  if (config.whenAhead === 'fail') throw new DatabaseAheadError(position);
  logger.warn(`${describeAhead(known, unknown)}; nothing is to be done`);
  return path;
}

/** @throws UnfinishedRevisionError where the database is half way to a revision, or from it */
async function assertFree(
  context: RunnerContext,
  connection: Connection,
  inTheWay: OpenRun | undefined,
  { known }: Position,
): Promise<void> {
  if (inTheWay) throw await unfinishedError(context, connection, inTheWay, known);
}

/** @throws UnfinishedRevisionError where the database is half way to a revision, or from it */
async function nothingToDo(
  context: RunnerContext,
  connection: Connection,
  { position, state, inTheWay }: Pick<UnderLock, 'inTheWay'> & { position: Position; state: VersionState },
): Promise<RunResult> {
  const { checksums, open } = state;
  await assertFree(context, connection, inTheWay([], position, open), position);
  await warnOfUnknownRun(context, connection, open, position.known);
  await warnOfChanges(context, connection, checksums, position.known);
  return { steps: [], heads: position.heads, isAhead: isAhead(position) };
}

const resultOf = (context: RunnerContext, steps: readonly Step[], heads: readonly string[]): RunResult => ({
  steps: steps.map(step => runStepOf(filed(context, step))),
  heads,
  isAhead: false,
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
