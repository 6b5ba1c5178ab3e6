import type { Expectation } from '../database/script-guard.ts';
import type { RevisionGraph } from '../revisions/graph.ts';
import type { Step } from '../revisions/revision.ts';

/** What a script expects before its first step. The log need not be there yet. */
export function expectationOfStart(graph: RevisionGraph, first: Step, heads: readonly string[]): Expectation {
  const after = graph.headsAfter(heads, first);
  const { present, absent } = expectationOfStep(graph, first, heads, after);
  return { part: 'this script', present, absent };
}

/** What a step expects: the heads before it, and none that it leads to. */
export function expectationOfStep(
  graph: RevisionGraph,
  { revision, direction }: Step,
  before: readonly string[],
  after: readonly string[],
): Expectation {
  const added = after.filter(id => !before.includes(id));
  return {
    part: direction === 'upgrade' ? `the upgrade to ${revision}` : `the downgrade of ${revision}`,
    present: before,
    absent:
      direction === 'upgrade'
        ? absentBefore(
            graph,
            added,
            before.every(id => after.includes(id)),
          )
        : absentBelow(graph, added, revision),
    finished: [...new Set([revision, ...before])],
    ...(direction === 'upgrade' && { fresh: revision }),
  };
}

/** Where no row gives way to the new one, none of them tells whether the revision is applied: those above it do. */
const absentBefore = (graph: RevisionGraph, added: readonly string[], isInserted: boolean): Expectation['absent'] =>
  isInserted
    ? anyOr(
        graph,
        added.flatMap(id => graph.needing(id)),
      )
    : added;

/** What another branch needs is no head when this one is gone. */
function absentBelow(graph: RevisionGraph, added: readonly string[], revision: string): Expectation['absent'] {
  const own = new Set(graph.needing(revision));
  return [...new Set(added.flatMap(id => graph.needing(id)))].filter(id => !own.has(id));
}

/** What the script of a stamp expects: the heads before it, and no other revision of the same line. */
export function expectationOfStamp(
  graph: RevisionGraph,
  before: readonly string[],
  after: readonly string[],
): Expectation {
  const added = after.filter(id => !before.includes(id));
  const line = added.flatMap(id => [...graph.appliedAt([id]), ...graph.needing(id)]);
  return {
    part: `the stamp of ${after.join(', ') || 'base'}`,
    present: before,
    absent: before.length > 0 ? added : anyOr(graph, [...new Set(line)]),
  };
}

/** A list of all revisions is told in one word. */
const anyOr = (graph: RevisionGraph, ids: readonly string[]): Expectation['absent'] =>
  graph.all().every(({ revision }) => ids.includes(revision)) ? 'any' : ids;
