import { expressionFrom } from './column-types.ts';
import {
  columnOf,
  tableOf,
  type CheckModel,
  type ColumnModel,
  type EntitySet,
  type ExclusionModel,
  type IndexModel,
  type RelationModel,
  type TableModel,
} from './entity-set.ts';

/** The properties of an entity that an index or a unique constraint is on. */
export const propertiesOf = (table: TableModel, columns: readonly string[]): readonly string[] =>
  columns.map(id => {
    const { embedded, name } = columnOf(table, id)!;
    return embedded !== undefined && table.form === 'class' ? `${embedded}.${name}` : name;
  });

export function indexOptions(table: TableModel, { unique, presentOnly }: IndexModel) {
  const column = presentOnly === undefined ? undefined : columnOf(table, presentOnly);
  return { unique, where: column && `"${column.name}" IS NOT NULL` };
}

export const demandOf = (table: TableModel, { column, demand }: CheckModel): string =>
  `"${columnOf(table, column)!.name}"${demand}`;

export const exclusionOf = (table: TableModel, { column }: ExclusionModel): string =>
  `USING gist ("${columnOf(table, column)!.name}" WITH &&)`;

/** What makes a column a generated one. */
export function generationOf({ computedFrom }: ColumnModel, table: TableModel) {
  if (computedFrom === undefined) return {};
  return { asExpression: expressionFrom(columnOf(table, computedFrom)!), generatedType: 'STORED' };
}

export function joinColumnOf({ name, references, target }: RelationModel, set: EntitySet) {
  const column = references === undefined ? undefined : columnOf(tableOf(set, target)!, references);
  return { name, referencedColumnName: column && propertiesOf(tableOf(set, target)!, [column.id])[0] };
}
