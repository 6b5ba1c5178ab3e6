import type { AnyKind } from '../objects/kinds.ts';
import type { Identity } from '../objects/object-kind.ts';
import type { Change } from './order.ts';

/** An object that is dropped, for good or to be created again. */
export interface Drop {
  readonly identity: Identity;
  readonly kind: AnyKind;
  readonly object: unknown;
  /** What it depends on. */
  readonly left: readonly Identity[];
}

/**
 * The changes that drop objects. What belongs to a table that is dropped goes along with it, without an operation of its
 * own; the table then leaves before those its foreign keys lead to. Only in a ring of tables must the keys go first.
 */
export function dropChanges(drops: readonly Drop[]): readonly Change[] {
  const gone = new Set(drops.map(({ identity }) => identity));
  const ties = drops.flatMap(drop => tiesOf(drop, gone));
  const ringed = inRings(ties);
  const leadsAway = new Map<Identity, Identity[]>();
  for (const [owner, other] of ties) {
    if (!ringed.has(owner) || !ringed.has(other)) leadsAway.set(owner, [...(leadsAway.get(owner) ?? []), other]);
  }
  return drops.map(drop => {
    const { identity, kind, object } = drop;
    const owner = ownerOf(drop);
    const explicit =
      owner === undefined || !gone.has(owner) || tiesOf(drop, gone).some(tie => tie.every(each => ringed.has(each)));
    const left = [...drop.left, ...(leadsAway.get(identity) ?? [])];
    return { identity, phase: 'drop', operations: explicit ? kind.drop(object) : [], left, needs: [] };
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
