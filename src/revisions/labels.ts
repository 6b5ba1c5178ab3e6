import { children, reachable } from './reachable.ts';
import type { Revision } from './revision.ts';

type Labelled = Revision & { readonly labels: Set<string> };

/**
 * Gives each branch label to the whole branch: to all descendants of the revision that declares it, and, where these
 * are a single line, down that line to the nearest branch point or merge point (excluded), below the declaring
 * revision too.
 */
export function spreadLabels(revisions: readonly Labelled[]): void {
  const declaring = revisions.filter(revision => revision.labels.size > 0);
  const members = declaring.map(revision => [[...revision.labels], branchOf(revision)] as const);
  for (const [labels, branch] of members) {
    for (const revision of branch) for (const label of labels) (revision as Labelled).labels.add(label);
  }
}

function branchOf(revision: Revision): Iterable<Revision> {
  const end = endOfLine(revision);
  return end ? new Set([...reachable([revision], children), ...lineDownFrom(end)]) : reachable([revision], children);
}

function endOfLine(revision: Revision): Revision | undefined {
  let end = revision;
  while (end.children.length === 1) end = end.children[0]!;
  return end.children.length === 0 ? end : undefined;
}

function lineDownFrom(end: Revision): Revision[] {
  const line: Revision[] = [];
  let revision: Revision | undefined = end;
  // Alembic counts what depends on a revision among its branches here, though nowhere else for labels.
  while (revision && revision.successors.length < 2 && revision.down.length < 2) {
    line.push(revision);
    revision = revision.down[0];
  }
  return line;
}
