import { expressionFrom } from './column-types.ts';
import {
  columnOf,
  isCode,
  tableOf,
  type CheckModel,
  type ColumnModel,
  type EntitySet,
  type IndexModel,
  type RelationModel,
  type TableModel,
  type ViewModel,
} from './entity-set.ts';
import { queryOf } from './views.ts';

const imports = `import {
  Check, Column, Entity, EntitySchema, Index, JoinColumn, JoinTable, ManyToMany, ManyToOne, OneToOne, PrimaryColumn,
  PrimaryGeneratedColumn, Unique, ViewColumn, ViewEntity,
} from 'typeorm';\n\n`;

/** The source of a module that exports the entities. */
export function printSet(set: EntitySet): string {
  const tables = set.tables.map(table => (table.form === 'class' ? printClass(table, set) : printSchema(table, set)));
  return imports + [...tables, ...set.views.map(view => printView(view, set))].join('\n');
}

function printClass(table: TableModel, set: EntitySet): string {
  const decorators = [
    `@Entity(${literal(entityOptions(table))})`,
    ...table.indices.map(
      index => `@Index(${argumentsOf(index.name, names(table, index.columns), indexOptions(table, index))})`,
    ),
    ...table.uniques.map(unique => `@Unique(${argumentsOf(unique.name, names(table, unique.columns))})`),
    ...table.checks.map(check => `@Check(${argumentsOf(check.name, demandOf(table, check))})`),
  ];
  const members = [
    ...table.columns.map(column => `${decoratorOf(column, table)} ${literalKey(column.name)}!: any;`),
    ...table.relations.map(relation => `${relationDecorators(relation, set)} ${relation.property}!: any;`),
  ];
  return `${decorators.join('\n')}\nexport class ${table.entity} {\n${members.map(each => `  ${each}\n`).join('')}}\n`;
}

const entityOptions = ({ name, schema, comment }: TableModel) => ({ name, schema, comment });

function decoratorOf(column: ColumnModel, table: TableModel): string {
  const { key, options } = column;
  const { type, ...rest } = options;
  if (key === undefined) return `@Column(${literal({ ...options, ...generationOf(column, table) })})`;
  if (key === 'given') return `@PrimaryColumn(${literal(options)})`;
  if (key === 'uuid') return `@PrimaryGeneratedColumn('uuid')`;
  return `@PrimaryGeneratedColumn(${literal(key)}, ${literal({ type, ...rest })})`;
}

/** What makes it a generated column. */
function generationOf({ computedFrom }: ColumnModel, table: TableModel) {
  if (computedFrom === undefined) return {};
  return { asExpression: expressionFrom(columnOf(table, computedFrom)!), generatedType: 'STORED' };
}

const RELATIONS = { 'many-to-one': 'ManyToOne', 'one-to-one': 'OneToOne', 'many-to-many': 'ManyToMany' } as const;

function relationDecorators(relation: RelationModel, set: EntitySet): string {
  const { kind, name, options } = relation;
  const target = tableOf(set, relation.target)!;
  const join =
    kind === 'many-to-many' ? `@JoinTable(${literal({ name })})` : `@JoinColumn(${literal(joinColumn(relation, set))})`;
  return `@${RELATIONS[kind]}(${argumentsOf(target.entity, options)}) ${join}`;
}

function joinColumn({ name, references, target }: RelationModel, set: EntitySet) {
  const column = references === undefined ? undefined : columnOf(tableOf(set, target)!, references);
  return { name, referencedColumnName: column?.name };
}

function printSchema(table: TableModel, set: EntitySet): string {
  const { name: tableName, schema, comment } = table;
  const contents = {
    name: table.entity,
    tableName,
    schema,
    comment,
    columns: Object.fromEntries(table.columns.map(column => [column.name, schemaColumn(column, table)])),
    indices: table.indices.map(index => ({
      name: index.name,
      columns: names(table, index.columns),
      ...indexOptions(table, index),
    })),
    uniques: table.uniques.map(unique => ({ name: unique.name, columns: names(table, unique.columns) })),
    checks: table.checks.map(check => ({ name: check.name, expression: demandOf(table, check) })),
    relations: Object.fromEntries(table.relations.map(each => [each.property, schemaRelation(each, set)])),
  };
  return `export const ${table.entity} = new EntitySchema<any>(${literal(contents)});\n`;
}

function schemaRelation(relation: RelationModel, set: EntitySet) {
  const { kind, name, options } = relation;
  const target = tableOf(set, relation.target)!.entity;
  const join = kind === 'many-to-many' ? { joinTable: { name } } : { joinColumn: joinColumn(relation, set) };
  return { type: kind, target, ...options, ...join };
}

function printView(view: ViewModel, set: EntitySet): string {
  const { name, schema, materialized } = view;
  const options = { name, schema, materialized, expression: queryOf(view, set) };
  const columns = view.columns.map((_, at) => `  @ViewColumn() c${at}!: any;\n`);
  return `@ViewEntity(${literal(options)})\nexport class ${view.entity} {\n${columns.join('')}}\n`;
}

function schemaColumn(column: ColumnModel, table: TableModel) {
  const { key, options } = column;
  if (key === undefined) return { ...options, ...generationOf(column, table) };
  const generated = key === 'given' ? undefined : key;
  return { ...options, primary: true, generated };
}

const names = (table: TableModel, columns: readonly string[]): readonly string[] =>
  columns.map(id => columnOf(table, id)!.name);

function indexOptions(table: TableModel, { unique, presentOnly }: IndexModel) {
  const column = presentOnly === undefined ? undefined : columnOf(table, presentOnly);
  return { unique, where: column && `"${column.name}" IS NOT NULL` };
}

const demandOf = (table: TableModel, { column, demand }: CheckModel): string =>
  `"${columnOf(table, column)!.name}"${demand}`;

const argumentsOf = (...values: readonly unknown[]): string =>
  values
    .filter(value => value !== undefined)
    .map(literal)
    .filter(text => text !== '{}')
    .join(', ');

/** A value as source text; what is undefined is left out. */
function literal(value: unknown): string {
  if (isCode(value)) return value.code;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([key, each]) => `${literalKey(key)}: ${literal(each)}`).join(', ')} }`;
}

const literalKey = (key: string): string => (/^[a-zA-Z_]\w*$/.test(key) ? key : JSON.stringify(key));
