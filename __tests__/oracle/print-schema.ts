import {
  columnOptions,
  demandOf,
  exclusionOf,
  indexOptions,
  INVERSE_KINDS,
  inversePropertyOf,
  inverseRelationsOf,
  joinColumnsOf,
  joinTableOf,
  propertiesOf,
} from './declarations.ts';
import {
  code,
  propertyOf,
  tableOf,
  type ColumnModel,
  type EntitySet,
  type RelationModel,
  type TableModel,
} from './entity-set.ts';
import { literal } from './source-text.ts';

/** A table as an EntitySchema, with those that are embedded in it and those that share its table. */
export function printSchema(table: TableModel, set: EntitySet): string {
  const { entity, tree, children } = table;
  const columns = (list: readonly ColumnModel[]) =>
    Object.fromEntries(list.map(column => [propertyOf(column), schemaColumn(column, table, set)]));
  const embedded = [...new Set(table.columns.flatMap(({ embedded: name }) => name ?? []))].map(name => ({
    name,
    columns: table.columns.filter(column => column.embedded === name),
  }));
  const contents = {
    ...namesOf(table),
    columns: columns(table.columns.filter(({ embedded: name }) => name === undefined)),
    embeddeds: Object.fromEntries(
      embedded.map(({ name, columns: [first] }) => [
        name,
        { schema: code(`${entity}_${name}`), prefix: first!.prefixed ? undefined : false },
      ]),
    ),
    ...partsOf(table),
    relations: relationsOf(table, set),
    trees: tree === undefined ? undefined : [{ type: tree }],
    ...(children.length > 0 && {
      target: code(`${entity}Class`),
      inheritance: { pattern: 'STI', column: { type: 'varchar', name: 'kind' } },
    }),
  };
  return [
    ...embedded.map(
      each =>
        `const ${entity}_${each.name} = ${schemaText({ name: `${entity}_${each.name}`, columns: columns(each.columns) })}`,
    ),
    ...(children.length > 0 ? [`const ${entity}Class = class ${entity} {};`] : []),
    `export const ${entity} = ${schemaText(contents)}`,
    ...children.flatMap(child => [
      `const ${child.id}Class = class ${child.id} extends ${entity}Class {};`,
      `export const ${child.id} = ${schemaText({ name: child.id, target: code(`${child.id}Class`), type: 'entity-child', columns: columns(child.columns) })}`,
    ]),
  ].join('\n');
}

const schemaText = (contents: object): string => `new EntitySchema<any>(${literal(contents)});\n`;

const namesOf = ({ entity: name, name: tableName, schema, comment }: TableModel) => ({
  name,
  tableName,
  schema,
  comment,
});

const partsOf = (table: TableModel) => ({
  indices: table.indices.map(index => ({
    name: index.name,
    columns: propertiesOf(table, index.columns),
    ...indexOptions(table, index),
  })),
  uniques: table.uniques.map(unique => ({ name: unique.name, columns: propertiesOf(table, unique.columns) })),
  checks: table.checks.map(check => ({ name: check.name, expression: demandOf(table, check) })),
  exclusions: table.exclusions.map(each => ({ name: each.name, expression: exclusionOf(table, each) })),
});

const relationsOf = (table: TableModel, set: EntitySet) => ({
  ...Object.fromEntries(table.relations.map(each => [each.property, schemaRelation(each, set)])),
  ...Object.fromEntries(
    inverseRelationsOf(table, set).map(({ owner, relation, property }) => [
      property,
      { type: INVERSE_KINDS[relation.kind], target: owner.entity, inverseSide: relation.property },
    ]),
  ),
  ...(table.tree !== undefined && {
    parent: { type: 'many-to-one', target: table.entity, treeParent: true, inverseSide: 'subtree' },
    subtree: { type: 'one-to-many', target: table.entity, treeChildren: true, inverseSide: 'parent' },
  }),
});

const SPECIAL = { create: 'createDate', update: 'updateDate', delete: 'deleteDate', version: 'version' } as const;

function schemaColumn(column: ColumnModel, table: TableModel, set: EntitySet) {
  const { key, special } = column;
  const options = columnOptions(column, table, set);
  if (special !== undefined) return { ...options, [SPECIAL[special]]: true };
  if (key === undefined) return options;
  return { ...options, primary: true, generated: key === 'given' ? undefined : key };
}

function schemaRelation(relation: RelationModel, set: EntitySet) {
  const { kind, options } = relation;
  const target = tableOf(set, relation.target)!.entity;
  const columns = joinColumnsOf(relation, set);
  const join =
    kind === 'many-to-many'
      ? { joinTable: joinTableOf(relation) }
      : { joinColumn: columns.length === 1 ? columns[0] : columns };
  return { type: kind, target, inverseSide: inversePropertyOf(relation), ...options, ...join };
}
