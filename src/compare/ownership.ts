import { addressText, renamedAddress, type Address, type AddressText, type Effect } from '../objects/address.ts';
import { effectOf } from '../objects/effects.ts';
import { builtIn, kindMaking, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import type { FilterType } from '../objects/object-kind.ts';
import type { Table } from '../objects/tables/table.ts';
import { typeNameIn } from '../sql/name.ts';
import { leaveAlone, type Decision } from './leave-alone.ts';
import { inOtherForm } from './other-form.ts';
import type { Owned, OwnedObject } from './owned.ts';
import { renamedByHand } from './renamed-by-hand.ts';
import { returnsIn, type RevisionOperations } from './returning.ts';

/**
 * Follow a history of operations: what they create is owned, under its newest name, until they drop it. What a revision
 * drops and creates again as it was, without owning it, was only detached for a while: it stays unmanaged. What it creates
 * otherwise under the same name is owned.
 * @param defaultSchema the schema whose objects go by their bare names
 */
export function ownedBy(
  revisions: readonly RevisionOperations[],
  registry: Registry = builtIn,
  defaultSchema = 'public',
): Owned {
  const owned = new Map<string, OwnedObject>();
  for (const revision of revisions) {
    const detached = new Map<string, OwnedObject>();
    const returns = returnsIn(revision, registry, defaultSchema);
    for (const operation of revision.upgrade) {
      const kind = kindMaking(operation.op, registry)?.filterType ?? '';
      const effect = effectOf(operation, registry, defaultSchema);
      follow(effect, kind, { owned, detached }, address => returns(operation, address));
    }
  }
  return owned;
}

/**
 * What operations drop, though none of a history has created it, in words: on an empty database, to which only that history
 * was applied, it is missing. Of a history that owns nothing, or that does what no operation tells, nothing is known.
 */
export function missingOnEmpty(
  history: readonly RevisionOperations[],
  operations: readonly Operation[],
  registry: Registry = builtIn,
  defaultSchema = 'public',
): readonly string[] {
  const owned = new Map(ownedBy(history, registry, defaultSchema));
  if (history.some(({ isPartial }) => isPartial)) return [];
  if (![...owned.values()].some(({ place }) => place === 'relation')) return [];
  const missing = new Set<string>();
  for (const operation of operations) {
    const kind = kindMaking(operation.op, registry)?.filterType ?? '';
    const effect = effectOf(operation, registry, defaultSchema);
    for (const address of effect.drops ?? []) {
      const isKnown = address.place !== 'comment' && (address.table === undefined || isOwned(address.table, owned));
      if (isKnown && !owned.has(addressText(address))) missing.add(inWords(address, kind));
    }
    follow(effect, kind, { owned, detached: new Map() }, () => false);
  }
  return [...missing];
}

const inWords = ({ place, table, name }: Address, kind: FilterType): string =>
  `${place === 'relation' ? kind.replaceAll('_', ' ') : place} ${name}${table === undefined ? '' : ` of ${table}`}`;

type Objects = Map<string, OwnedObject>;

interface Followed {
  readonly owned: Objects;
  /** What is dropped without being owned. */
  readonly detached: Objects;
}

function follow(
  effect: Effect,
  kind: FilterType,
  { owned, detached }: Followed,
  returns: (address: Address) => boolean,
): void {
  for (const address of effect.drops ?? []) {
    if (!owned.delete(addressText(address))) detached.set(addressText(address), { ...address, kind });
    if (address.place === 'relation') dropParts(owned, address.name);
  }
  for (const address of effect.creates ?? []) {
    const isBack = detached.delete(addressText(address)) && returns(address);
    if (!isBack) owned.set(addressText(address), { ...address, kind });
  }
  for (const [from, to] of effect.renames ?? []) for (const objects of [owned, detached]) rename(objects, from, to);
}

/** What belongs to a relation goes with it. */
function dropParts(owned: Objects, relation: string): void {
  for (const [identity, { table }] of [...owned]) if (table === relation) owned.delete(identity);
}

/** What is owned stays owned under its new name. */
function rename(objects: Objects, from: Address, to: Address): void {
  const renamed = [...objects].flatMap(([identity, { kind, ...address }]) => {
    const now = renamedAddress(address, from, to);
    return now === address ? [] : [[identity, { ...now, kind }] as const];
  });
  for (const [identity] of renamed) objects.delete(identity);
  for (const [, object] of renamed) objects.set(addressText(object), object);
}

/**
 * The target together with the unmanaged objects of the database, which stay as they are. Only what the project's own revisions created is theirs
 * to drop; of a table that was there before the first revision, and that an entity declares, all parts are the project's.
 */
export function keepUnmanaged(live: Schema, target: Schema, owned: Owned, registry?: Registry): Schema {
  const ours = new Set([...renamedByHand(live, target, owned), ...inOtherForm(live, target)]);
  const adopted = adoptedTypes(live, target, owned);
  const isOurs = (identity: AddressText, type: FilterType): boolean => {
    const own = owned.get(identity);
    // Others may have put a view in the place of the table that a revision created.
    return own !== undefined && (own.place !== 'relation' || own.kind === type);
  };
  const includes: Decision = ({ reflected, identity, table, type }) => {
    if (!reflected || ours.has(identity)) return true;
    if (table !== undefined && !isOwned(table, owned))
      return target.tables.has(table) || target.materializedViews.has(table);
    return isOurs(identity, type) || adopted.has(identity);
  };
  const decided = leaveAlone(live, target, includes, registry);
  return {
    ...decided,
    tables: keepComments(live, decided, owned),
    foreignKeys: withoutOwnKeysTo(decided, live, owned),
  };
}

/** A foreign key that a revision created on an unmanaged table goes with the table it refers to; its columns stay. */
const withoutOwnKeysTo = ({ tables, foreignKeys }: Schema, live: Schema, owned: Owned): Schema['foreignKeys'] =>
  new Map(
    [...foreignKeys].filter(([, key]) => {
      const goes = live.tables.has(key.references.table) && !tables.has(key.references.table);
      return !goes || !owned.has(addressText({ place: 'constraint', table: key.table, name: key.name }));
    }),
  );

const isOwned = (relation: string, owned: Owned): boolean =>
  owned.has(addressText({ place: 'relation', name: relation }));

/** A type that columns of adopted tables have is as much the project's as they are. */
export const adoptedTypes = (live: Schema, target: Schema, owned: Owned): ReadonlySet<string> =>
  new Set(
    [...live.tables.values()]
      .filter(({ name }) => target.tables.has(name) && !isOwned(name, owned))
      .flatMap(({ columns }) => columns.map(({ type }) => addressText({ place: 'type', name: typeNameIn(type) }))),
  );

/** Comments that a database administrator wrote stay, as long as no entity has one of its own. */
function keepComments(live: Schema, decided: Schema, owned: Owned): Schema['tables'] {
  return new Map(
    [...decided.tables].map(([name, table]) => {
      const lives = live.tables.get(name);
      return [name, lives && isOwned(name, owned) ? withComments(table, lives, owned) : table];
    }),
  );
}

function withComments(table: Table, live: Table, owned: Owned): Table {
  const lives = new Map(live.columns.map(column => [column.name, column.comment]));
  const kept = (column: string, own: string | undefined, other: string | undefined) => {
    const isOthers = !owned.has(addressText({ place: 'comment', table: table.name, name: column }));
    return own === undefined && other !== undefined && isOthers ? { comment: other } : {};
  };
  return {
    ...table,
    ...kept('', table.comment, live.comment),
    columns: table.columns.map(column => ({
      ...column,
      ...kept(column.name, column.comment, lives.get(column.name)),
    })),
  };
}
