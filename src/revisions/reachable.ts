import { OverlappingRevisionsError } from './errors.ts';
import type { Revision } from './revision.ts';

/** Which relatives a walk goes on to. */
export type Edges = (revision: Revision) => readonly Revision[];

export const down: Edges = revision => revision.down;
export const parents: Edges = revision => revision.parents;
export const children: Edges = revision => revision.children;
export const successors: Edges = revision => revision.successors;

/** The given revisions and all that can be reached from them. */
export function reachable(from: Iterable<Revision>, edges: Edges): Set<Revision> {
  const reached = new Set(from);
  // A set gives its members in the order of their addition, those added meanwhile included.
  for (const revision of reached) for (const next of edges(revision)) reached.add(next);
  return reached;
}

/**
 * The given revisions and all they need, by both kinds of edges.
 * Throws an OverlappingRevisionsError where one of them needs another: such a set is no valid state and no clear target.
 */
export function closureOf(revisions: readonly Revision[]): Set<Revision> {
  if (new Set(revisions).size > 1) assertNoneBelowAnother(revisions);
  return reachable(revisions, parents);
}

function assertNoneBelowAnother(revisions: readonly Revision[]): void {
  const below = reachable(revisions.flatMap(parents), parents);
  if (!revisions.some(revision => below.has(revision))) return;
  for (const revision of revisions) {
    const needed = reachable(revision.parents, parents);
    const overlaps = revisions.filter(other => needed.has(other));
    if (overlaps.length > 0) throw new OverlappingRevisionsError(revision.id, idsOf(overlaps));
  }
}

export function idsOf(revisions: Iterable<Revision>): string[] {
  return Array.from(revisions, revision => revision.id);
}
