import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** The types of a foreign key's column and of the column it refers to, as `format_type` prints them. */
export interface TypePair {
  readonly column: string;
  readonly referenced: string;
}

/**
 * The pairs that PostgreSQL refuses a foreign key for: the index of the referenced column has no equality operator for
 * the other type, and no implicit cast leads there (`ATAddForeignKeyConstraint` in the server's source). Types that are
 * still to be created are not known to it, and not refused.
 */
export async function refusedPairs(
  connection: Connection,
  pairs: readonly TypePair[],
  defaultSchema: string,
): Promise<readonly TypePair[]> {
  const asked = pairs.filter(({ column, referenced }) => column !== referenced);
  if (asked.length === 0) return [];
  const lists = [asked.map(({ column }) => column), asked.map(({ referenced }) => referenced)];
  const { refused } = await readCatalog(connection, { refused: refusedQuery }, defaultSchema, lists);
  return refused.map(({ position }) => asked[Number(position) - 1]!);
}

const baseOf = (name: string): string =>
  `(SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END FROM pg_type t WHERE t.oid = to_regtype(p.${name}))`;

const refusedQuery = `
  SELECT b.position FROM (
    SELECT p.position, ${baseOf('own')} AS own, ${baseOf('other')} AS other
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY p(own, other, position)
  ) b
  WHERE b.own <> b.other AND NOT EXISTS (
    SELECT FROM pg_opclass c JOIN pg_am m ON m.oid = c.opcmethod AND m.amname = 'btree'
    WHERE c.opcdefault
      AND (c.opcintype = b.other OR EXISTS (
        SELECT FROM pg_cast k WHERE k.castsource = b.other AND k.casttarget = c.opcintype
          AND k.castmethod = 'b' AND k.castcontext = 'i'))
      AND (EXISTS (
        SELECT FROM pg_amop a WHERE a.amopfamily = c.opcfamily AND a.amopstrategy = 3
          AND a.amoplefttype = c.opcintype AND a.amoprighttype = b.own)
        OR EXISTS (
        SELECT FROM pg_cast k WHERE k.castsource = b.own AND k.casttarget = c.opcintype AND k.castcontext = 'i')))`;
