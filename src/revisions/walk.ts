import { AmbiguousWalkError } from './errors.ts';
import { idsOf } from './reachable.ts';
import type { Revision, RevisionMap } from './revision.ts';

/** Where a walk ends: at a revision, at the base below all revisions, or (undefined) beyond the end of the history. */
export type Walked = Revision | 'base' | undefined;

export interface WalkOptions {
  /** Which of several ways upward may be taken. */
  readonly choose?: ((ways: readonly Revision[]) => readonly Revision[]) | undefined;
  /** Whether a walk beyond the end stops there instead of leading nowhere. */
  readonly stopsAtEnd?: boolean;
}

/** Goes up the given number of revisions (down for a negative one) from a revision, or from the base. */
export function walk(map: RevisionMap, start: Revision | undefined, steps: number, options: WalkOptions = {}): Walked {
  return steps > 0 ? walkUp(map, start, steps, options) : walkDown(map, start, -steps, options);
}

/** Goes down the given number of revisions; from the base (undefined) the first step is to the head, as in Alembic. */
export function walkDown(
  map: RevisionMap,
  start: Revision | undefined,
  steps: number,
  { stopsAtEnd = false }: WalkOptions = {},
): Walked {
  let walked: Walked = start;
  for (let step = 0; step < steps; step++) {
    if (walked === 'base') return stopsAtEnd ? 'base' : undefined;
    const ways: readonly Revision[] = walked ? walked.down : map.heads;
    if (ways.length > 1) throw new AmbiguousWalkError(walked?.id ?? 'the heads', idsOf(ways), 'down');
    walked = ways[0] ?? 'base';
  }
  return walked;
}

function walkUp(map: RevisionMap, start: Revision | undefined, steps: number, options: WalkOptions): Walked {
  const { choose = ways => ways, stopsAtEnd = false } = options;
  let revision = start;
  for (let step = 0; step < steps; step++) {
    const ways: readonly Revision[] = choose(revision ? revision.children : map.bases);
    if (ways.length === 0) return stopsAtEnd ? revision : undefined;
    if (ways.length > 1) throw new AmbiguousWalkError(revision?.id ?? 'base', idsOf(ways), 'up');
    revision = ways[0];
  }
  return revision;
}
