import { addressText, type Address, type AddressText } from '../objects/address.ts';
import type { Schema } from '../objects/kinds.ts';
import { bareName } from '../sql/name.ts';

/** What a unique index and a unique constraint have in common. */
interface UniqueKey {
  readonly identity: AddressText;
  readonly place: Address['place'];
  /** The table, the name, and the columns. */
  readonly sense: string;
}

/**
 * The identities of unique indexes of the database that the entities declare as a unique constraint under the same name on
 * the same columns, and of constraints that they declare as an index. One name says that the two are one thing, whoever made
 * it: it becomes the project's, and takes the form that is declared.
 */
export function inOtherForm(live: Schema, target: Schema): ReadonlySet<string> {
  const declared = new Map(uniqueKeysOf(target).map(({ sense, place }) => [sense, place]));
  const others = uniqueKeysOf(live).filter(({ sense, place }) => (declared.get(sense) ?? place) !== place);
  return new Set(others.map(({ identity }) => identity));
}

const uniqueKeysOf = (schema: Schema): readonly UniqueKey[] => [
  ...[...schema.indexes.values()]
    .filter(({ unique, where, columns }) => unique && where === undefined && columns.every(isPlain))
    .map(({ name, table, columns }) => uniqueKey({ place: 'relation', name }, table, bareName(name), columns)),
  ...[...schema.tables.values()].flatMap(({ name: table, uniques = [] }) =>
    uniques.map(({ name, columns }) => uniqueKey({ place: 'constraint', table, name }, table, name, columns)),
  ),
];

const isPlain = (key: unknown): boolean => typeof key === 'string';

const uniqueKey = (address: Address, table: string, name: string, columns: readonly unknown[]): UniqueKey => ({
  identity: addressText(address),
  place: address.place,
  sense: JSON.stringify([table, name, columns]),
});
