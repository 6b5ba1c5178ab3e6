import { addressText, type Address } from '../objects/address.ts';
import { foreignKeys } from '../objects/foreign-keys.ts';
import { indexes } from '../objects/indexes.ts';
import type { Schema } from '../objects/kinds.ts';
import type { FilterType } from '../objects/object-kind.ts';
import { tables } from '../objects/tables/index.ts';
import { constraintsOf, shapeOf } from '../objects/tables/constraints.ts';
import type { Owned, OwnedObject } from './owned.ts';

/** An index or constraint. */
interface Part {
  readonly identity: string;
  /** What may take its place: an index that of an index. */
  readonly sort: string;
  /** What is the same under another name. */
  readonly shape: string;
}

/**
 * The identities of what is the project's under a name that somebody gave it by hand: nothing has the name that a revision
 * gave, an undeclared object is the same otherwise, and the entities declare it. One that stands beside the declared one
 * is a duplicate, and unmanaged.
 */
export function renamedByHand(live: Schema, target: Schema, owned: Owned): ReadonlySet<string> {
  const [lives, declared] = [partsOf(live), partsOf(target)];
  const missing = [...declared.values()].filter(({ identity }) => !lives.has(identity));
  if (missing.length === 0) return new Set();
  const lost = new Set([...owned].filter(([identity]) => !lives.has(identity)).map(([, object]) => sortOf(object)));
  const others = [...lives.values()].filter(({ identity }) => !declared.has(identity));
  const renamed = new Set<string>();
  for (const { identity, sort, shape } of missing) {
    const alike = others.filter(other => other.sort === sort && other.shape === shape && !renamed.has(other.identity));
    const [found] = alike;
    const isLost = owned.has(identity) || lost.has(sort);
    if (found && isLost && !alike.some(other => owned.has(other.identity))) renamed.add(found.identity);
  }
  return renamed;
}

const partsOf = (schema: Schema): ReadonlyMap<string, Part> =>
  new Map(
    [...indexParts(schema), ...foreignKeyParts(schema), ...constraintParts(schema)]
      .sort((one, other) => (one.identity < other.identity ? -1 : 1))
      .map(part => [part.identity, part]),
  );

const indexParts = (schema: Schema): readonly Part[] =>
  [...schema.indexes.values()].map(index =>
    partOf(indexes.filterType, { place: 'relation', name: index.name }, indexes.rename!.shapeOf(index)),
  );

const foreignKeyParts = (schema: Schema): readonly Part[] =>
  [...schema.foreignKeys.values()].map(key =>
    partOf(foreignKeys.filterType, { place: 'constraint', ...key }, foreignKeys.rename!.shapeOf(key)),
  );

const constraintParts = (schema: Schema): readonly Part[] =>
  [...schema.tables.values()].flatMap(table =>
    constraintsOf(table).map(constraint =>
      partOf(
        tables.filterType,
        { place: 'constraint', table: table.name, name: constraint.name },
        `${table.name}:${shapeOf(constraint)}`,
      ),
    ),
  );

const partOf = (kind: FilterType, address: Address, shape: string): Part => ({
  identity: addressText(address),
  sort: sortOf({ ...address, kind }),
  shape,
});

/** The kind whose operations create it, and which of the things that they create it is. */
const sortOf = ({ kind, place }: OwnedObject): string => `${kind}:${place}`;
