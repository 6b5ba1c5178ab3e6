import {
  columnOf,
  isCode,
  type CheckModel,
  type ColumnModel,
  type EntitySet,
  type IndexModel,
  type TableModel,
} from './entity-set.ts';

const imports =
  "import { Check, Column, Entity, EntitySchema, Index, PrimaryColumn, PrimaryGeneratedColumn, Unique } from 'typeorm';\n\n";

/** The source of a module that exports the entities. */
export function printSet(set: EntitySet): string {
  return (
    imports + set.tables.map(table => (table.form === 'class' ? printClass(table) : printSchema(table))).join('\n')
  );
}

function printClass(table: TableModel): string {
  const decorators = [
    `@Entity(${literal(entityOptions(table))})`,
    ...table.indices.map(
      index => `@Index(${argumentsOf(index.name, names(table, index.columns), indexOptions(table, index))})`,
    ),
    ...table.uniques.map(unique => `@Unique(${argumentsOf(unique.name, names(table, unique.columns))})`),
    ...table.checks.map(check => `@Check(${argumentsOf(check.name, demandOf(table, check))})`),
  ];
  const columns = table.columns.map(column => `  ${decoratorOf(column)} ${literalKey(column.name)}!: any;`);
  return `${decorators.join('\n')}\nexport class ${table.entity} {\n${columns.join('\n')}\n}\n`;
}

const entityOptions = ({ name, schema, comment }: TableModel) => ({ name, schema, comment });

function decoratorOf({ key, options }: ColumnModel): string {
  const { type, ...rest } = options;
  if (key === undefined) return `@Column(${literal(options)})`;
  if (key === 'given') return `@PrimaryColumn(${literal(options)})`;
  if (key === 'uuid') return `@PrimaryGeneratedColumn('uuid')`;
  return `@PrimaryGeneratedColumn(${literal(key)}, ${literal({ type, ...rest })})`;
}

function printSchema(table: TableModel): string {
  const { name: tableName, schema, comment } = table;
  const contents = {
    name: table.entity,
    tableName,
    schema,
    comment,
    columns: Object.fromEntries(table.columns.map(column => [column.name, schemaColumn(column)])),
    indices: table.indices.map(index => ({
      name: index.name,
      columns: names(table, index.columns),
      ...indexOptions(table, index),
    })),
    uniques: table.uniques.map(unique => ({ name: unique.name, columns: names(table, unique.columns) })),
    checks: table.checks.map(check => ({ name: check.name, expression: demandOf(table, check) })),
  };
  return `export const ${table.entity} = new EntitySchema<any>(${literal(contents)});\n`;
}

function schemaColumn({ key, options }: ColumnModel) {
  if (key === undefined) return options;
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
