import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** A table that moves from a schema to another one. */
export interface Move {
  /** Where the database has it. */
  readonly schema: string;
  readonly table: string;
  readonly from: string;
  readonly to: string;
}

/** A publication of all tables of the schema that a table leaves or enters, or of both, and not of the table itself. */
export interface SchemaPublication {
  /** The place of the move in the list that was asked for. */
  readonly position: number;
  readonly name: string;
  readonly leaves: boolean;
  readonly enters: boolean;
}

/** One query for the publications `FOR TABLES IN SCHEMA` of the schemas that tables leave and enter. */
export async function readSchemaPublications(
  connection: Connection,
  moves: readonly Move[],
  defaultSchema: string,
): Promise<readonly SchemaPublication[]> {
  if (moves.length === 0) return [];
  const list = JSON.stringify(moves.map((each, position) => ({ ...each, position })));
  return (await readCatalog(connection, { publications: query }, defaultSchema, [list])).publications;
}

/** Before PostgreSQL 15 there are none, nor a catalog of them; what depends on what is recorded for each. */
const query = `
  SELECT m.position, quote_ident(p.pubname) AS name, bool_or(n.nspname = m.from) AS leaves, bool_or(n.nspname = m.to) AS enters
  FROM jsonb_to_recordset($1::jsonb) m(position int, schema text, "table" text, "from" text, "to" text)
  JOIN pg_namespace n ON n.nspname IN (m.from, m.to)
  JOIN pg_depend s ON s.classid = to_regclass('pg_publication_namespace') AND s.refclassid = 'pg_namespace'::regclass
    AND s.refobjid = n.oid
  JOIN pg_depend o ON o.classid = s.classid AND o.objid = s.objid AND o.refclassid = 'pg_publication'::regclass
  JOIN pg_publication p ON p.oid = o.refobjid
  WHERE NOT EXISTS (
    SELECT FROM pg_publication_rel r JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace t ON t.oid = c.relnamespace
    WHERE r.prpubid = p.oid AND c.relname = m.table AND t.nspname = m.schema)
  GROUP BY 1, 2 ORDER BY 1, 2`;
