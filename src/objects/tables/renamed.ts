import { bareName, besides, type QualifiedName } from '../../sql/name.ts';
import { renamedUses, type Naming } from '../naming.ts';
import type { Column, PrimaryKey, Publication, Table } from './table.ts';

/** A table after a rename, of one of its parts too: keys, constraints and expressions follow by themselves. */
export function renamedTable(table: Table, naming: Naming): Table {
  const text = (expression: string) => naming.text(table.name, expression);
  const key = <Key extends PrimaryKey>(each: Key): Key => renamedKey(table.name, each, naming);
  return {
    ...table,
    name: naming.relation(table.name),
    ...(table.inherits && { inherits: table.inherits.map(naming.relation) }),
    columns: table.columns.map(column => renamedColumn(table.name, column, naming)),
    ...(table.primaryKey && { primaryKey: key(table.primaryKey) }),
    ...(table.uniques && { uniques: table.uniques.map(key) }),
    ...(table.checks && {
      checks: table.checks.map(check => ({
        ...renamedUses(check, naming),
        name: naming.constraint(table.name, check.name),
        expression: text(check.expression),
      })),
    }),
    ...(table.exclusions && {
      exclusions: table.exclusions.map(each => ({
        ...renamedUses(each, naming),
        name: naming.constraint(table.name, each.name),
        definition: text(each.definition),
      })),
    }),
    ...(table.partitionBy !== undefined && { partitionBy: text(table.partitionBy) }),
    ...(table.publications && {
      publications: table.publications.map(each => renamedPublication(table.name, each, naming)),
    }),
  };
}

function renamedKey<Key extends PrimaryKey>(table: QualifiedName, key: Key, naming: Naming): Key {
  const columns = (names: readonly string[]) => names.map(name => naming.column(table, name));
  return {
    ...key,
    name: naming.constraint(table, key.name),
    columns: columns(key.columns),
    ...(key.include && { include: columns(key.include) }),
  };
}

function renamedColumn(table: QualifiedName, column: Column, naming: Naming): Column {
  // A sequence that belongs to a column moves along to another schema.
  const sequence = (name: QualifiedName) => besides(naming.relation(table), bareName(naming.relation(name)));
  return {
    ...renamedUses(column, naming),
    name: naming.column(table, column.name),
    type: naming.type(column.type),
    ...(column.default !== undefined && { default: naming.literal(column.default) }),
    ...(column.generated !== undefined && { generated: naming.text(table, column.generated) }),
    ...(typeof column.serial === 'string' && { serial: sequence(column.serial) }),
    ...(column.sequence !== undefined && { sequence: sequence(column.sequence) }),
    ...(column.sequences && { sequences: column.sequences.map(each => ({ ...each, name: sequence(each.name) })) }),
  };
}

const renamedPublication = (table: QualifiedName, publication: Publication, naming: Naming): Publication => ({
  ...publication,
  ...(publication.columns && { columns: publication.columns.map(name => naming.column(table, name)) }),
  ...(publication.where !== undefined && { where: naming.text(table, publication.where) }),
});
