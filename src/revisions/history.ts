import { downgradeTarget } from './downgrade.ts';
import {
  BranchNotFoundError,
  HistoryRangeSyntaxError,
  RangeNotAncestorError,
  RelativeOutOfRangeError,
} from './errors.ts';
import { type Bound, originOf } from './origin.ts';
import { children, closureOf, reachable } from './reachable.ts';
import { revisionNamed, walkedNamed } from './resolve.ts';
import type { Revision, RevisionMap } from './revision.ts';
import { newestFirst } from './topological.ts';
import { upgradeTargets } from './upgrade.ts';
import type { Walked } from './walk.ts';

/**
 * What `history` lists for a range, newest first: `start:end`, either side possibly empty, a name, relative, or
 * `current` for what the version table holds; everything without a range.
 */
export function historyRange(map: RevisionMap, range: string | undefined, rows: readonly string[]): Revision[] {
  const sides = range === undefined ? ['', ''] : range.trim().split(':');
  const [start, end] = sides;
  if (start === undefined || end === undefined || sides.length > 2) throw new HistoryRangeSyntaxError(range ?? '');
  // Alembic replaces only one `current`; in `current:current` the other is an unknown name.
  const upper = end === 'current' ? rows : end;
  const lower = start === 'current' && end !== 'current' ? rows : start;
  return revisionsBetween(map, lower.length > 0 ? lower : 'base', upper.length > 0 ? upper : 'heads');
}

/**
 * The revisions from the upper bound down to the lower one, both included, newest first. From `branch@base` on, only
 * what the branch's heads need is meant.
 */
export function revisionsBetween(map: RevisionMap, lower: Bound, upper: Bound): Revision[] {
  const all = upgradeTargets(map, originOf(map, lower), upper, { stopsAtEnd: true });
  const targets = typeof lower === 'string' && lower.includes('@') ? onBranchOf(map, lower, all) : all;
  const required = closureOf(targets);
  const start = startOf(map, lower, upper, required);
  if (start.length === 0) return newestFirst(required, targets);
  const before = closureOf(start);
  const above = reachable(start, children);
  const wanted = [...required, ...start].filter(one => above.has(one) && (!before.has(one) || start.includes(one)));
  return newestFirst(new Set(wanted), targets);
}

function onBranchOf(map: RevisionMap, name: string, revisions: readonly Revision[]): readonly Revision[] {
  const branch = name.slice(0, name.indexOf('@'));
  const label = labelOf(revisionNamed(map, branch), branch);
  return revisions.filter(revision => revision.labels.has(label));
}

/** The branch label to go by; where the branch is given by a revision's id, the one label it has. */
function labelOf(revision: Revision | undefined, branch: string): string {
  if (revision?.id !== branch) return branch;
  const [label, ...others] = revision.labels;
  if (label === undefined || others.length > 0) throw new BranchNotFoundError(branch, [...revision.labels]);
  return label;
}

function startOf(map: RevisionMap, lower: Bound, upper: Bound, required: ReadonlySet<Revision>): readonly Revision[] {
  const start: readonly Walked[] =
    typeof lower === 'string' ? walkedNamed(map, lower) : originOf(map, lower).revisions();
  if (start.some(walked => walked !== undefined && (walked === 'base' || !required.has(walked)))) {
    throw new RangeNotAncestorError(nameOf(lower), nameOf(upper));
  }
  if (start.length > 0 && start[0] === undefined) return startBelow(map, nameOf(lower), upper);
  return start.map(walked => {
    if (walked === undefined || walked === 'base') throw new RelativeOutOfRangeError(nameOf(lower));
    return walked;
  });
}

/** A `-N` that leads below the bases from the heads counts from the upper bound instead, and stops at the base. */
function startBelow(map: RevisionMap, lower: string, upper: Bound): readonly Revision[] {
  const { revision } = downgradeTarget(map, originOf(map, upper), lower, { stopsAtEnd: true });
  return revision ? [revision] : [];
}

function nameOf(bound: Bound): string {
  return typeof bound === 'string' ? bound : bound.join(', ');
}
