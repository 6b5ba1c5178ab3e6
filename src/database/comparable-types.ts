import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** The types of a foreign key's column and of the column it refers to, as `format_type` prints them. */
export interface TypePair {
  readonly column: string;
  readonly referenced: string;
}

/**
 * The pairs that PostgreSQL refuses a foreign key for: the index of the referenced column has no equality operator for
 * the other type, and no implicit cast leads there (`ATAddForeignKeyConstraint` in the server's source). Of types that are
 * still to be created, it is known that those are enums, which are compared with none but themselves.
 * @param isEnum whether a type, or that of its elements, is an enum once the operations have run
 */
export async function refusedPairs(
  connection: Connection,
  pairs: readonly TypePair[],
  defaultSchema: string,
  isEnum: (type: string) => boolean = () => false,
): Promise<readonly TypePair[]> {
  if (pairs.length === 0) return [];
  const lists = [
    pairs.map(({ column }) => column),
    pairs.map(({ referenced }) => referenced),
    pairs.map(({ column, referenced }) => column !== referenced && (isEnum(column) || isEnum(referenced))),
  ];
  const { refused } = await readCatalog(connection, { refused: refusedQuery }, defaultSchema, lists);
  return refused.map(({ position }) => pairs[Number(position) - 1]!);
}

/** A type beneath its domains. */
const baseOf = (type: string): string => `(
  WITH RECURSIVE base AS (
    SELECT t.oid, t.typtype, t.typbasetype FROM pg_type t WHERE t.oid = ${type}
    UNION ALL SELECT t.oid, t.typtype, t.typbasetype FROM base b JOIN pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd'
  )
  SELECT oid FROM base WHERE typtype <> 'd')`;

/** The operator classes that serve every type of a sort. */
const POLYMORPHIC = `(VALUES ('anyarray'::regtype, 'A'), ('anyenum', 'e'), ('anyrange', 'r'), ('record', 'c'),
  (to_regtype('anymultirange'), 'm')) v(class, sort)`;

const sortOf = (type: string): string =>
  `(SELECT CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'A' ELSE t.typtype::text END FROM pg_type t WHERE t.oid = ${type})`;

/** Two arrays or ranges must be of one type beneath their domains, enums without any, and rows may be of several. */
const refusedQuery = `
  WITH pairs AS (
    SELECT p.position, p.is_refused, to_regtype(p.own) AS own_type, to_regtype(p.other) AS other_type
    FROM unnest($1::text[], $2::text[], $3::bool[]) WITH ORDINALITY p(own, other, is_refused, position)
  ), bases AS (SELECT p.*, ${baseOf('own_type')} AS own, ${baseOf('other_type')} AS other FROM pairs p),
  sorted AS (SELECT b.*, ${sortOf('own')} AS own_sort, ${sortOf('other')} AS other_sort FROM bases b)
  SELECT b.position FROM sorted b
  WHERE CASE WHEN b.own IS NULL OR b.other IS NULL THEN b.is_refused ELSE NOT EXISTS (
    SELECT FROM pg_opclass c JOIN pg_am m ON m.oid = c.opcmethod AND m.amname = 'btree'
      LEFT JOIN ${POLYMORPHIC} ON v.class = c.opcintype
    WHERE c.opcdefault AND CASE
      WHEN v.sort = 'c' THEN b.own_sort = 'c' AND b.other_sort = 'c'
      WHEN v.sort = 'e' THEN b.own_type = b.other_type AND b.own_type = b.own AND b.own_sort = 'e'
      WHEN v.sort IS NOT NULL THEN b.own = b.other AND b.own_sort = v.sort
      ELSE (c.opcintype = b.other OR EXISTS (
          SELECT FROM pg_cast k WHERE k.castsource = b.other AND k.casttarget = c.opcintype
            AND k.castmethod = 'b' AND k.castcontext = 'i') AND NOT EXISTS (
          SELECT FROM pg_opclass o WHERE o.opcmethod = m.oid AND o.opcdefault AND o.opcintype = b.other))
        AND (c.opcintype = b.own OR EXISTS (
          SELECT FROM pg_amop a WHERE a.amopfamily = c.opcfamily AND a.amopstrategy = 3
            AND a.amoplefttype = c.opcintype AND a.amoprighttype = b.own)
          OR EXISTS (
          SELECT FROM pg_cast k WHERE k.castsource = b.own AND k.casttarget = c.opcintype AND k.castcontext = 'i'))
      END) END
  ORDER BY b.position`;
