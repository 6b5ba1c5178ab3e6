import { isDeepStrictEqual } from 'node:util';
import type { EntityMetadata, Table as TypeormTable } from 'typeorm';
import type { ForeignKey } from '../objects/foreign-keys.ts';
import type { Index } from '../objects/indexes.ts';
import type { Table } from '../objects/tables/table.ts';
import type { QualifiedName } from '../sql/name.ts';
import { columnsOf, commentText } from './columns.ts';
import { constraintsOf, inOrder } from './constraints.ts';
import type { Declarations } from './entity-metadata.ts';
import { enumDeclarations, type EnumDeclaration } from './enums.ts';
import { DuplicateTableError } from './errors.ts';
import { foreignKeysOf } from './foreign-keys.ts';
import { indexesOf } from './indexes.ts';
import type { Names } from './names.ts';

/** A table with all that is declared on it. */
export interface DeclaredTable {
  /** The entity that declares it. */
  readonly entity: string;
  readonly table: Table;
  readonly indexes: readonly Index[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly enums: readonly EnumDeclaration[];
}

/**
 * The tables of all entities: their own, and those of junctions, closures and the cache. Entities of one inheritance
 * share their root's table.
 * @throws DuplicateTableError where two entities contradict each other about one table
 */
export function tablesOf(declarations: Declarations, names: Names): readonly DeclaredTable[] {
  const tables = new Map<QualifiedName, DeclaredTable>();
  for (const declared of [...entityTables(declarations, names), ...cacheTable(declarations, names)]) {
    const other = tables.get(declared.table.name);
    tables.set(declared.table.name, other ? merged(other, declared) : declared);
  }
  return [...tables.values()];
}

const entityTables = (declarations: Declarations, names: Names): DeclaredTable[] =>
  declarations.entities.filter(hasTable).map(entity => tableOf(entity, declarations, names));

/** Whether TypeORM's `synchronize()` makes a table for the entity. */
const hasTable = ({ synchronize, tableType }: EntityMetadata): boolean =>
  synchronize && tableType !== 'entity-child' && tableType !== 'view';

function tableOf(entity: EntityMetadata, declarations: Declarations, names: Names): DeclaredTable {
  const name = names.of(entity);
  return {
    ...fromTable(entity.name, declarations.Table.create(entity, declarations.dataSource.driver), name, declarations),
    indexes: indexesOf(entity, name),
    foreignKeys: foreignKeysOf(entity, name, names),
  };
}

function cacheTable(declarations: Declarations, names: Names): DeclaredTable[] {
  const { cacheTable: table } = declarations;
  if (!table) return [];
  const name = names.of({ tableName: table.name.split('.').at(-1)!, schema: table.schema });
  return [fromTable('the query result cache', table, name, declarations)];
}

function fromTable(
  entity: string,
  declared: TypeormTable,
  name: QualifiedName,
  declarations: Declarations,
): DeclaredTable {
  const comment = commentText(declared.comment);
  const table: Table = {
    name,
    columns: columnsOf(declared, name, declarations),
    ...constraintsOf(declared, name, declarations),
    ...(comment !== undefined && { comment }),
  };
  return { entity, table, indexes: [], foreignKeys: [], enums: enumDeclarations(declared, name) };
}

/**
 * One table that two entities declare, such as an entity of its own for a junction: the columns of the wider one, with
 * the constraints, indexes and foreign keys of both. Where a name is in both, TypeORM makes the first entity's.
 */
function merged(first: DeclaredTable, second: DeclaredTable): DeclaredTable {
  const [wide, narrow] = first.table.columns.length >= second.table.columns.length ? [first, second] : [second, first];
  const difference = differenceOf(wide.table, narrow.table);
  if (difference) throw new DuplicateTableError(wide.table.name, [first.entity, second.entity], difference);
  const both = <Each extends { readonly name: string }>(of: (each: DeclaredTable) => readonly Each[] | undefined) => [
    ...new Map([...(of(second) ?? []), ...(of(first) ?? [])].map(each => [each.name, each])).values(),
  ];
  return {
    entity: first.entity,
    table: {
      ...wide.table,
      ...(first.table.primaryKey && { primaryKey: first.table.primaryKey }),
      ...inOrder({
        uniques: both(({ table }) => table.uniques),
        checks: both(({ table }) => table.checks),
        exclusions: both(({ table }) => table.exclusions),
      }),
    },
    indexes: both(({ indexes }) => indexes),
    foreignKeys: both(({ foreignKeys }) => foreignKeys),
    enums: [...first.enums, ...second.enums],
  };
}

/** What keeps one declaration from being part of the other. */
function differenceOf(wide: Table, narrow: Table): string | undefined {
  const columns = new Map(wide.columns.map(column => [column.name, column]));
  const differing = narrow.columns.filter(column => !isDeepStrictEqual(column, columns.get(column.name)));
  if (differing.length > 0) return differing.map(({ name }) => `the column ${name}`).join(' and ');
  const [keys, others] = [wide, narrow].map(({ primaryKey }) => [...(primaryKey?.columns ?? [])].sort());
  return isDeepStrictEqual(keys, others) ? undefined : 'the primary key';
}
