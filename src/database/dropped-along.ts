import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** A column that is dropped, or without one a whole relation. */
export interface Leaving {
  readonly schema: string;
  readonly table: string;
  readonly column?: string;
}

/** What PostgreSQL drops along with it. */
export interface DroppedAlong {
  /** The place of what leaves in the list that was asked for. */
  readonly position: number;
  readonly sort: 'index' | 'constraint' | 'statistics object' | 'policy' | 'trigger' | 'rule';
  readonly schema: string;
  readonly name: string;
}

/** One query for what PostgreSQL drops along with columns and relations: their indexes, constraints, triggers and so on. */
export async function readDroppedAlong(
  connection: Connection,
  leaving: readonly Leaving[],
  defaultSchema: string,
): Promise<readonly DroppedAlong[]> {
  if (leaving.length === 0) return [];
  const list = JSON.stringify(leaving.map((each, position) => ({ ...each, position })));
  return (await readCatalog(connection, { along: query }, defaultSchema, [list])).along;
}

const query = `
  SELECT DISTINCT l.position, f.sort, n.nspname AS schema, f.name
  FROM jsonb_to_recordset($1::jsonb) l(position int, schema text, "table" text, "column" text)
  JOIN pg_namespace tn ON tn.nspname = l.schema JOIN pg_class t ON t.relnamespace = tn.oid AND t.relname = l.table
  LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = l.column AND NOT a.attisdropped
  JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.deptype = 'a'
    AND (l.column IS NULL OR d.refobjsubid = a.attnum)
  JOIN LATERAL (
    SELECT 'index' AS sort, x.relnamespace AS namespace, x.relname AS name FROM pg_class x
    WHERE d.classid = 'pg_class'::regclass AND x.oid = d.objid AND x.relkind IN ('i', 'I') AND NOT x.relispartition
    UNION ALL SELECT 'constraint', t.relnamespace, o.conname FROM pg_constraint o
    WHERE d.classid = 'pg_constraint'::regclass AND o.oid = d.objid AND o.contype NOT IN ('n', 't') AND o.conparentid = 0::oid AND o.coninhcount = 0
    UNION ALL SELECT 'statistics object', s.stxnamespace, s.stxname FROM pg_statistic_ext s
    WHERE d.classid = 'pg_statistic_ext'::regclass AND s.oid = d.objid
    UNION ALL SELECT 'policy', t.relnamespace, p.polname FROM pg_policy p
    WHERE d.classid = 'pg_policy'::regclass AND p.oid = d.objid
    UNION ALL SELECT 'trigger', t.relnamespace, g.tgname FROM pg_trigger g
    WHERE d.classid = 'pg_trigger'::regclass AND g.oid = d.objid AND NOT g.tgisinternal
    UNION ALL SELECT 'rule', t.relnamespace, w.rulename FROM pg_rewrite w
    WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid
  ) f ON true
  JOIN pg_namespace n ON n.oid = f.namespace
  ORDER BY 1, 2, 3, 4`;
