import type { AnyKind } from '../objects/kinds.ts';
import type { Identity } from '../objects/address.ts';
import type { Change } from './order.ts';

/** An object that is dropped, for good or to be created again. */
export interface Drop {
  readonly identity: Identity;
  readonly kind: AnyKind;
  readonly object: unknown;
  /** What it depends on. */
  readonly left: readonly Identity[];
  /** It is created again. */
  readonly returns: boolean;
}

/**
 * The changes that drop objects. What belongs to a table that is dropped goes along with it, without an operation of its
 * own; the table then leaves before those its foreign keys lead to. The keys must go first in a ring of tables, and
 * where a table they lead to stays and changes: the key or the column they rest on may be what changes. What belongs to
 * a view that is created again is dropped by an operation, so that the history shows whose it was.
 * @param changing what stays and changes
 */
export function dropChanges(drops: readonly Drop[], changing: ReadonlySet<Identity>): readonly Change[] {
  const gone = new Set(drops.map(({ identity }) => identity));
  const ties = drops.flatMap(drop => tiesOf(drop, gone));
  const ringed = inRings(ties);
  const returning = new Set(drops.filter(({ returns }) => returns).map(({ identity }) => identity));
  const byItself = new Set(
    drops.filter(drop => !gone.has(ownerOf(drop) ?? 'relation:')).map(({ identity }) => identity),
  );
  const tables = new Set(drops.filter(({ kind }) => kind.storesRows).map(({ identity }) => identity));
  const leavesByItself = (each: Identity) => byItself.has(each) && !tables.has(each) && each.startsWith('relation:');
  const leadsAway = new Map<Identity, Identity[]>();
  for (const [owner, other] of ties) {
    if (!ringed.has(owner) || !ringed.has(other)) leadsAway.set(owner, [...(leadsAway.get(owner) ?? []), other]);
  }
  return drops.map(drop => {
    const { identity, kind, object } = drop;
    const owner = ownerOf(drop);
    const explicit =
      owner === undefined ||
      !gone.has(owner) ||
      returning.has(owner) ||
      tiesOf(drop, gone).some(tie => tie.every(each => ringed.has(each))) ||
      drop.left.some(each => each !== owner && (changing.has(each) || leavesByItself(each)));
    const left = [...drop.left, ...(leadsAway.get(identity) ?? [])];
    return { identity, phase: 'drop', operations: explicit ? kind.drop(object, drop.returns) : [], left, needs: [] };
  });
}

const ownerOf = ({ kind, object }: Drop): Identity | undefined => kind.owner && `relation:${kind.owner(object)}`;

type Tie = readonly [owner: Identity, other: Identity];

/** From a table to another one that is dropped too, by way of something that belongs to the first. */
function tiesOf(drop: Drop, gone: ReadonlySet<Identity>): readonly Tie[] {
  const owner = ownerOf(drop);
  if (owner === undefined || !gone.has(owner)) return [];
  return drop.left
    .filter(each => each !== owner && each.startsWith('relation:') && gone.has(each))
    .map(each => [owner, each] as const);
}

/** Whoever is left when all that nothing leads to, or that leads nowhere, has been taken away again and again. */
function inRings(ties: readonly Tie[]): ReadonlySet<Identity> {
  let rest = ties;
  for (;;) {
    const [from, to] = [new Set(rest.map(([owner]) => owner)), new Set(rest.map(([, other]) => other))];
    const kept = rest.filter(([owner, other]) => to.has(owner) && from.has(other));
    if (kept.length === rest.length) return new Set(rest.flat());
    rest = kept;
  }
}
