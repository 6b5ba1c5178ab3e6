import { bareName, besides, partName, splitPartName, type QualifiedName } from '../sql/name.ts';

/** PostgreSQL's own namespaces: a view and a table cannot share a name, a table and a type's label can. */
export type Namespace =
  | 'schema'
  | 'extension'
  | 'relation'
  | 'type'
  | 'function'
  | 'constraint'
  | 'policy'
  | 'trigger'
  | 'rule'
  | 'statistics';

/** `relation:ticket`: an object's name among all objects of a database. */
export type Identity = `${Namespace}:${string}`;

/** Where a name is unique: one of PostgreSQL's namespaces, or the columns or comments of a table. */
export type Place = Namespace | 'column' | 'comment' | 'primaryKey';

/** What tells an object, or a part of a table, from all others of a database. */
export interface Address {
  readonly place: Place;
  /** The relation that it is part of, and goes with. */
  readonly table?: QualifiedName;
  /** A bare name where the table is the place, as for columns and constraints; of a table's own comment, `''`. */
  readonly name: string;
}

export type Renaming = readonly [from: Address, to: Address];

/** What an operation does to the names of a database. */
export interface Effect {
  readonly creates?: readonly Address[];
  readonly drops?: readonly Address[];
  readonly renames?: readonly Renaming[];
}

interface Rename {
  readonly from: string;
  readonly to: string;
}

/** The effect of a rename of an object, which stays in its schema whether the new name says so or not. */
export const renames = (place: Namespace, { from, to }: Rename): Effect =>
  moves(place, { from, to: besides(from, bareName(to)) });

/** The effect of a move to another schema. */
export const moves = (place: Namespace, { from, to }: Rename): Effect => ({
  renames: [
    [
      { place, name: from },
      { place, name: to },
    ],
  ],
});

/** The effect of a rename of a part of a table. */
export const renamesPart = (place: Place, { table, from, to }: Rename & { readonly table: QualifiedName }): Effect => ({
  renames: [
    [
      { place, table, name: from },
      { place, table, name: to },
    ],
  ],
});

export type AddressText = Identity | `${'column' | 'comment' | 'primaryKey'}:${string}`;

const withinTables: ReadonlySet<Place> = new Set(['column', 'comment', 'constraint', 'policy', 'trigger', 'rule']);

/** An address as one text: `column:ticket.title`. */
export const addressText = ({ place, table, name }: Address): AddressText =>
  `${place}:${table !== undefined && withinTables.has(place) ? partName(table, name) : name}`;

/**
 * The inverse of {@link addressText}.
 * @param table the relation that an object with a name of its own is part of, such as an index
 */
export function addressOf(text: string, table?: QualifiedName): Address {
  const colon = text.indexOf(':');
  const [place, path] = [text.slice(0, colon) as Place, text.slice(colon + 1)];
  if (!withinTables.has(place)) return { place, name: path, ...(table !== undefined && { table }) };
  const { owner, name } = splitPartName(path);
  return { place, table: owner, name };
}

export const isSameAddress = (one: Address, other: Address): boolean => addressText(one) === addressText(other);

/** An address after a rename: parts go by the new name of their relation, and indexes move to its schema. */
export function renamedAddress(address: Address, from: Address, to: Address): Address {
  if (isSameAddress(address, from)) return { ...address, name: to.name };
  if (from.place === 'relation' && address.place === 'primaryKey' && address.name === from.name)
    return { ...address, name: to.name };
  if (from.place !== 'relation' || address.table !== from.name) return address;
  const moves = address.place === 'relation';
  return { ...address, table: to.name, ...(moves && { name: besides(to.name, bareName(address.name)) }) };
}
