import type { Connection } from '../database/connection.ts';
import { readChecksums } from '../database/run-log.ts';
import { checksumOf } from '../scripts/revision-files.ts';
import type { RunnerContext } from './context.ts';
import type { ChangedRevision } from './runner.ts';

/** Applied revisions whose file is not what it was when it ran. Where that was not logged, nothing can be said. */
export async function changedRevisions(
  context: RunnerContext,
  connection: Connection,
  heads: readonly string[],
): Promise<readonly ChangedRevision[]> {
  const logged = await readChecksums(connection, context.tables);
  return context.graph.appliedAt(heads).flatMap(revision => {
    const applied = logged.get(revision);
    const file = context.files.get(revision)!;
    const current = applied === undefined ? undefined : checksumOf(file);
    return applied === undefined || current === undefined || !differ(applied, current)
      ? []
      : [{ revision, path: file.path, applied, current }];
  });
}

/** Source and what a compiler makes of it cannot be compared: one was applied from `dist`, perhaps, and is checked in `src`. */
const differ = (applied: string, current: string): boolean =>
  applied !== current && languageOf(applied) === languageOf(current);

const languageOf = (checksum: string): string => checksum.slice(0, checksum.indexOf(':'));
