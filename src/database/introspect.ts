import { builtIn, type Registry, type Schema } from '../objects/kinds.ts';
import type { CatalogRows } from '../objects/object-kind.ts';
import { qualify, type QualifiedName } from '../sql/name.ts';
import type { Connection } from './connection.ts';

export interface IntrospectOptions {
  /** The namespaces to read; the connection's own unless told. */
  readonly schemas?: readonly string[];
  /** The namespace whose objects go by their bare names; the connection's own unless told. */
  readonly defaultSchema?: string;
  /** A session's namespace for temporary objects: what lies in it goes by its bare name too. */
  readonly temporary?: string;
  /** The kinds there are; the built-in ones unless told. */
  readonly kinds?: Registry;
  /** Which of them to read; all unless told. */
  readonly only?: readonly string[];
}

/**
 * Read the state of a live database from its catalogs: a fixed number of queries, one after another, however large
 * the schema. Objects that belong to extensions, and partitions of a table, are left out.
 */
export async function introspect(connection: Connection, options: IntrospectOptions = {}): Promise<Schema> {
  const defaultSchema = options.defaultSchema ?? (await currentSchema(connection));
  const schemas = options.schemas ?? [defaultSchema];
  const names = (namespace: string, name: string): QualifiedName =>
    qualify(namespace === defaultSchema || namespace === options.temporary ? undefined : namespace, name);
  const contents: Record<string, ReadonlyMap<string, unknown>> = {};
  const registry = options.kinds ?? builtIn;
  for (const [name, { catalog, nameOf }] of Object.entries(registry)) {
    contents[name] = new Map();
    if (options.only && !options.only.includes(name)) continue;
    const rows = await readRows(connection, catalog.queries, schemas);
    contents[name] = new Map(catalog.parse(rows, names).map(object => [nameOf(object), object]));
  }
  return contents as unknown as Schema;
}

/** The schema in which the connection makes what is not qualified. */
export async function currentSchema(connection: Connection): Promise<string> {
  const [row] = await connection.query('SELECT current_schema() AS name');
  return row?.name ?? 'public';
}

async function readRows(
  connection: Connection,
  queries: Readonly<Record<string, string>>,
  schemas: readonly string[],
): Promise<CatalogRows> {
  const rows: Record<string, readonly any[]> = {};
  for (const [name, query] of Object.entries(queries)) rows[name] = await connection.query(query, [schemas]);
  return rows;
}
