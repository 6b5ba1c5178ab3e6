import type { Connection } from '../database/connection.ts';
import { readChecksums } from '../database/run-log.ts';
import { checksumOf } from '../scripts/checksum.ts';
import type { RunnerContext } from './context.ts';
import { readableRuns } from './logged-runs.ts';
import type { ChangedRevision } from './runner.ts';
import { shortPath } from './short-path.ts';

/** Applied revisions whose file is not what it was when it ran. Where that was not logged, nothing can be said. */
export const changedRevisions = async (
  context: RunnerContext,
  connection: Connection,
  heads: readonly string[],
): Promise<readonly ChangedRevision[]> => changesSince(context, await readChecksums(connection, context.tables), heads);

function changesSince(
  { graph, files }: RunnerContext,
  logged: ReadonlyMap<string, string>,
  heads: readonly string[],
): readonly ChangedRevision[] {
  return graph.appliedAt(heads).flatMap(revision => {
    const applied = logged.get(revision);
    const file = files.get(revision)!;
    const current = applied === undefined ? undefined : checksumOf(file);
    return applied === undefined || current === undefined || !differ(applied, current)
      ? []
      : [{ revision, path: file.path, applied, current }];
  });
}

/**
 * Warns of applied revisions that were changed, and of others that thereby came below them. Asks nothing where none was.
 * @param logged the checksums of the log
 */
export async function warnOfChanges(
  context: RunnerContext,
  connection: Connection,
  logged: ReadonlyMap<string, string>,
  heads: readonly string[],
): Promise<void> {
  const { graph, logger, tables } = context;
  const changes = changesSince(context, logged, heads);
  if (changes.length === 0) return;
  for (const { revision, path } of changes) {
    logger.warn(
      `Revision ${revision} was changed after it was applied, and the database has what it was then: ${shortPath(path)}`,
    );
  }
  const changed = changes.map(({ revision }) => revision);
  for (const { revision, above } of graph.insertedBelow(await readableRuns(connection, tables), changed)) {
    logger.warn(
      `Revision ${revision} was put below ${above}, which was applied without it: it counts as applied and never runs ` +
        'here; let it follow the head instead, or do by hand what it does',
    );
  }
}

/** Source and what a compiler makes of it cannot be compared: one was applied from `dist`, perhaps, and is checked in `src`. */
const differ = (applied: string, current: string): boolean =>
  applied !== current && languageOf(applied) === languageOf(current);

const languageOf = (checksum: string): string => checksum.slice(0, checksum.indexOf(':'));
