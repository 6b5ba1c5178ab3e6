import { locateTables } from '../database/migration-session.ts';
import { readExistence } from '../database/run-log.ts';
import type { RevisionFile } from '../scripts/revision-file.ts';
import { changedRevisions } from './checksums.ts';
import type { RunnerContext } from './context.ts';
import { contradictionOf } from './logged-runs.ts';
import { connectedToRead } from './patience.ts';
import { isAhead, readPosition } from './position.ts';
import type { ChangedRevision, DatabaseStatus } from './runner.ts';
import { lockHolder, ownOpenRun, readOpenRuns } from './unfinished.ts';

/** The revisions the database is at, as Alembic's `current` lists them. */
export async function current(context: RunnerContext): Promise<readonly string[]> {
  const { heads } = await connectedToRead(context, connection => readPosition(context, connection));
  return currentAt(context, heads);
}

/** The same for the rows of the version table; those that this code does not have come last. */
export const currentAt = ({ graph }: Pick<RunnerContext, 'graph'>, heads: readonly string[]): readonly string[] => [
  ...graph.current(heads.filter(head => graph.has(head))),
  ...heads.filter(head => !graph.has(head)),
];

export function status(context: RunnerContext): Promise<DatabaseStatus> {
  const { graph } = context;
  return connectedToRead(context, async connection => {
    const position = await readPosition(context, connection);
    const { heads } = position;
    const tables = await locateTables(connection, context.tables);
    const unfinished = await readOpenRuns({ ...context, tables }, connection);
    const target = graph.realHeads();
    const migrating = unfinished.length > 0 ? await lockHolder(connection, tables) : undefined;
    const contradiction = await contradictionOf({ graph, tables }, connection, position);
    return {
      heads,
      target,
      isAtHeads:
        heads.length === target.length &&
        target.every(head => heads.includes(head)) &&
        !ownOpenRun(context, unfinished),
      isAhead: isAhead(position) && isWithin(target, graph.appliedAt(position.known)),
      unfinished: unfinished.map(({ revision, direction, progress }) => ({
        revision,
        direction,
        done: progress.done.length,
      })),
      ...(migrating && { migrating }),
      ...(contradiction && { contradiction }),
    };
  });
}

const isWithin = (ids: readonly string[], others: readonly string[]): boolean => {
  const known = new Set(others);
  return ids.every(id => known.has(id));
};

/** The revisions of a range, newest first. Asks the database only where the range names `current`. */
export async function history(context: RunnerContext, range: string | undefined): Promise<readonly RevisionFile[]> {
  const isAsked = range?.split(':').some(end => /^current([+-]\d+)?$/.test(end.trim())) ?? false;
  const known = isAsked
    ? await connectedToRead(context, async connection => (await readPosition(context, connection)).known)
    : [];
  return context.graph.historyRange(range, known).map(revision => context.files.get(revision)!);
}

export function changedSince(context: RunnerContext): Promise<readonly ChangedRevision[]> {
  return connectedToRead(context, async connection => {
    const { known } = await readPosition(context, connection);
    const tables = await locateTables(connection, context.tables);
    const { log } = await readExistence(connection, tables);
    return log ? changedRevisions({ ...context, tables }, connection, known) : [];
  });
}
