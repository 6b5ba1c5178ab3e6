import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** An object, and the same once more on a temporary relation. */
export interface Copied {
  readonly catalog:
    'pg_rewrite' | 'pg_policy' | 'pg_trigger' | 'pg_constraint' | 'pg_class' | 'pg_attrdef' | 'pg_statistic_ext';
  readonly name: string;
  /** Where the copy goes by another one. */
  readonly copyName?: string;
  /** The relation that it is of, quoted and with its schema, and the temporary one. */
  readonly relation: string;
  readonly copy: string;
}

/**
 * What the copies call and the objects themselves do not, or the other way, in words: under another type of a column, the
 * same text may mean another function or operator. PostgreSQL records none of its own, so that only others are seen here.
 * @returns a text for each (`from here on it calls …`), undefined where both call the same, or where one of the two is not there
 */
export async function changedCalls(
  connection: Connection,
  copied: readonly Copied[],
  defaultSchema: string,
): Promise<readonly (string | undefined)[]> {
  if (copied.length === 0) return [];
  const list = JSON.stringify(copied.map((each, position) => ({ copyName: each.name, ...each, position })));
  const { calls } = await readCatalog(connection, { calls: query }, defaultSchema, [list]);
  return copied.map((_, at) => {
    const row = calls.find(({ position }) => position === at);
    if (!row) return undefined;
    const [gone, added] = [without(row.was, row.is), without(row.is, row.was)];
    const changes = [
      ...(added.length > 0 ? [`from here on it calls ${added.join(', ')}`] : []),
      ...(gone.length > 0 ? [`it no longer calls ${gone.join(', ')}`] : []),
    ];
    return changes.length > 0 ? changes.join(', and ') : undefined;
  });
}

const without = (list: readonly string[], others: readonly string[]): readonly string[] =>
  list.filter(each => !others.includes(each));

/** Objects under the catalog that they are told by; what they call may be recorded of several of their parts. */
const objects = `
  SELECT 'pg_rewrite' AS catalog, 'pg_rewrite'::regclass AS class, oid, 0 AS sub, ev_class AS relation, rulename AS name,
    0::oid AS own FROM pg_rewrite
  UNION ALL SELECT 'pg_policy', 'pg_policy'::regclass, oid, 0, polrelid, polname, 0::oid FROM pg_policy
  UNION ALL SELECT 'pg_trigger', 'pg_trigger'::regclass, oid, 0, tgrelid, tgname, tgfoid FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT 'pg_constraint', 'pg_constraint'::regclass, oid, 0, conrelid, conname, 0::oid FROM pg_constraint
  UNION ALL SELECT 'pg_constraint', 'pg_class'::regclass, conindid, 0, conrelid, conname, 0::oid FROM pg_constraint
  UNION ALL SELECT 'pg_class', 'pg_class'::regclass, c.oid, 0, i.indrelid, c.relname, 0::oid
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  UNION ALL SELECT 'pg_attrdef', 'pg_attrdef'::regclass, d.oid, 0, d.adrelid, a.attname, 0::oid
    FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
  UNION ALL SELECT 'pg_attrdef', 'pg_class'::regclass, attrelid, attnum, attrelid, attname, 0::oid FROM pg_attribute WHERE attgenerated <> ''
  UNION ALL SELECT 'pg_statistic_ext', 'pg_statistic_ext'::regclass, oid, 0, stxrelid, stxname, 0::oid FROM pg_statistic_ext`;

/** Without the function that a trigger runs. */
const calledBy = (relation: string, name: string): string => `(
  SELECT json_agg(DISTINCT (pg_identify_object(d.refclassid, d.refobjid, 0)).identity) FILTER (WHERE d.refobjid IS NOT NULL) AS calls, count(*) AS found
  FROM objects o LEFT JOIN pg_depend d ON d.classid = o.class AND d.objid = o.oid AND d.objsubid = o.sub
    AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass) AND d.refobjid <> o.own
  WHERE o.catalog = a.catalog AND o.name = ${name} AND o.relation = to_regclass(${relation}))`;

const query = `
  WITH objects AS (${objects})
  SELECT a.position, coalesce(o.calls, '[]') AS was, coalesce(c.calls, '[]') AS is
  FROM jsonb_to_recordset($1::jsonb) a(position int, catalog text, name text, "copyName" text, relation text, copy text),
    LATERAL ${calledBy('a.relation', 'a.name')} o, LATERAL ${calledBy('a.copy', 'a."copyName"')} c
  WHERE o.found > 0 AND c.found > 0`;
