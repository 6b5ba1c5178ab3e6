import type { DraftRevision, ResolvedConfig } from '../config.ts';
import { ConfigurationError, shownValue } from '../errors.ts';
import type { RevisionGraph } from '../revisions/graph.ts';
import { assertNewBranchLabel, assertNewRevisionId } from '../revisions/new-names.ts';

interface Project {
  readonly config: Pick<ResolvedConfig, 'processRevisionDirectives'>;
  readonly graph: RevisionGraph;
}

/**
 * What `processRevisionDirectives` makes of a draft: it may change it, leave it out, or put several in its place.
 * @throws ConfigurationError where it gives something else
 */
export async function directed<Draft extends DraftRevision>(
  draft: Draft,
  { config, graph }: Project,
  x: Readonly<Record<string, string>>,
): Promise<readonly Draft[]> {
  if (!config.processRevisionDirectives) return [draft];
  const answer = await config.processRevisionDirectives(draft, { heads: graph.heads(), x });
  if (answer === undefined) return [draft];
  const scripts: readonly unknown[] = answer === null ? [] : Array.isArray(answer) ? answer : [answer];
  for (const script of scripts) {
    assertDraft(script);
    assertNewRevisionId(script.revision);
    script.branchLabels?.forEach(assertNewBranchLabel);
  }
  return scripts as readonly Draft[];
}

function assertDraft(script: unknown): asserts script is DraftRevision & { readonly branchLabels?: readonly string[] } {
  const { revision, message, upgrade, downgrade } = (script ?? {}) as Partial<DraftRevision>;
  const isNamed = typeof revision === 'string' && typeof message === 'string';
  if (isNamed && Array.isArray(upgrade) && Array.isArray(downgrade)) return;
  throw new ConfigurationError(
    `The configuration's "processRevisionDirectives" gave ${shownValue(script)}; expected a script with its id, its message and its operations ` +
      'for upgrade and downgrade, several in a list, null for none, or undefined for the script as it was.',
  );
}
