import type { Connection } from '../database/connection.ts';
import { pinnedSettings, withPinnedSettings } from '../database/settings.ts';
import { quoteIdentifier } from '../sql/name.ts';

/** What a database holds besides what PostgreSQL and extensions brought. */
export interface Inventory {
  readonly schemas: readonly string[];
  readonly extensions: readonly string[];
  /** As in `table ticket`. */
  readonly objects: readonly string[];
}

export async function readInventory(connection: Connection): Promise<Inventory> {
  const [row] = await read(
    connection,
    `SELECT
      coalesce((SELECT json_agg(nspname) FROM (${ownSchemas}) s), '[]') AS schemas,
      coalesce((SELECT json_agg(extname) FROM pg_extension), '[]') AS extensions,
      coalesce((SELECT json_agg(kind || ' ' || name ORDER BY name) FROM (${ownObjects}) o), '[]') AS objects`,
  );
  return row;
}

/** Takes everything away that was not there before: the schemas and extensions that are new, and all objects. */
export async function emptyDatabase(connection: Connection, before: Inventory): Promise<void> {
  const now = await readInventory(connection);
  const isNew = (names: readonly string[]) => (name: string) => !names.includes(name);
  for (const name of now.extensions.filter(isNew(before.extensions))) {
    await connection.query(`DROP EXTENSION ${quoteIdentifier(name)} CASCADE`);
  }
  for (const name of now.schemas.filter(isNew(before.schemas))) {
    await connection.query(`DROP SCHEMA ${quoteIdentifier(name)} CASCADE`);
  }
  const rows: readonly { kind: string; name: string }[] = await read(connection, ownObjects);
  for (const { kind, name } of rows) await connection.query(`DROP ${kind} IF EXISTS ${name} CASCADE`);
}

/** Names are qualified in the answer, whatever the session's path. */
const read = (connection: Connection, sql: string): Promise<any[]> =>
  withPinnedSettings(connection, pinnedSettings, () => connection.query(sql));

const ownSchemas = `SELECT oid, nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`;

/** What an extension brought is its own, and what a column, type or table brought goes with that. */
const free = (alias: string, catalog: string, ...kinds: readonly ('e' | 'a' | 'i')[]): string =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${alias}.oid
     AND d.deptype IN (${kinds.map(kind => `'${kind}'`).join(', ')}))`;

const ownObjects = `
  SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
      WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END AS kind, c.oid::regclass::text AS name
    FROM pg_class c JOIN (${ownSchemas}) n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND ${free('c', 'pg_class', 'e')}
      OR c.relkind = 'S' AND ${free('c', 'pg_class', 'e', 'a', 'i')}
  UNION ALL
  SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.oid::regtype::text
    FROM pg_type t JOIN (${ownSchemas}) n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r') AND ${free('t', 'pg_type', 'e')}
  UNION ALL
  SELECT CASE p.prokind WHEN 'a' THEN 'AGGREGATE' ELSE 'ROUTINE' END, p.oid::regprocedure::text
    FROM pg_proc p JOIN (${ownSchemas}) n ON n.oid = p.pronamespace WHERE ${free('p', 'pg_proc', 'e', 'i')}`;
