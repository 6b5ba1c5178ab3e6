import { NameTakenError, type NewName } from '../compare/new-names.ts';
import { namePartsIn } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/**
 * Asks whether anything has one of the names, of whatever sort it is and whether or not it is compared: one query.
 * @throws NameTakenError for the first that is taken
 */
export async function assertNamesFree(
  connection: Connection,
  names: readonly NewName[],
  defaultSchema: string,
): Promise<void> {
  if (names.length === 0) return;
  const parts = names.map(({ name }) => namePartsIn(defaultSchema, name));
  const lists = [
    names.map(({ namespace }) => namespace),
    parts.map(({ schema }) => schema),
    parts.map(({ name }) => name),
  ];
  const { taken } = await readCatalog(connection, { taken: takenQuery }, defaultSchema, lists);
  const [first] = taken;
  if (!first) return;
  const { owner, name, meanwhile } = names[first.position - 1]!;
  throw new NameTakenError(owner, first.description, {
    extension: first.extension ?? undefined,
    meanwhile: meanwhile && name,
  });
}

/** A type that PostgreSQL made for arrays of another gives way by itself, and the type of a relation goes with it. */
const takenQuery = `
  WITH wanted AS (SELECT w.* FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY w(namespace, schema, name, position)),
  taken AS (
    SELECT w.position, 'pg_class'::regclass AS class, c.oid
    FROM wanted w JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    WHERE w.namespace = 'relation'
    UNION ALL
    SELECT w.position, CASE t.typrelid WHEN 0 THEN 'pg_type'::regclass ELSE 'pg_class'::regclass END, CASE t.typrelid WHEN 0 THEN t.oid ELSE t.typrelid END
    FROM wanted w JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = w.name
    WHERE w.namespace = 'type' AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))
  SELECT t.position::int AS position, pg_describe_object(t.class, t.oid, 0) AS description, (
    SELECT quote_ident(e.extname) FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.classid = t.class AND d.objid = t.oid AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e') AS extension
  FROM taken t ORDER BY 1`;
