import {
  AmbiguousDowngradeError,
  DowngradeTargetNotAppliedError,
  InvalidDowngradeTargetError,
  RelativeOutOfRangeError,
  WalkedTooFarError,
} from './errors.ts';
import { currentTips } from './heads.ts';
import { type Origin, originOf } from './origin.ts';
import { down, idsOf, parents, reachable, successors } from './reachable.ts';
import { readRelative, type RelativeTarget, symbolOf } from './relative.ts';
import { branchNamed, identified, lineageFilter, onLineage, revisionNamed } from './resolve.ts';
import type { Revision, RevisionMap, Step } from './revision.ts';
import { newestFirst } from './topological.ts';
import { walk, walkDown, type Walked } from './walk.ts';

/** Where a downgrade leads. */
export interface DowngradeTarget {
  /** Only what lies towards this is removed. */
  readonly branch: string | undefined;
  /** The revision that stays; undefined for the base. */
  readonly revision: Revision | undefined;
}

interface Destination {
  readonly branch: string | undefined;
  readonly walked: Walked;
}

/**
 * What is to run so that nothing above the target is applied any more, in order. What depends on something removed goes
 * too; what the removed revisions needed stays.
 */
export function downgradePath(map: RevisionMap, rows: readonly string[], target: string): Step[] {
  const origin = originOf(map, rows);
  const { branch, revision } = downgradeTarget(map, origin, target);
  const roots = rootsAbove(map, revision, branch, target);
  const current = origin.revisions();
  const applied = reachable(current, parents);
  const removed = new Set([...reachable(roots, successors)].filter(one => applied.has(one)));
  if (revision && removed.size === 0 && !current.includes(revision)) {
    throw new DowngradeTargetNotAppliedError(target, idsOf(current));
  }
  return newestFirst(removed, current).map(({ id }) => ({ revision: id, direction: 'downgrade' }));
}

/** True for `-N` with several current revisions: it goes down from the first, which the user may not have meant. */
export function isAmbiguousDowngrade(rows: readonly string[], target: string): boolean {
  const relative = readRelative(target);
  const fromCurrent = relative !== undefined && relative.symbol === undefined && relative.branch === undefined;
  return fromCurrent && new Set(rows).size > 1;
}

/** Reads a downgrade's target; what is relative counts from the origin. */
export function downgradeTarget(
  map: RevisionMap,
  origin: Origin,
  target: string,
  { stopsAtEnd = false } = {},
): DowngradeTarget {
  const relative = readRelative(target);
  if (!relative) {
    const at = target.lastIndexOf('@');
    return {
      branch: target.slice(0, Math.max(at, 0)) || undefined,
      revision: revisionNamed(map, target.slice(at + 1)),
    };
  }
  const { branch, walked } = destinationOf(map, origin, target, relative, stopsAtEnd);
  if (walked !== undefined) return { branch, revision: walked === 'base' ? undefined : walked };
  throw relative.symbol === undefined ? new RelativeOutOfRangeError(target) : new WalkedTooFarError(target);
}

function destinationOf(
  map: RevisionMap,
  origin: Origin,
  target: string,
  relative: RelativeTarget,
  stopsAtEnd: boolean,
): Destination {
  const { branch, symbol, steps } = relative;
  if (symbol === undefined) {
    if (steps >= 0) throw new RelativeOutOfRangeError(target, 'downgrade');
    const start = branch === undefined ? firstOf(origin, target) : startOnBranch(map, origin, branch);
    return { branch: branch ?? origin.names[0], walked: walkDown(map, start, -steps, { stopsAtEnd }) };
  }
  if (steps < 0) {
    const start = revisionNamed(map, symbolOf({ branch, symbol, steps }));
    return { branch, walked: walkDown(map, start, -steps, { stopsAtEnd }) };
  }
  const choose = branch === undefined ? undefined : lineageFilter(map, branch);
  return { branch, walked: walk(map, revisionNamed(map, symbol), steps, { choose, stopsAtEnd }) };
}

function firstOf(origin: Origin, target: string): Revision | undefined {
  const first = origin.names[0];
  if (first === undefined) throw new RelativeOutOfRangeError(target);
  return origin.find(first, first);
}

function startOnBranch(map: RevisionMap, origin: Origin, branch: string): Revision {
  const found = origin.names.flatMap(name => origin.find(name) ?? []);
  const rows = onLineage(map, found, branch);
  const tips = rows.length > 0 ? rows : onLineage(map, currentTips(origin.revisions()), branch);
  if (tips.length !== 1) throw new AmbiguousDowngradeError(branch, idsOf(tips));
  return identified(map, tips[0]!.id, branch);
}

/** The lowest revisions to remove. */
function rootsAbove(
  map: RevisionMap,
  revision: Revision | undefined,
  branch: string | undefined,
  target: string,
): readonly Revision[] {
  // A labelled base counts twice in Alembic, so that a branch is asked for even where it is the only base.
  const roots = revision ? revision.children : [...map.byName.values()].filter(one => one.down.length === 0);
  if (branch === undefined || roots.length < 2) return roots;
  const towards = reachable([branchNamed(map, branch)], down);
  const chosen = roots.filter(root => towards.has(root));
  if (chosen.length === 0) throw new InvalidDowngradeTargetError(target, branch);
  return chosen;
}
