import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** An object, and the same once more on a temporary relation. */
export interface Copied {
  readonly catalog: 'pg_rewrite' | 'pg_policy';
  readonly name: string;
  /** The relation that it is of, quoted and with its schema, and the temporary one. */
  readonly relation: string;
  readonly copy: string;
}

/**
 * What the copies call and the objects themselves do not, or the other way, in words: under another type of a column, the
 * same text may mean another function or operator. PostgreSQL records none of its own, so that only others are seen here.
 * @returns a text for each, undefined where both call the same, or where one of the two is not there
 */
export async function changedCalls(
  connection: Connection,
  copied: readonly Copied[],
  defaultSchema: string,
): Promise<readonly (string | undefined)[]> {
  if (copied.length === 0) return [];
  const list = JSON.stringify(copied.map((each, position) => ({ ...each, position })));
  const { calls } = await readCatalog(connection, { calls: query }, defaultSchema, [list]);
  return copied.map((_, at) => {
    const row = calls.find(({ position }) => position === at);
    if (!row) return undefined;
    const [gone, added] = [without(row.was, row.is), without(row.is, row.was)];
    const changes = [
      ...(added.length > 0 ? [`from here on it calls ${added.join(', ')}`] : []),
      ...(gone.length > 0 ? [`it no longer calls ${gone.join(', ')}`] : []),
    ];
    return changes.length > 0 ? `what it calls: ${changes.join(', and ')}` : undefined;
  });
}

const without = (list: readonly string[], others: readonly string[]): readonly string[] =>
  list.filter(each => !others.includes(each));

const objects = `
  SELECT 'pg_rewrite' AS catalog, 'pg_rewrite'::regclass AS class, oid, ev_class AS relation, rulename AS name FROM pg_rewrite
  UNION ALL SELECT 'pg_policy', 'pg_policy'::regclass, oid, polrelid, polname FROM pg_policy`;

const calledBy = (object: string): string => `ARRAY(
  SELECT (pg_identify_object(d.refclassid, d.refobjid, 0)).identity FROM pg_depend d
  WHERE d.classid = ${object}.class AND d.objid = ${object}.oid
    AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass) ORDER BY 1)`;

const query = `
  WITH objects AS (${objects})
  SELECT a.position, array_to_json(${calledBy('o')}) AS was, array_to_json(${calledBy('c')}) AS is
  FROM jsonb_to_recordset($1::jsonb) a(position int, catalog text, name text, relation text, copy text)
  JOIN objects o ON o.catalog = a.catalog AND o.name = a.name AND o.relation = to_regclass(a.relation)
  JOIN objects c ON c.catalog = a.catalog AND c.name = a.name AND c.relation = to_regclass(a.copy)`;
