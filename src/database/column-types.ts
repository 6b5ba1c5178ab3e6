import { columnUse, type Use } from '../objects/uses.ts';
import { nameParts, nameSeenFrom, type QualifiedName } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** The types of columns, by `column:audit.event.id`. */
export type ColumnTypes = ReadonlyMap<Use, string>;

/** The types of all columns of some tables, such as those in schemas that are not read. */
export async function columnTypes(
  connection: Connection,
  tables: readonly QualifiedName[],
  defaultSchema: string,
): Promise<ColumnTypes> {
  if (tables.length === 0) return new Map();
  const parts = tables.map(nameParts);
  const lists = [parts.map(({ schema }) => schema ?? defaultSchema), parts.map(({ name }) => name)];
  const { columns } = await readCatalog(connection, { columns: columnsQuery }, defaultSchema, lists);
  return new Map(
    columns.map(({ namespace, table, name, type }) => [
      columnUse(nameSeenFrom(defaultSchema, namespace, table), name),
      type as string,
    ]),
  );
}

const columnsQuery = `
  SELECT n.nspname AS namespace, c.relname AS table, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
  FROM unnest($1::text[], $2::text[]) w(schema, name)
  JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;
