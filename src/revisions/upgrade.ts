import { AmbiguousUpgradeError, RelativeOutOfRangeError } from './errors.ts';
import { type Bound, type Origin, originOf } from './origin.ts';
import { closureOf, idsOf, parents, reachable } from './reachable.ts';
import { readRelative, type RelativeTarget, symbolOf } from './relative.ts';
import { lineageFilter, onLineage, revisionNamed, revisionsNamed } from './resolve.ts';
import type { Revision, RevisionMap, Step } from './revision.ts';
import { newestFirst } from './topological.ts';
import { walk, walkDown } from './walk.ts';

/** What is to run so that the target and all it needs are applied, in order; nothing where they are. */
export function upgradePath(map: RevisionMap, rows: readonly string[], target: string): Step[] {
  const origin = originOf(map, rows);
  const targets = upgradeTargets(map, origin, target);
  const required = closureOf(targets);
  const applied = closureOf(origin.revisions());
  const missing = new Set([...required].filter(revision => !applied.has(revision)));
  const steps = newestFirst(missing, targets).reverse();
  return steps.map(({ id }) => ({ revision: id, direction: 'upgrade' }));
}

/** The revisions an upgrade's target stands for; what is relative counts from the origin. */
export function upgradeTargets(
  map: RevisionMap,
  origin: Origin,
  target: Bound,
  { stopsAtEnd = false } = {},
): readonly Revision[] {
  if (typeof target !== 'string') return originOf(map, target).revisions();
  const relative = readRelative(target);
  if (!relative) return revisionsNamed(map, target);
  const walked = walkTo(map, origin, target, relative, stopsAtEnd);
  if (walked === undefined || walked === 'base') throw new RelativeOutOfRangeError(target);
  return [walked];
}

function walkTo(map: RevisionMap, origin: Origin, target: string, relative: RelativeTarget, stopsAtEnd: boolean) {
  const { branch, symbol, steps } = relative;
  if (steps > 0) {
    const choose = branch === undefined ? undefined : lineageFilter(map, branch);
    const start = symbol === undefined ? startOf(map, origin, branch) : revisionNamed(map, symbol);
    return walk(map, start, steps, { choose, stopsAtEnd });
  }
  if (symbol === undefined) throw new RelativeOutOfRangeError(target, 'upgrade');
  return walkDown(map, revisionNamed(map, symbolOf({ branch, symbol, steps })), -steps, { stopsAtEnd });
}

function startOf(map: RevisionMap, origin: Origin, branch: string | undefined): Revision | undefined {
  if (branch === undefined) {
    if (origin.names.length > 1) throw new AmbiguousUpgradeError(origin.names);
    return origin.single();
  }
  const starts = tipsOnBranch(map, origin.revisions(), branch);
  if (starts.length > 1) throw new AmbiguousUpgradeError(idsOf(starts));
  return starts[0];
}

/** Those of the current revisions that are on the branch, or the last applied revisions that are. */
function tipsOnBranch(map: RevisionMap, current: readonly Revision[], branch: string): readonly Revision[] {
  const rows = onLineage(map, current, branch);
  if (rows.length > 0) return rows;
  const applied = onLineage(map, [...reachable(current, parents)], branch);
  const below = new Set(applied.flatMap(parents));
  return applied.filter(revision => !below.has(revision));
}
