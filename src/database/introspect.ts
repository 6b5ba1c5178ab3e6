import type { DataSource } from 'typeorm';
import { aConnection, anObject, checkArgument } from '../call-arguments.ts';
import { builtIn, type KindName, type Registry, type Schema, schemaFrom } from '../objects/kinds.ts';
import { nameSeenFrom, qualify, type QualifiedName } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { onOneSession } from './one-session.ts';
import { ownSchemaOf } from './own-schema.ts';
import { readCatalog } from './read-catalog.ts';
import { usesIn, usesQuery } from './dependencies.ts';
import { withTypeormTablesMarked } from './typeorm-tables.ts';

export interface IntrospectOptions {
  /** The namespaces to read; the connection's own by default. */
  readonly schemas?: readonly string[];
  /** The namespace whose objects go by their bare names; the connection's own by default. */
  readonly defaultSchema?: string;
  /** A session's namespace for temporary objects: what lies in it goes by its bare name too. */
  readonly temporary?: string;
  /** The kinds there are; the built-in ones by default. */
  readonly kinds?: Registry;
  /** Which of them to read; all by default. */
  readonly only?: readonly string[];
}

/**
 * Read the state of a live database from its catalogs: a fixed number of queries, one after another, however large
 * the schema, under settings of their own ({@link readCatalog}). Objects that belong to extensions, and partitions of a table, are left out.
 */
export async function introspect(connection: Connection, options: IntrospectOptions = {}): Promise<Schema> {
  checkArgument('introspect', 'connection', connection, aConnection);
  checkArgument('introspect', 'options', options, anObject);
  return onOneSession('introspect', connection, session => introspectSession(session, options));
}

/** What this session has of temporary objects; undefined where it never had any. */
export async function introspectTemporary(
  connection: Connection,
  only: readonly KindName[],
): Promise<Schema | undefined> {
  const [row] = await connection.query(
    'SELECT nspname AS name FROM pg_catalog.pg_namespace WHERE oid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()',
  );
  return row && introspect(connection, { schemas: [row.name], temporary: row.name, only });
}

async function introspectSession(connection: Connection, options: IntrospectOptions): Promise<Schema> {
  const defaultSchema = options.defaultSchema ?? (await currentSchema(connection));
  const schemas = options.schemas ?? [defaultSchema];
  const names = (namespace: string, name: string): QualifiedName =>
    namespace === options.temporary ? qualify(undefined, name) : nameSeenFrom(defaultSchema, namespace, name);
  const registry = options.kinds ?? builtIn;
  const kinds = Object.entries(registry).filter(([name]) => options.only?.includes(name) ?? true);
  const queries = kinds.flatMap(([kind, { catalog }]) =>
    Object.entries(catalog.queries).map(([name, sql]) => [`${kind}.${name}`, sql] as const),
  );
  const rows: Readonly<Record<string, readonly any[]>> = await readCatalog<string>(
    connection,
    { ...Object.fromEntries(queries), uses: usesQuery },
    defaultSchema,
    [schemas],
  );
  const uses = usesIn(rows['uses'] ?? [], names);
  const none = Object.keys(registry).map(name => [name, new Map()] as const);
  const contents = kinds.map(([kind, { catalog, nameOf }]) => {
    const own = Object.keys(catalog.queries).map(name => [name, rows[`${kind}.${name}`] ?? []] as const);
    const objects = catalog.parse(Object.fromEntries(own), names, uses);
    return [kind, new Map(objects.map(object => [nameOf(object), object]))] as const;
  });
  return withTypeormTablesMarked(schemaFrom([...none, ...contents]), sourceOf(connection)?.options as object);
}

/** The schemas of the database that this role may use or owns, but for the server's own. */
export async function readSchemas(connection: Connection): Promise<readonly string[]> {
  const { schemas } = await readCatalog(connection, { schemas: schemasQuery }, 'public');
  return schemas.map(({ name }) => name as string);
}

const schemasQuery =
  "SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' " +
  "AND (pg_has_role(nspowner, 'USAGE') OR has_schema_privilege(oid, 'CREATE, USAGE')) ORDER BY 1";

/** The schema whose objects go by their bare names: the DataSource's own, or where the connection creates things. */
export async function currentSchema(connection: Connection): Promise<string> {
  const own = ownSchemaOf(sourceOf(connection) ?? {});
  if (own !== undefined) return own;
  const [row] = await connection.query('SELECT pg_catalog.current_schema() AS name');
  return row?.name ?? 'public';
}

/** The DataSource of a query runner. */
const sourceOf = (connection: Connection): Partial<DataSource> | undefined =>
  (connection as { readonly connection?: DataSource }).connection;
