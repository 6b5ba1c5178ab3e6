import { isDeepStrictEqual } from 'node:util';
import type { EntityMetadata, Table as TypeormTable } from 'typeorm';
import type { ForeignKey } from '../objects/foreign-key-definition.ts';
import type { Index } from '../objects/index-definition.ts';
import type { Table } from '../objects/tables/table.ts';
import type { QualifiedName } from '../sql/name.ts';
import { withArrayDefaults } from './array-defaults.ts';
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
    ...fromTable(
      entity.name,
      withArrayDefaults(declarations.Table.create(entity, declarations.dataSource.driver), entity),
      name,
      declarations,
      names,
    ),
    indexes: indexesOf(entity, name),
    foreignKeys: foreignKeysOf(entity, name, names),
  };
}

function cacheTable(declarations: Declarations, names: Names): DeclaredTable[] {
  const { cacheTable: table } = declarations;
  if (!table) return [];
  const name = names.of({ tableName: table.name.split('.').at(-1)!, schema: table.schema });
  return [fromTable('the query result cache', table, name, declarations, names)];
}

function fromTable(
  entity: string,
  declared: TypeormTable,
  name: QualifiedName,
  declarations: Declarations,
  { own }: Names,
): DeclaredTable {
  const comment = commentText(declared.comment);
  const table: Table = {
    name,
    columns: columnsOf(declared, name, declarations, own),
    ...constraintsOf(declared, name, declarations),
    ...(comment !== undefined && { comment }),
  };
  return { entity, table, indexes: [], foreignKeys: [], enums: enumDeclarations(declared, name, own) };
}

/**
 * One table that two entities declare, such as an entity of its own for a junction, or one that knows some columns only:
 * the columns, constraints, indexes and foreign keys of both. Of two foreign keys of one name, TypeORM makes the first
 * entity's.
 */
function merged(first: DeclaredTable, second: DeclaredTable): DeclaredTable {
  const contradictions = contradictionsOf(first, second);
  if (contradictions.length > 0) {
    throw new DuplicateTableError(first.table.name, [first.entity, second.entity], contradictions.join(' and '));
  }
  const both = <Each extends { readonly name: string }>(of: (each: DeclaredTable) => readonly Each[] | undefined) =>
    union(of(first) ?? [], of(second) ?? []);
  const { comment = second.table.comment } = first.table;
  return {
    entity: first.entity,
    table: {
      name: first.table.name,
      columns: both(({ table }) => table.columns),
      ...(first.table.primaryKey && { primaryKey: first.table.primaryKey }),
      ...inOrder({
        uniques: both(({ table }) => table.uniques),
        checks: both(({ table }) => table.checks),
        exclusions: both(({ table }) => table.exclusions),
      }),
      ...(comment !== undefined && { comment }),
    },
    indexes: both(({ indexes }) => indexes),
    foreignKeys: both(({ foreignKeys }) => foreignKeys),
    enums: [...first.enums, ...second.enums],
  };
}

/** The parts of the first, and those of the second that the first has not. */
const union = <Each extends { readonly name: string }>(first: readonly Each[], second: readonly Each[]): Each[] => {
  const names = new Set(first.map(({ name }) => name));
  return [...first, ...second.filter(({ name }) => !names.has(name))];
};

/** What two entities say differently of one table. */
function contradictionsOf(first: DeclaredTable, second: DeclaredTable): readonly string[] {
  const [one, other] = [first.table, second.table];
  const [keys, others] = [one, other].map(({ primaryKey }) => [...(primaryKey?.columns ?? [])].sort());
  const isComment = one.comment !== undefined && other.comment !== undefined && one.comment !== other.comment;
  return [
    ...differing('column', one.columns, other.columns),
    ...(isDeepStrictEqual(keys, others) ? [] : ['the primary key']),
    ...differing('unique constraint', one.uniques, other.uniques),
    ...differing('check constraint', one.checks, other.checks),
    ...differing('exclusion constraint', one.exclusions, other.exclusions),
    ...differing('index', first.indexes, second.indexes),
    ...(isComment ? ['the comment'] : []),
  ];
}

/** The parts of one name that are not alike, with what differs in them. */
function differing(
  kind: string,
  parts: readonly { readonly name: string }[] = [],
  others: readonly { readonly name: string }[] = [],
): readonly string[] {
  const byName = new Map(parts.map(part => [part.name, part]));
  return others.flatMap(other => {
    const part = byName.get(other.name);
    if (!part || isDeepStrictEqual(part, other)) return [];
    return [`the ${kind} ${other.name} (${differencesOf(part, other).join(', ')})`];
  });
}

/** `type character varying and integer, nullable true and false` */
const differencesOf = (one: object, other: object): readonly string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap(key => {
    const [a, b] = [one, other].map(each => (each as Readonly<Record<string, unknown>>)[key]);
    return isDeepStrictEqual(a, b) ? [] : [`${key} ${textOf(a)} and ${textOf(b)}`];
  });

const textOf = (value: unknown): string =>
  value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
