import { AccessDeniedError } from '../database/access.ts';
import { describeHolder, holderOf, type LockHolder } from '../database/advisory-lock.ts';
import type { Connection } from '../database/connection.ts';
import { readUnfinished, type UnfinishedRun } from '../database/journal.ts';
import { locateTables, lockKeyOfTables } from '../database/migration-session.ts';
import { type OpenRun, readExistence } from '../database/run-log.ts';
import type { VersionTables } from '../database/version-table.ts';
import { MigrationError } from '../errors.ts';
import type { RevisionGraph } from '../revisions/graph.ts';
import type { Step } from '../revisions/revision.ts';
import type { RunnerContext } from './context.ts';

/** What tells a run without an end that is under way from one that was interrupted, and what may be done about it. */
export interface Circumstances {
  /** The heads of what is applied of the revisions that are known here. */
  readonly known: readonly string[];
  /** The other session that holds the migration lock. */
  readonly holder?: LockHolder | undefined;
}

/** The same as a `DatabaseStatus` has it. */
export const circumstancesIn = (
  { heads, migrating }: { readonly heads: readonly string[]; readonly migrating?: LockHolder },
  graph: RevisionGraph,
): Circumstances => ({ known: heads.filter(head => graph.has(head)), holder: migrating });

type History = Pick<RunnerContext, 'graph'>;

/** A revision was interrupted half way, or is under way, and what was asked for needs a database that is at whole revisions. */
export class UnfinishedRevisionError extends MigrationError {
  override readonly name = 'UnfinishedRevisionError';
  readonly revision: string;
  readonly direction: string;
  /** Who holds the migration lock, and so may be running it. */
  readonly holder: LockHolder | undefined;

  constructor(context: History, run: OpenRun, circumstances: Circumstances) {
    super(`${describeUnfinished(context, run, circumstances)}.`);
    this.revision = run.revision;
    this.direction = run.direction;
    this.holder = circumstances.holder;
  }
}

/** `The downgrade of b1 was interrupted half way: run …`, or whom to wait for. */
export function describeUnfinished(context: History, run: OpenRun, { known, holder }: Circumstances): string {
  const { revision, direction } = run;
  if (holder) {
    return (
      `The ${direction} of ${revision} is not finished, and ${describeHolder(holder)} holds the migration lock: wait for ` +
      'that run'
    );
  }
  return `The ${direction} of ${revision} was interrupted half way${remedyFor(context, run, known)}`;
}

function remedyFor(context: History, run: OpenRun, known: readonly string[]): string {
  const { direction, revision } = run;
  if (!context.graph.has(revision)) {
    return (
      `, and this code does not have that revision: run \`${direction}\` with the code that does, or put the database right ` +
      'by hand and `stamp --purge` the revision it is at'
    );
  }
  if (isContradicted(context, run, known)) {
    const holds = direction === 'upgrade' ? 'holds it all the same' : 'does not hold it any more';
    return `, and the version table ${holds}: put the database right by hand and \`stamp\` the revision it is at`;
  }
  return `: run \`${direction}\` again to finish it first, or put the database right by hand and \`stamp\` the revision it is at`;
}

/** Whether the version table says that a run is done which the log says is not: running it again does nothing. */
function isContradicted({ graph }: History, { revision, direction }: OpenRun, known: readonly string[]): boolean {
  return graph.has(revision) && graph.appliedAt(known).includes(revision) === (direction === 'upgrade');
}

/** The error for an open run, which names the session that holds the migration lock if another one does. */
export async function unfinishedError(
  context: History & { readonly tables: VersionTables },
  connection: Connection,
  run: OpenRun,
  known: readonly string[],
): Promise<UnfinishedRevisionError> {
  return new UnfinishedRevisionError(context, run, { known, holder: await lockHolder(connection, context.tables) });
}

/** The other session that migrates the same history now. */
export const lockHolder = async (connection: Connection, tables: VersionTables): Promise<LockHolder | undefined> =>
  holderOf(connection, lockKeyOfTables(await locateTables(connection, tables)));

/** What an upgrade or a downgrade is about to do. */
export interface Undertaking {
  readonly direction: Step['direction'];
  readonly target: string;
  readonly steps: readonly Step[];
  /** As {@link Circumstances} have it. */
  readonly known: readonly string[];
}

/**
 * The open run that is in the way of steps: one that goes the other way; one that the steps build upon and that they do not
 * finish, as the version table says that it is done; or one of a revision that is on another branch than this code's. Without
 * steps, the one that the target needs.
 */
export function runInTheWay(context: History, open: readonly OpenRun[], undertaking: Undertaking): OpenRun | undefined {
  const { direction, steps, known } = undertaking;
  if (open.length === 0) return undefined;
  if (steps.length === 0) return openRunToward(context, open, undertaking);
  const needed = neededBy(context, undertaking);
  return open.find(
    run =>
      run.direction !== direction ||
      !context.graph.has(run.revision) ||
      (needed(run.revision) && isContradicted(context, run, known)),
  );
}

/** Another branch is for who migrates that one to finish, and newer code's revisions are for that. */
const openRunToward = (context: History, open: readonly OpenRun[], undertaking: Undertaking): OpenRun | undefined => {
  const needed = neededBy(context, undertaking);
  return open.find(({ revision }) => context.graph.has(revision) && needed(revision));
};

/** Of what a relative target needs nothing is known: it may be anything. */
function neededBy({ graph }: History, { direction, target }: Undertaking): (revision: string) => boolean {
  if (direction === 'downgrade' || /[+-]\d+$/.test(target)) return () => true;
  const needed = new Set(graph.appliedAt(graph.resolve(target)));
  return revision => needed.has(revision);
}

/** The first open run of a revision of this code. One of newer code is that code's to finish. */
export const ownOpenRun = <Run extends OpenRun>({ graph }: History, open: readonly Run[]): Run | undefined =>
  open.find(({ revision }) => graph.has(revision));

/** Newer code's half-done revision is no error to older code, and is told of. */
export async function warnOfUnknownRun(
  context: History & Pick<RunnerContext, 'logger' | 'tables'>,
  connection: Connection,
  open: readonly OpenRun[],
  known: readonly string[],
): Promise<void> {
  const run = open.find(({ revision }) => !context.graph.has(revision));
  if (!run) return;
  const holder = await lockHolder(connection, context.tables);
  context.logger.warn(`${describeUnfinished(context, run, { known, holder })}.`);
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
