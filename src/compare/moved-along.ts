import { replacedName } from '../objects/enums.ts';
import { objectsIn, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import { tables } from '../objects/tables/index.ts';
import type { Table } from '../objects/tables/table.ts';
import { bareName, besides, nameParts, type QualifiedName } from '../sql/name.ts';
import { NameTakenError } from './new-names.ts';
import { renameIn } from './rename-in.ts';

/** A table by its names before and after. */
interface Move {
  readonly from: QualifiedName;
  readonly to: QualifiedName;
}

/** A database before and after operations. */
interface Operated {
  readonly former: Schema;
  readonly schema: Schema;
  readonly operations: readonly Operation[];
}

/**
 * Indexes, keys and sequences move along with their table. These renames set their names free in its new schema: the
 * index or key that has such a name there goes by a name of its own meanwhile, or else the one that moves.
 */
export function asidesOfMove(schema: Schema, { from, to }: Move, kinds: Registry): readonly Operation[] {
  if (nameParts(from).schema === nameParts(to).schema) return [];
  const taken = new Set(relationsIn(schema, kinds));
  const asideOf = (name: QualifiedName): QualifiedName => {
    const aside = replacedName(name);
    return [from, to].some(table => taken.has(besides(table, bareName(aside)))) ? asideOf(aside) : aside;
  };
  return movingAlong(schema, from).flatMap(part => {
    const wanted = besides(to, bareName(part));
    if (!taken.has(wanted)) return [];
    return partRename(schema, wanted, asideOf(wanted)) ?? partRename(schema, part, asideOf(part)) ?? [];
  });
}

/**
 * The target where what no entity declares has the name back that a move took from it: it would keep the other one for good.
 * @param former the database before the operations
 * @param renamed the database after them
 * @throws NameTakenError where something else shall have that name
 */
export function withNamesBack(
  target: Schema,
  { former, schema: renamed, operations }: Operated,
  { kinds, defaultSchema }: { readonly kinds: Registry; readonly defaultSchema: string },
): Schema {
  const before = new Set(relationsIn(former, kinds));
  const asides = relationsIn(renamed, kinds).filter(name => !before.has(name));
  const pairs = operations.toReversed().flatMap(operation => {
    if (operation.op !== 'renameIndex' && operation.op !== 'renameConstraint') return [];
    const [name, aside] = [bareName(operation.from), bareName(operation.to)];
    return asides.filter(each => bareName(each) === aside).map(each => [each, besides(each, name)] as const);
  });
  return pairs.reduce((current, [aside, name]) => {
    const back = partRename(current, aside, name);
    if (!back) return current;
    if (relationsIn(current, kinds).includes(name))
      throw new NameTakenError(ownerOf(current, name), ownerOf(current, aside, name));
    return renameIn(current, back, defaultSchema, kinds);
  }, target);
}

const relationsIn = (schema: Schema, kinds: Registry): readonly QualifiedName[] =>
  Object.entries(kinds).flatMap(([name, kind]) =>
    kind.namespace === 'relation'
      ? [...objectsIn(schema, name).values()].flatMap((each): readonly QualifiedName[] => [
          kind.nameOf(each),
          ...(kind.namesTaken?.(each) ?? []),
          ...(kind.namesPreferred?.(each) ?? []),
        ])
      : [],
  );

function movingAlong({ tables: all, indexes }: Schema, name: QualifiedName): readonly QualifiedName[] {
  const table = all.get(name);
  return [
    ...(table ? [...tables.namesTaken!(table), ...tables.namesPreferred!(table)] : []),
    ...[...indexes.values()].filter(index => index.table === name).map(index => index.name),
  ];
}

/** The rename of an index or a key; undefined where neither has the name. */
function partRename({ tables: all, indexes }: Schema, from: QualifiedName, to: QualifiedName): Operation | undefined {
  if (indexes.has(from)) return { op: 'renameIndex', from, to };
  const isKeyOf = (table: Table) => tables.namesTaken!(table).includes(from);
  const table = [...all.values()].find(isKeyOf)?.name;
  return table === undefined ? undefined : { op: 'renameConstraint', table, from: bareName(from), to: bareName(to) };
}

/** As in `index i of ticket`. */
function ownerOf(schema: Schema, name: QualifiedName, called = name): string {
  const index = schema.indexes.get(name);
  if (index) return `index ${called} of ${index.table}`;
  const key = partRename(schema, name, name);
  return key?.op === 'renameConstraint' ? `constraint ${called} of ${key.table}` : `relation ${called}`;
}
