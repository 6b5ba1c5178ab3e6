import type { ResolvedConfig } from '../config.ts';
import { RevisionGraph } from '../revisions/graph.ts';
import { readRevisionHeaders } from '../scripts/revision-files.ts';
import { readRevisionModules } from '../scripts/revision-modules.ts';
import type { RevisionReading, Revisions } from './runner.ts';

type HistoryConfig = Pick<
  ResolvedConfig,
  'versionLocations' | 'recursiveVersionLocations' | 'revisions' | 'allowNoRevisions'
>;

/**
 * The history as the headers of the revisions' files (none of which is run), or of the modules in their place, tell it now.
 * @throws MissingVersionLocationError, NoRevisionFileError, NoRevisionModuleError, MalformedRevisionFileError
 */
export async function readRevisions(
  { versionLocations, recursiveVersionLocations: recursive, revisions, allowNoRevisions }: HistoryConfig,
  { mayBeEmpty = allowNoRevisions }: RevisionReading = {},
): Promise<Revisions> {
  const files = revisions
    ? await readRevisionModules(revisions, { mayBeEmpty })
    : await readRevisionHeaders(versionLocations, { recursive, mayBeEmpty });
  return { graph: new RevisionGraph(files), files: new Map(files.map(file => [file.revision, file])) };
}
