import { readUnfinished } from '../database/journal.ts';
import { readExistence } from '../database/run-log.ts';
import { readHeads } from '../database/version-table.ts';
import type { RevisionFile } from '../scripts/revision-file.ts';
import { changedRevisions } from './checksums.ts';
import { inLoadOrder, type RunnerContext } from './context.ts';
import { connected } from './patience.ts';
import type { ChangedRevision, DatabaseStatus } from './runner.ts';

const storedHeads = (context: RunnerContext): Promise<string[]> =>
  connected(context, connection => readHeads(connection, context.tables));

/** The revisions the database is at, as Alembic's `current` lists them. */
export async function current(context: RunnerContext): Promise<readonly string[]> {
  return context.graph.current(await storedHeads(context));
}

export function status(context: RunnerContext): Promise<DatabaseStatus> {
  const { graph, tables } = context;
  return connected(context, async connection => {
    const heads = inLoadOrder(context, await readHeads(connection, tables));
    const { log } = await readExistence(connection, tables);
    const unfinished = log ? await readUnfinished(connection, tables) : [];
    const target = graph.realHeads();
    return {
      heads,
      target,
      isAtHeads: heads.length === target.length && target.every(head => heads.includes(head)),
      unfinished: unfinished.map(({ revision, direction, progress }) => ({
        revision,
        direction,
        done: progress.done.length,
      })),
    };
  });
}

/** The revisions of a range, newest first. Asks the database only where the range names `current`. */
export async function history(context: RunnerContext, range: string | undefined): Promise<readonly RevisionFile[]> {
  const heads = range !== undefined && /\bcurrent\b/.test(range) ? await storedHeads(context) : [];
  return context.graph.historyRange(range, heads).map(revision => context.files.get(revision)!);
}

export function changedSince(context: RunnerContext): Promise<readonly ChangedRevision[]> {
  return connected(context, async connection => {
    const heads = await readHeads(connection, context.tables);
    const { log } = await readExistence(connection, context.tables);
    return log ? changedRevisions(context, connection, heads) : [];
  });
}
