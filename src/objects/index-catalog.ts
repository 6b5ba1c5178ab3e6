import { besides, type QualifiedName } from '../sql/name.ts';
import { commentColumn, storedOptions, tablespaceColumn, tablespaceOf } from './attributes.ts';
import { extensionDependencies, extensionDependenciesOf } from './extension-dependencies.ts';
import type { Index, IndexKey } from './index-definition.ts';
import type { Catalog } from './object-kind.ts';
import { ofPartsIn, ofPartsOfIndex } from './own-of-parts.ts';
import { grouped } from './rows.ts';
import { rolesOf, withoutParentheses } from './tables/constraint-rows.ts';
import { using, type Use } from './uses.ts';

/** Of an expression, the text tells whether the collation is its own or the index's. */
const hasOwnCollation = `CASE WHEN k.attnum > 0 THEN c.oid <> a.attcollation
  ELSE strpos(pg_get_indexdef(x.indexrelid), pg_get_indexdef(x.indexrelid, k.i::int, false) || ' COLLATE ') > 0 END`;

/** Indexes that are no constraint's: those of tables and materialized views. */
export const catalog: Catalog<Index> = {
  queries: {
    indexes: `
      SELECT x.indexrelid::text AS id, n.nspname AS namespace, i.relname AS name, t.relname AS table, x.indisunique AS unique,
        m.amname AS method, ${tablespaceColumn('i')},
 x.indnkeyatts AS "keyCount", ${storedOptions('i.reloptions')} AS with, x.indoption::int2[]::int[] AS options,
        coalesce((to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false) AS "nullsNotDistinct",
        pg_get_expr(x.indpred, x.indrelid) AS where, x.indisclustered AS clustered, x.indisreplident AS "replicaIdentity", x.indisvalid AS valid, ${commentColumn('pg_class', 'i.oid')},${extensionDependencies('pg_class', 'i.oid')},
        CASE WHEN i.relkind = 'I' THEN ${ofPartsOfIndex('i.oid')} END AS "ofParts"
      FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
      JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_am m ON m.oid = i.relam
      WHERE n.nspname = ANY($1) AND t.relkind IN ('r', 'p', 'm') AND NOT t.relispartition
        AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.oid AND o.contype IN ('p', 'u', 'x'))`,
    // Deparsing every index would cost more than all the rest: only expressions are asked for as text.
    indexKeys: `
      SELECT x.indexrelid::text AS id, k.i::int AS position, a.attname AS column,
        CASE WHEN k.attnum = 0 THEN pg_get_indexdef(x.indexrelid, k.i::int, false) END AS expression,
        CASE WHEN k.attnum = 0 THEN nullif(p.attstattarget, -1) END AS statistics,
        CASE WHEN NOT o.opcdefault OR ${storedOptions('p.attoptions')} IS NOT NULL
          THEN CASE WHEN pg_opclass_is_visible(o.oid) THEN '' ELSE quote_ident(os.nspname) || '.' END || quote_ident(o.opcname) || coalesce('(' || array_to_string(${storedOptions('p.attoptions')}, ', ') || ')', '') END AS "operatorClass",
        CASE WHEN ${hasOwnCollation} THEN CASE WHEN pg_collation_is_visible(c.oid) THEN '' ELSE quote_ident(cs.nspname) || '.' END || quote_ident(c.collname) END AS collation
      FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
      CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY k(attnum, i)
      LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum AND k.attnum > 0
      LEFT JOIN pg_attribute p ON p.attrelid = x.indexrelid AND p.attnum = k.i
      LEFT JOIN pg_opclass o ON o.oid = x.indclass[k.i - 1] AND k.i <= x.indnkeyatts
      LEFT JOIN pg_namespace os ON os.oid = o.opcnamespace
      LEFT JOIN pg_collation c ON c.oid = x.indcollation[k.i - 1] AND k.i <= x.indnkeyatts
      LEFT JOIN pg_namespace cs ON cs.oid = c.collnamespace
      WHERE n.nspname = ANY($1) AND t.relkind IN ('r', 'p', 'm') AND NOT t.relispartition`,
  },
  parse: (rows, qualify, uses) => {
    const keys = grouped(rows['indexKeys'] ?? [], row => row.id);
    return (rows['indexes'] ?? []).map(row =>
      parseIndex(
        row,
        keys.get(row.id) ?? [],
        row.name,
        qualify(row.namespace, row.table),
        uses(`relation:${qualify(row.namespace, row.name)}`),
      ),
    );
  },
};

interface CatalogKey {
  readonly position: number;
  readonly column: string | null;
  readonly expression: string | null;
  readonly statistics: number | null;
  readonly operatorClass: string | null;
  readonly collation: string | null;
}

function parseIndex(
  row: any,
  unordered: readonly CatalogKey[],
  name: string,
  table: QualifiedName,
  uses: readonly Use[],
): Index {
  const keys = [...unordered].sort((a, b) => a.position - b.position);
  const included = keys.slice(row.keyCount).map(({ column }) => column ?? '');
  return {
    // An index lies in its table's schema.
    name: besides(table, name),
    table,
    columns: keys.slice(0, row.keyCount).map((key, i) => parseKey(key, row.options[i] ?? 0)),
    ...(row.unique && { unique: true }),
    ...(row.method !== 'btree' && { method: row.method }),
    ...(included.length > 0 && { include: included }),
    ...(row.nullsNotDistinct && { nullsNotDistinct: true }),
    ...(row.with && { with: row.with }),
    ...tablespaceOf(row),
    ...(row.where !== null && { where: withoutParentheses(row.where) }),
    ...(row.comment !== null && { comment: row.comment }),
    ...rolesOf(row),
    ...extensionDependenciesOf(row),
    ...(!row.valid && { invalid: true }),
    ...ofPartsIn(row),
    ...using(uses),
  };
}

/** `indoption`: bit 1 for descending, bit 2 for nulls first. */
function parseKey({ column, expression, statistics, operatorClass, collation }: CatalogKey, options: number): IndexKey {
  const descending = (options & 1) !== 0;
  const nullsFirst = (options & 2) !== 0;
  if (column !== null && operatorClass === null && collation === null && options === 0) return column;
  return {
    ...(column === null ? { expression: withoutParentheses(expression ?? '') } : { column }),
    ...(collation !== null && { collation }),
    ...(operatorClass !== null && { operatorClass }),
    ...(descending && { order: 'desc' as const }),
    ...(nullsFirst !== descending && { nulls: nullsFirst ? ('first' as const) : ('last' as const) }),
    ...(statistics !== null && { statistics }),
  };
}
