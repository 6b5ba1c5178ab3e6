import type { Connection } from '../database/connection.ts';
import { pinnedSettings, withPinnedSettings } from '../database/settings.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { type DefaultPrivileges, readDefaultPrivileges, restoreDefaultPrivileges } from './default-privileges.ts';
import { readSchemas, restoreSchema, type SchemaState } from './schemas.ts';

/** What a database holds besides what PostgreSQL and extensions brought. */
export interface Inventory {
  readonly schemas: readonly SchemaState[];
  readonly extensions: readonly string[];
  /** What lies in the schemas, as in `TABLE public.ticket`. */
  readonly objects: readonly string[];
  /** What lies in no schema, as in `PUBLICATION news`. */
  readonly wide: readonly string[];
  readonly defaultPrivileges: readonly DefaultPrivileges[];
}

export async function readInventory(connection: Connection): Promise<Inventory> {
  const [row] = await read(
    connection,
    `SELECT
      coalesce((SELECT json_agg(extname) FROM pg_extension), '[]') AS extensions,
      coalesce((SELECT json_agg(object ORDER BY object) FROM (${objectsInSchemas}) o), '[]') AS objects,
      coalesce((SELECT json_agg(object ORDER BY object) FROM (${objectsBeside}) o), '[]') AS wide`,
  );
  return {
    ...row,
    schemas: await read(connection, readSchemas),
    defaultPrivileges: await read(connection, readDefaultPrivileges),
  };
}

/** Brings the database back to an inventory in which nothing lay in the schemas. */
export async function emptyDatabase(connection: Connection, before: Inventory): Promise<void> {
  const now = await readInventory(connection);
  // First of all what is called by others' DROP.
  const wide = missingIn(before.wide, now.wide).sort((a, b) => Number(isTrigger(b)) - Number(isTrigger(a)));
  for (const object of wide) await connection.query(dropping(object));
  for (const name of missingIn(before.extensions, now.extensions)) {
    await connection.query(`DROP EXTENSION IF EXISTS ${quoteIdentifier(name)} CASCADE`);
  }
  const known = before.schemas.map(({ name }) => name);
  for (const name of missingIn(
    known,
    now.schemas.map(({ name: each }) => each),
  )) {
    await connection.query(`DROP SCHEMA ${quoteIdentifier(name)} CASCADE`);
  }
  const { objects, defaultPrivileges } = await readInventory(connection);
  for (const object of objects) await connection.query(dropping(object));
  const ofDatabase = before.defaultPrivileges.filter(({ isOfSchema }) => !isOfSchema);
  // They give privileges on the schemas that are created again, and those of a schema need it.
  await restoreDefaultPrivileges(connection, ofDatabase, defaultPrivileges);
  for (const schema of before.schemas) await restoreSchema(connection, schema, now.schemas);
  const left = await readInventory(connection);
  await restoreDefaultPrivileges(connection, before.defaultPrivileges, left.defaultPrivileges);
}

const missingIn = (known: readonly string[], names: readonly string[]): string[] =>
  names.filter(name => !known.includes(name));

const isTrigger = (object: string): boolean => object.startsWith('EVENT TRIGGER ');

const dropping = (object: string): string => {
  const large = /^LARGE OBJECT (\d+)$/.exec(object)?.[1];
  if (large !== undefined) return `SELECT pg_catalog.lo_unlink(${large})`;
  const [, kind, name] = /^([A-Z ]+) (.*)$/s.exec(object)!;
  return `DROP ${kind} IF EXISTS ${name} CASCADE`;
};

/** Names are qualified in the answer, whatever the session's path. */
const read = (connection: Connection, sql: string): Promise<any[]> =>
  withPinnedSettings(connection, pinnedSettings, () => connection.query(sql));

/** What PostgreSQL calls an object, as DROP takes it. */
const asDropped = `CASE WHEN i.type IN ('function', 'procedure', 'aggregate') THEN 'ROUTINE'
    WHEN i.type = 'composite type' THEN 'TYPE' WHEN i.type = 'statistics object' THEN 'STATISTICS'
    WHEN i.type = 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER' ELSE upper(i.type) END || ' ' ||
  CASE i.type WHEN 'transform' THEN replace(i.identity, ' on language ', ' language ') ELSE i.identity END AS object`;

/** What an extension brought is its own, and what belongs to another object goes with that; the columns are the table's. */
const isOwn = (classId: string, objectId: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend o WHERE o.classid = ${classId} AND o.objid = ${objectId} AND o.objsubid = 0 AND o.deptype IN ('e', 'i'))`;

/** Whatever lies in a schema depends on it, by PostgreSQL's own record. */
const objectsInSchemas = `
  SELECT DISTINCT ${asDropped} FROM pg_depend d
    JOIN pg_namespace n ON n.oid = d.refobjid AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    CROSS JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) i
  WHERE d.refclassid = 'pg_namespace'::regclass AND d.deptype = 'n' AND i.schema = quote_ident(n.nspname)
    AND ${isOwn('d.classid', 'd.objid')}`;

/** The first number that PostgreSQL gives to what users make. */
const FIRST_OID = 16_384;

const objectsBeside = [
  'pg_am',
  'pg_cast',
  'pg_event_trigger',
  'pg_foreign_data_wrapper',
  'pg_foreign_server',
  'pg_language',
  'pg_largeobject_metadata',
  'pg_publication',
  'pg_transform',
]
  .map(catalog => {
    // The rows of large objects are elsewhere, and their addresses with these.
    const classId = `'${catalog.replace('_metadata', '')}'::regclass`;
    return `
  SELECT ${asDropped} FROM ${catalog} c CROSS JOIN LATERAL pg_identify_object(${classId}, c.oid, 0) i
  WHERE c.oid >= ${FIRST_OID} AND ${isOwn(classId, 'c.oid')}`;
  })
  .join('\n  UNION ALL');
