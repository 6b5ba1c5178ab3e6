import type { DraftRevision } from '../src/config.ts';
import type { RunnerContext } from '../src/runner/context.ts';
import { assertNewBranchLabel, assertNewRevisionId } from '../src/revisions/new-names.ts';
import type { RevisionScript } from './revision-script.ts';

/** What `processRevisionDirectives` makes of a draft: it may change it, leave it out, or put several in its place. */
export async function directed(
  draft: RevisionScript,
  { config, graph }: Pick<RunnerContext, 'config' | 'graph'>,
  x: Readonly<Record<string, string>>,
): Promise<readonly RevisionScript[]> {
  if (!config.processRevisionDirectives) return [draft];
  const answer = await config.processRevisionDirectives(draft as DraftRevision, { heads: graph.heads(), x });
  if (answer === undefined) return [draft];
  const scripts =
    answer === null ? [] : Array.isArray(answer) ? (answer as readonly DraftRevision[]) : [answer as DraftRevision];
  for (const { revision, branchLabels = [] } of scripts as readonly RevisionScript[]) {
    assertNewRevisionId(revision);
    branchLabels.forEach(assertNewBranchLabel);
  }
  return scripts as readonly RevisionScript[];
}
