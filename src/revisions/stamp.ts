import { RelativeOutOfRangeError, StampConflictError } from './errors.ts';
import { idsOf, parents, reachable, successors } from './reachable.ts';
import { appliedRevisions, lineageFilter, walkedNamed } from './resolve.ts';
import type { Revision, RevisionMap } from './revision.ts';

/** One change of the version table: the rows in `from` become the row `to`, or vanish. */
interface Move {
  readonly from: readonly Revision[];
  readonly to: Revision | undefined;
  readonly direction: 'upgrade' | 'downgrade';
}

/**
 * What the version table holds after stamping: each target replaces the rows it shares lineage with (dependencies
 * included), or is added. As in Alembic, targets are compared with the rows found at the beginning, not with each other.
 */
export function stampedHeads(map: RevisionMap, rows: readonly string[], targets: readonly string[]): string[] {
  const current = appliedRevisions(map, rows);
  const requested = targets.length > 0 ? targets : ['base'];
  const affected = affectedBy(map, current, requested);
  const named = requested.flatMap(target => destinationsOf(map, target));
  const destinations = named.length > 0 ? named : [undefined];
  const moves = destinations.flatMap(to => movesTo(to, affected));
  const after = new Set(current);
  for (const move of moves) {
    if (move === undefined || !make(move, after)) throw new StampConflictError(requested, idsOf(current));
  }
  return idsOf(after);
}

function affectedBy(map: RevisionMap, current: readonly Revision[], targets: readonly string[]): readonly Revision[] {
  return [...new Set(targets.filter(Boolean).flatMap(target => related(map, current, target)))];
}

function related(map: RevisionMap, current: readonly Revision[], target: string): readonly Revision[] {
  return lineageFilter(map, target, { withDependencies: true })(current);
}

/** The revisions a target stands for. As in Alembic, `-N` may lead below the base, which is then meant, but not to it. */
function destinationsOf(map: RevisionMap, target: string): (Revision | undefined)[] {
  return walkedNamed(map, target).map(walked => {
    if (walked === 'base') throw new RelativeOutOfRangeError(target);
    return walked;
  });
}

/** How the affected rows become the given one: not at all where it is one of them; undefined where they cannot. */
function movesTo(to: Revision | undefined, affected: readonly Revision[]): (Move | undefined)[] {
  if (to === undefined) return affected.map(removal);
  if (affected.includes(to)) return [];
  const above = reachable([to], successors);
  const below = reachable([to], parents);
  const someAbove = affected.some(row => above.has(row));
  const someBelow = affected.some(row => below.has(row));
  if (someAbove && someBelow) return [undefined];
  if (someAbove) return [{ from: affected, to, direction: 'downgrade' }];
  return [{ from: someBelow ? affected : [], to, direction: 'upgrade' }];
}

function removal(row: Revision): Move {
  return { from: [row], to: undefined, direction: 'downgrade' };
}

/** Changes the rows; false where a row to take is gone or the row to add is there. */
function make({ from, to, direction }: Move, rows: Set<Revision>): boolean {
  if (to && rows.has(to)) return false;
  const gone = from.some(row => !rows.has(row));
  // A row that an earlier target moved on is no obstacle upward: the target is a line of its own then.
  if (direction === 'upgrade' && gone) return Boolean(to && rows.add(to));
  if (gone) return false;
  for (const row of from) rows.delete(row);
  if (to) rows.add(to);
  return true;
}
