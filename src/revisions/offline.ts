import {
  DowngradeNeedsRangeError,
  PurgeOfflineError,
  RangeNotAllowedError,
  RangeSyntaxError,
  RevisionNotFoundError,
  StampStartsError,
} from './errors.ts';
import { revisionNamed } from './resolve.ts';
import type { RevisionMap } from './revision.ts';

/** What a command works on: the rows it finds in the version table, and where it leads. */
export interface Course {
  readonly heads: readonly string[];
  readonly target: string;
}

/** Throws a RangeNotAllowedError for `A:B`, which has a meaning only in SQL scripts. */
export function assertNoRange(target: string): void {
  if (target.includes(':')) throw new RangeNotAllowedError(target);
}

/** Reads the target of `upgrade --sql`: `start:end`, or an end to reach from the base. */
export function offlineUpgrade(map: RevisionMap, target: string): Course {
  return target.includes(':') ? courseOf(map, target) : { heads: [], target };
}

/** Reads the target of `downgrade --sql`, which must be `start:end`. */
export function offlineDowngrade(map: RevisionMap, target: string): Course {
  if (!target.includes(':')) throw new DowngradeNeedsRangeError(target);
  return courseOf(map, target);
}

/** Reads the targets of `stamp --sql`, each possibly with the one revision the table is said to hold before it. */
export function offlineStamp(
  map: RevisionMap,
  targets: readonly string[],
  { purge = false } = {},
): { readonly heads: readonly string[]; readonly targets: readonly string[] } {
  if (purge) throw new PurgeOfflineError();
  const ranges = targets.filter(target => target.includes(':')).map(sidesOf);
  const starts = [...new Set(ranges.map(([start]) => start))];
  if (starts.length > 1) throw new StampStartsError(starts);
  return {
    heads: starts.flatMap(start => headsAt(map, start)),
    targets: targets.map(target => (target.includes(':') ? sidesOf(target)[1] : target)),
  };
}

function courseOf(map: RevisionMap, range: string): Course {
  const [start, target] = sidesOf(range);
  return { heads: headsAt(map, start), target };
}

function sidesOf(range: string): readonly [string, string] {
  const [start, end, ...others] = range.split(':');
  if (!start || end === undefined || others.length > 0) throw new RangeSyntaxError(range);
  return [start, end];
}

/** The rows of a version table that stands at the given revision. */
function headsAt(map: RevisionMap, start: string): readonly string[] {
  if (start === 'base') return [];
  const revision = revisionNamed(map, start);
  if (!revision) throw new RevisionNotFoundError(start, ['base']);
  return [revision.id];
}
