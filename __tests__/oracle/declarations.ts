import { expressionFrom } from './column-types.ts';
import {
  columnOf,
  foreignKeyColumns,
  keysOf,
  propertyOf,
  tableOf,
  type CheckModel,
  type ColumnModel,
  type EntitySet,
  type ExclusionModel,
  type IndexModel,
  type RelationModel,
  type TableModel,
} from './entity-set.ts';
import { givenName } from './naming.ts';

/** The path of a column's property from its entity on. */
const pathOf = (column: ColumnModel): string =>
  column.embedded === undefined ? propertyOf(column) : `${column.embedded}.${propertyOf(column)}`;

/** The properties of an entity that an index or a unique constraint is on. */
export const propertiesOf = (table: TableModel, columns: readonly string[]): readonly string[] =>
  columns.map(id => pathOf(columnOf(table, id)!));

export function indexOptions(table: TableModel, { unique, presentOnly, type, spatial }: IndexModel) {
  const column = presentOnly === undefined ? undefined : columnOf(table, presentOnly);
  return { unique, type, spatial, where: column && `"${column.name}" IS NOT NULL` };
}

export const demandOf = (table: TableModel, { column, demand }: CheckModel): string =>
  `"${columnOf(table, column)!.name}"${demand}`;

export const exclusionOf = (table: TableModel, { column }: ExclusionModel): string =>
  `USING gist ("${columnOf(table, column)!.name}" WITH &&)`;

/** What a column's decorator is given. */
export const columnOptions = (column: ColumnModel, table: TableModel, { naming }: EntitySet) => ({
  ...column.options,
  ...givenName(column, naming),
  ...generationOf(column, table),
});

/** What makes a column a generated one. */
function generationOf({ computedFrom }: ColumnModel, table: TableModel) {
  if (computedFrom === undefined) return {};
  return { asExpression: expressionFrom(columnOf(table, computedFrom)!), generatedType: 'STORED' };
}

/** The columns of a foreign key, each with the one that it refers to. */
export function joinColumnsOf(relation: RelationModel, set: EntitySet) {
  const target = tableOf(set, relation.target)!;
  const keys = relation.references === undefined ? keysOf(target) : [columnOf(target, relation.references)!];
  const isOrdinary = keys.length === 1 && relation.references === undefined;
  return foreignKeyColumns(relation, set).map((name, at) => ({
    name,
    referencedColumnName: isOrdinary ? undefined : propertyOf(keys[at]!),
  }));
}

export function joinTableOf({ name, junctionColumns }: RelationModel) {
  const [own, inverse] = junctionColumns ?? [];
  return { name, joinColumn: own && { name: own }, inverseJoinColumn: inverse && { name: inverse } };
}

/** The relations of other entities to this one that it has a property for. */
export const inverseRelationsOf = (table: TableModel, set: EntitySet) =>
  set.tables.flatMap(owner =>
    owner.relations
      .filter(({ target, inverse }) => target === table.id && inverse)
      .map(relation => ({ owner, relation, property: inversePropertyOf(relation)! })),
  );

export const inversePropertyOf = ({ property, inverse }: RelationModel): string | undefined =>
  inverse && `back_${property}`;

export const INVERSE_KINDS = {
  'many-to-one': 'one-to-many',
  'one-to-one': 'one-to-one',
  'many-to-many': 'many-to-many',
} as const;
