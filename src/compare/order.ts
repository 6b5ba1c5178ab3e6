import type { Identity } from '../objects/address.ts';
import type { AnyOperation } from '../objects/object-kind.ts';
import type { QualifiedName } from '../sql/name.ts';

/**
 * One object's share of a migration: it is dropped, what depends on a change is detached before it, it is made (created or
 * altered), or what is left of it is cleaned up.
 */
export interface Change {
  readonly identity: Identity;
  readonly phase: 'drop' | 'detach' | 'make' | 'clean';
  readonly operations: readonly AnyOperation[];
  /** What the object depended on before, and what it depends on after. */
  readonly left: readonly Identity[];
  readonly needs: readonly Identity[];
  /** The names among relations and types that it takes, and those that it sets free for others. */
  readonly takes?: readonly QualifiedName[];
  readonly frees?: readonly QualifiedName[];
}

/**
 * Sort changes so that each statement finds what it needs and nothing still leans on what it drops; where nothing is
 * demanded, they stay in the order they were given.
 */
export function order(changes: readonly Change[]): AnyOperation[] {
  const prerequisites = prerequisitesOf(changes);
  const sorted: Change[] = [];
  const state = new Map<Change, 'open' | 'done'>();
  const visit = (change: Change): void => {
    // A change that is met again while it is open closes a ring, as names that only look like references may: it is left out.
    if (state.has(change)) return;
    state.set(change, 'open');
    prerequisites.get(change)?.forEach(visit);
    state.set(change, 'done');
    sorted.push(change);
  };
  changes.forEach(visit);
  return sorted.flatMap(change => change.operations);
}

function prerequisitesOf(changes: readonly Change[]): ReadonlyMap<Change, ReadonlySet<Change>> {
  const of = (phase: Change['phase']) =>
    new Map(changes.filter(change => change.phase === phase).map(change => [change.identity, change]));
  const [drop, detach, make, clean] = [of('drop'), of('detach'), of('make'), of('clean')];
  const prerequisites = new Map<Change, Set<Change>>();
  const runs = (first: Change | undefined, then: Change | undefined) => {
    if (!first || !then || first === then) return;
    const set = prerequisites.get(then);
    if (set) set.add(first);
    else prerequisites.set(then, new Set([first]));
  };
  const holders = new Map(changes.flatMap(change => (change.frees ?? []).map(name => [name, change] as const)));
  for (const change of changes) {
    change.takes?.forEach(name => runs(holders.get(name), change));
    change.needs.forEach(identity => runs((change.phase === 'detach' ? detach : make).get(identity), change));
    change.left.forEach(identity => [drop, clean].forEach(phase => runs(change, phase.get(identity))));
    if (change.phase === 'make' || change.phase === 'clean') continue;
    // A schema that stays is never changed.
    for (const identity of [change.identity, ...change.left.filter(each => !each.startsWith('schema:'))]) {
      if (change.phase === 'drop') runs(change, detach.get(identity));
      runs(change, make.get(identity));
    }
  }
  return prerequisites;
}
