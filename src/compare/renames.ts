import { MigrationError } from '../errors.ts';
import { schemaOf, type Operation, type Schema, type SchemaContents } from '../objects/kinds.ts';
import type { ForeignKey } from '../objects/foreign-keys.ts';
import type { Index, IndexKey } from '../objects/indexes.ts';
import type { Table } from '../objects/tables/table.ts';
import { nameParts, qualify, type QualifiedName } from '../sql/name.ts';

/** Old names and new ones, as a person tells them. */
export interface Renames {
  readonly tables?: Readonly<Record<QualifiedName, QualifiedName>>;
  /** `'ticket.state': 'status'`, by the table's old name. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly enums?: Readonly<Record<QualifiedName, QualifiedName>>;
}

/** A rename speaks of something that is not there. */
export class UnknownRenameError extends MigrationError {
  override readonly name = 'UnknownRenameError';
  readonly from: string;

  constructor(from: string) {
    super(
      `The rename of ${from} cannot be made: the database has no such table or column; write it as TABLE:TABLE or TABLE.COLUMN:COLUMN, with the old name first.`,
    );
    this.from = from;
  }
}

export interface Renamed {
  /** The schema as it is once the operations have run. */
  readonly schema: Schema;
  readonly operations: readonly Operation[];
}

/** Carry out renames on a schema, so that what is left to compare goes by its new names. */
export function applyRenames(schema: Schema, renames: Renames): Renamed {
  const columns = Object.entries(renames.columns ?? {}).map(([old, to]) => columnRename(schema, old, to));
  const tables = Object.entries(renames.tables ?? {});
  const enums = Object.entries(renames.enums ?? {});
  if (columns.length + tables.length + enums.length === 0) return { schema, operations: [] };
  const unknown = tables.find(([from]) => !schema.tables.has(from)) ?? enums.find(([from]) => !schema.enums.has(from));
  if (unknown) throw new UnknownRenameError(unknown[0]);
  return {
    schema: rewrite(schema, { tables: new Map(tables), columns, enums: new Map(enums) }),
    operations: [
      ...columns.map(rename => ({ op: 'renameColumn', ...rename }) as const),
      ...tables.flatMap(([from, to]) => tableRename(from, to)),
      ...enums.map(([from, to]) => ({ op: 'renameEnum', from, to }) as const),
    ],
  };
}

interface ColumnRename {
  readonly table: QualifiedName;
  readonly from: string;
  readonly to: string;
}

function columnRename(schema: Schema, old: string, to: string): ColumnRename {
  for (const table of schema.tables.values()) {
    const column = table.columns.find(
      ({ name }) => `${table.name}.${name}` === old || `${table.name}.${qualify(undefined, name)}` === old,
    );
    if (column)
      return {
        table: table.name,
        from: column.name,
        to: to.startsWith(`${table.name}.`) ? to.slice(table.name.length + 1) : to,
      };
  }
  throw new UnknownRenameError(old);
}

/** A rename moves a table to another schema too, where the new name says so. */
function tableRename(from: QualifiedName, to: QualifiedName): Operation[] {
  const [old, now] = [nameParts(from), nameParts(to)];
  const moves: Operation[] =
    old.schema !== now.schema && now.schema !== undefined ? [{ op: 'moveTable', table: from, to: now.schema }] : [];
  const moved = moves.length > 0 ? qualify(now.schema, old.name) : from;
  return [...moves, ...(old.name === now.name ? [] : [{ op: 'renameTable', from: moved, to } as const])];
}

interface Mapping {
  readonly tables: ReadonlyMap<QualifiedName, QualifiedName>;
  readonly columns: readonly ColumnRename[];
  readonly enums: ReadonlyMap<QualifiedName, QualifiedName>;
}

function rewrite(schema: Schema, mapping: Mapping): Schema {
  const tableNamed = (name: QualifiedName) => mapping.tables.get(name) ?? name;
  const columnNamed = (table: QualifiedName, column: string) =>
    mapping.columns.find(rename => rename.table === table && rename.from === column)?.to ?? column;
  const lists = Object.fromEntries(
    Object.entries(schema).map(([kind, objects]) => [kind, [...objects.values()]]),
  ) as SchemaContents;
  return schemaOf({
    ...lists,
    enums: (lists.enums ?? []).map(type => ({ ...type, name: mapping.enums.get(type.name) ?? type.name })),
    tables: (lists.tables ?? []).map(table => rewriteTable(table, tableNamed, columnNamed, mapping.enums)),
    foreignKeys: (lists.foreignKeys ?? []).map(key => rewriteForeignKey(key, tableNamed, columnNamed)),
    indexes: (lists.indexes ?? []).map(index => rewriteIndex(index, tableNamed, columnNamed)),
  });
}

type TableNaming = (name: QualifiedName) => QualifiedName;
type ColumnNaming = (table: QualifiedName, column: string) => string;

function rewriteTable(
  table: Table,
  tableNamed: TableNaming,
  columnNamed: ColumnNaming,
  enums: ReadonlyMap<string, string>,
): Table {
  const renamed = (columns: readonly string[]) => columns.map(column => columnNamed(table.name, column));
  return {
    ...table,
    name: tableNamed(table.name),
    columns: table.columns.map(column => ({
      ...column,
      name: columnNamed(table.name, column.name),
      type: enums.get(column.type) ?? column.type,
    })),
    ...(table.primaryKey && { primaryKey: { ...table.primaryKey, columns: renamed(table.primaryKey.columns) } }),
    ...(table.uniques && { uniques: table.uniques.map(unique => ({ ...unique, columns: renamed(unique.columns) })) }),
  };
}

const rewriteForeignKey = (key: ForeignKey, tableNamed: TableNaming, columnNamed: ColumnNaming): ForeignKey => ({
  ...key,
  table: tableNamed(key.table),
  columns: key.columns.map(column => columnNamed(key.table, column)),
  references: {
    table: tableNamed(key.references.table),
    columns: key.references.columns.map(column => columnNamed(key.references.table, column)),
  },
});

function rewriteIndex(index: Index, tableNamed: TableNaming, columnNamed: ColumnNaming): Index {
  const key = (each: IndexKey): IndexKey =>
    typeof each === 'string'
      ? columnNamed(index.table, each)
      : { ...each, ...(each.column !== undefined && { column: columnNamed(index.table, each.column) }) };
  return { ...index, table: tableNamed(index.table), columns: index.columns.map(key) };
}
