import type { Identity } from '../objects/address.ts';
import type { AnyKind } from '../objects/kinds.ts';
import { besides, typeNameIn, type QualifiedName } from '../sql/name.ts';
import type { Change } from './order.ts';

/** An object before and after, as far as its names go. */
interface Named {
  readonly identity: Identity;
  readonly kind: AnyKind;
  readonly before: unknown;
  readonly after: unknown;
}

/**
 * The changes with the names among relations and types that each takes and sets free, where one takes what another one has
 * until then: a key or an index may get the name of one that goes, on whatever table, and a table that of an enum.
 */
export function withNames(objects: readonly Named[], changes: readonly Change[]): readonly Change[] {
  const dropped = new Map(changes.filter(({ phase }) => phase === 'drop').map(change => [change.identity, change]));
  const takenBy = (each: Named) =>
    namesLeft(each.kind, each.after, dropped.has(each.identity) ? undefined : each.before);
  const wanted = new Set(objects.flatMap(takenBy));
  const frees = new Map<Change | undefined, QualifiedName[]>();
  for (const each of objects) {
    const left = namesLeft(each.kind, each.before, dropped.has(each.identity) ? undefined : each.after);
    for (const name of left.filter(one => wanted.has(one))) {
      const holder = holderOf(each, name, changes, dropped);
      frees.set(holder, [...(frees.get(holder) ?? []), name]);
    }
  }
  if (frees.size === 0) return changes;
  const takes = new Map(objects.map(each => [each.identity, takenBy(each)]));
  return changes.map(change => ({
    ...change,
    takes: (change.phase === 'make' && takes.get(change.identity)) || [],
    frees: frees.get(change) ?? [],
  }));
}

/** The names that one state of an object has, and another one has not. */
function namesLeft(kind: AnyKind, object: unknown, other: unknown): readonly QualifiedName[] {
  const names = namesIn(kind, object);
  if (names.length === 0 || other === undefined) return names;
  const others = namesIn(kind, other);
  return names.filter(name => !others.includes(name));
}

/** Those among types are told apart by a word: an index may have the name of an enum. */
function namesIn(kind: AnyKind, object: unknown): readonly QualifiedName[] {
  if (object === undefined) return [];
  const name = kind.nameOf(object);
  if (kind.namespace === 'type') return [`type ${typeNameIn(name)}`];
  return [
    ...(kind.namespace === 'relation' ? [name] : []),
    ...(kind.makesType ? [`type ${name}`] : []),
    ...(kind.namesTaken?.(object) ?? []),
    ...(kind.namesPreferred?.(object) ?? []),
  ];
}

/** The change that frees an object's name. What is dropped with its table has no operation of its own. */
function holderOf(
  { identity, kind, before }: Named,
  name: QualifiedName,
  changes: readonly Change[],
  dropped: ReadonlyMap<Identity, Change>,
): Change | undefined {
  const drop = dropped.get(identity);
  if (drop) return drop.operations.length > 0 || !kind.owner ? drop : dropped.get(`relation:${kind.owner(before)}`);
  const own = changes.filter(change => change.identity === identity);
  const removes = ({ phase, operations }: Change) =>
    phase === 'detach' && operations.some(each => isRemovalOf(each, name));
  return own.find(removes) ?? own.find(({ phase }) => phase === 'make');
}

const isRemovalOf = (operation: object, name: QualifiedName): boolean => {
  const { op, table, name: own } = operation as { op: string; table?: QualifiedName; name?: string };
  return op === 'dropConstraint' && besides(table!, own!) === name;
};
