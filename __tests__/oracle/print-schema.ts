import { demandOf, exclusionOf, generationOf, indexOptions, joinColumnOf, propertiesOf } from './declarations.ts';
import { tableOf, type ColumnModel, type EntitySet, type RelationModel, type TableModel } from './entity-set.ts';
import { literal } from './source-text.ts';

/** A table as an EntitySchema. */
export function printSchema(table: TableModel, set: EntitySet): string {
  const { entity: name, name: tableName, schema, comment } = table;
  const contents = {
    name,
    tableName,
    schema,
    comment,
    columns: Object.fromEntries(table.columns.map(column => [column.name, schemaColumn(column, table)])),
    indices: table.indices.map(index => ({
      name: index.name,
      columns: propertiesOf(table, index.columns),
      ...indexOptions(table, index),
    })),
    uniques: table.uniques.map(unique => ({ name: unique.name, columns: propertiesOf(table, unique.columns) })),
    checks: table.checks.map(check => ({ name: check.name, expression: demandOf(table, check) })),
    exclusions: table.exclusions.map(each => ({ name: each.name, expression: exclusionOf(table, each) })),
    relations: Object.fromEntries(table.relations.map(each => [each.property, schemaRelation(each, set)])),
  };
  return `export const ${name} = new EntitySchema<any>(${literal(contents)});\n`;
}

const SPECIAL = { create: 'createDate', update: 'updateDate', delete: 'deleteDate', version: 'version' } as const;

function schemaColumn(column: ColumnModel, table: TableModel) {
  const { key, options, special } = column;
  if (special !== undefined) return { ...options, [SPECIAL[special]]: true };
  if (key === undefined) return { ...options, ...generationOf(column, table) };
  return { ...options, primary: true, generated: key === 'given' ? undefined : key };
}

function schemaRelation(relation: RelationModel, set: EntitySet) {
  const { kind, name, options } = relation;
  const target = tableOf(set, relation.target)!.entity;
  const join = kind === 'many-to-many' ? { joinTable: { name } } : { joinColumn: joinColumnOf(relation, set) };
  return { type: kind, target, ...options, ...join };
}
