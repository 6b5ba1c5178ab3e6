import type { ResolvedConfig } from '../config.ts';
import { RevisionGraph } from '../revisions/graph.ts';
import { readRevisionHeaders } from '../scripts/revision-files.ts';
import type { Revisions } from './runner.ts';

/** The history as the headers of the revisions' files tell it now; none of them is run. */
export async function readRevisions({
  versionLocations,
  recursiveVersionLocations: recursive,
}: Pick<ResolvedConfig, 'versionLocations' | 'recursiveVersionLocations'>): Promise<Revisions> {
  const files = await readRevisionHeaders(versionLocations, { recursive });
  return { graph: new RevisionGraph(files), files: new Map(files.map(file => [file.revision, file])) };
}
