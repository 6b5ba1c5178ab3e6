import { AccessDeniedError } from '../database/access.ts';
import type { Connection } from '../database/connection.ts';
import { readUnfinished, type UnfinishedRun } from '../database/journal.ts';
import { type OpenRun, readExistence } from '../database/run-log.ts';
import { MigrationError } from '../errors.ts';
import type { Step } from '../revisions/revision.ts';
import type { RunnerContext } from './context.ts';

/** A revision was interrupted half way, or is under way, and what was asked for needs a database that is at whole revisions. */
export class UnfinishedRevisionError extends MigrationError {
  override readonly name = 'UnfinishedRevisionError';
  readonly revision: string;
  readonly direction: string;

  constructor(context: Pick<RunnerContext, 'graph'>, run: OpenRun) {
    super(`${describeUnfinished(context, run)}.`);
    this.revision = run.revision;
    this.direction = run.direction;
  }
}

/** `The downgrade of b1 was interrupted half way, unless a process runs it now: run …`: the log cannot tell the two apart. */
export function describeUnfinished({ graph }: Pick<RunnerContext, 'graph'>, { revision, direction }: OpenRun): string {
  const remedy = graph.has(revision)
    ? `run \`${direction}\` again to finish it first`
    : `this code does not have that revision: run \`${direction}\` with the code that does`;
  return (
    `The ${direction} of ${revision} was interrupted half way, unless a process runs it now: ${remedy}, or put the ` +
    'database right by hand and `stamp` the revision it is at'
  );
}

/** @throws UnfinishedRevisionError where the steps go the other way than a run that was interrupted */
export function assertSameDirection(
  context: Pick<RunnerContext, 'graph'>,
  open: readonly OpenRun[],
  steps: readonly Step[],
): void {
  const other = open.find(({ direction }) => steps.some(step => step.direction !== direction));
  if (other) throw new UnfinishedRevisionError(context, other);
}

/** The first open run of a revision of this code. One of newer code is that code's to finish. */
export const ownOpenRun = ({ graph }: Pick<RunnerContext, 'graph'>, open: readonly OpenRun[]): OpenRun | undefined =>
  open.find(({ revision }) => graph.has(revision));

/**
 * The first open run that is in the way where there are no steps to a target: of an upgrade, one of the revisions that the
 * target needs. Another branch is for who migrates that one to finish. Of what a relative target needs nothing is known: any
 * open run counts.
 */
export function openRunToward(
  context: Pick<RunnerContext, 'graph'>,
  open: readonly OpenRun[],
  direction: Step['direction'],
  target: string,
): OpenRun | undefined {
  if (open.length === 0 || direction === 'downgrade' || /[+-]\d+$/.test(target)) return ownOpenRun(context, open);
  const { graph } = context;
  const needed = new Set(graph.appliedAt(graph.resolve(target)));
  return open.find(({ revision }) => needed.has(revision));
}

/** A role that may read the version table alone is told where the database is, and that this is not all there is to tell. */
export async function readOpenRuns(
  { logger, tables }: RunnerContext,
  connection: Connection,
): Promise<readonly UnfinishedRun[]> {
  const { log } = await readExistence(connection, tables);
  if (!log) return [];
  return readUnfinished(connection, tables).catch((error: unknown) => {
    if (!(error instanceof AccessDeniedError)) throw error;
    logger.warn(`Whether a run was interrupted is not known. ${error.message}`);
    return [];
  });
}
