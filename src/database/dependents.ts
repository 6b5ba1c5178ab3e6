import { nameSeenFrom, qualify, type QualifiedName } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** Something a migration changes or drops: a column, a relation or a type. */
export interface ChangedThing {
  readonly kind: 'column' | 'relation' | 'type';
  readonly schema: string;
  readonly name: string;
  readonly column?: string;
  /** False where a column only gets another type. */
  readonly isDropped: boolean;
}

/** What PostgreSQL recorded to depend on one of them. */
export interface Dependent {
  /** Its identity where objects of that sort are compared: `relation:open_ticket`, `policy:ticket.own_rows`. */
  readonly identity: string | undefined;
  /** The relation it is part of, and goes with. */
  readonly owner: QualifiedName | undefined;
  /** As the server describes it: `function escalate(ticket_status)`. */
  readonly description: string;
  readonly on: ChangedThing;
  /** True for a partition key, which PostgreSQL never changes. */
  readonly isPartitionKey: boolean;
}

/**
 * What depends on things that a migration changes: one query, for these things alone. What PostgreSQL drops or rebuilds
 * along with a thing (its indexes, constraints and defaults) is left out.
 */
export async function readDependents(
  connection: Connection,
  things: readonly ChangedThing[],
  defaultSchema: string,
): Promise<readonly Dependent[]> {
  if (things.length === 0) return [];
  const lists = [
    things.map(({ kind }) => kind),
    things.map(({ schema }) => schema),
    things.map(({ name }) => name),
    things.map(({ column }) => column ?? null),
  ];
  const { dependents } = await readCatalog(connection, { dependents: dependentsQuery }, defaultSchema, lists);
  const names = (schema: string, name: string) => nameSeenFrom(defaultSchema, schema, name);
  return dependents.map(row => dependentOf(row, things[row.position - 1]!, names));
}

function dependentOf(row: any, on: ChangedThing, names: (schema: string, name: string) => QualifiedName): Dependent {
  const owner = row.relation === null ? undefined : names(row.namespace, row.relation);
  const part = row.part === null ? '' : `.${qualify(undefined, row.part)}`;
  return {
    identity: owner === undefined ? undefined : `${row.type}:${owner}${part}`,
    owner,
    description: row.description,
    on,
    isPartitionKey: row.type === 'partition key',
  };
}

const dependentsQuery = `
  WITH things AS (
    SELECT w.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY w(kind, schema, name, part, position)
  ),
  relations AS (
    SELECT w.position, w.kind, c.oid, c.reltype, coalesce(a.attnum, 0)::int AS sub
    FROM things w JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    LEFT JOIN pg_attribute a ON w.kind = 'column' AND a.attrelid = c.oid AND a.attname = w.part
    WHERE w.kind = 'relation' OR a.attnum IS NOT NULL
  ),
  types AS (
    SELECT w.position, t.oid, t.typarray FROM things w JOIN pg_namespace n ON n.nspname = w.schema
    JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = w.name WHERE w.kind = 'type'
    UNION SELECT r.position, t.oid, t.typarray FROM relations r JOIN pg_type t ON t.oid = r.reltype WHERE r.kind = 'relation'
  ),
  roots AS (
    SELECT r.position, r.kind, 'pg_class'::regclass::oid AS classid, r.oid, r.sub FROM relations r
    UNION ALL SELECT t.position, 'type', 'pg_type'::regclass::oid, t.oid, 0 FROM types t
    UNION ALL SELECT t.position, 'type', 'pg_type'::regclass::oid, t.typarray, 0 FROM types t WHERE t.typarray <> 0::oid
  ),
  found AS (
    SELECT DISTINCT r.position, r.kind, r.oid AS root, d.classid, d.objid, d.objsubid,
      r.kind = 'column' AND d.classid = r.classid AND d.objid = r.oid AND d.objsubid = 0 AS partitioned
    FROM roots r JOIN pg_depend d ON d.refclassid = r.classid AND d.refobjid = r.oid
      AND (r.kind <> 'column' OR d.refobjsubid = r.sub)
    WHERE (d.deptype = 'n' AND NOT (r.kind = 'relation' AND EXISTS (SELECT FROM pg_depend w WHERE w.classid = d.classid
        AND w.objid = d.objid AND w.refclassid = r.classid AND w.refobjid = r.oid AND w.refobjsubid = 0 AND w.deptype IN ('a', 'i')))) OR (r.kind = 'column' AND d.classid = r.classid AND d.objid = r.oid AND d.objsubid = 0 AND d.deptype = 'i')
  )
  SELECT f.position::int AS position, pg_describe_object(f.classid, f.objid, f.objsubid) AS description,
    CASE WHEN f.partitioned THEN 'partition key'
         WHEN w.oid IS NOT NULL AND w.ev_type = '1' AND c.relkind IN ('v', 'm') THEN 'relation'
         WHEN w.oid IS NOT NULL THEN 'rule' WHEN x.oid IS NOT NULL THEN 'column'
         WHEN o.oid IS NOT NULL THEN 'constraint' WHEN p.oid IS NOT NULL THEN 'policy'
         WHEN g.oid IS NOT NULL THEN 'trigger' WHEN f.objsubid > 0 THEN 'column' ELSE 'relation' END AS type,
    n.nspname AS namespace, c.relname AS relation,
    coalesce(CASE WHEN w.ev_type = '1' AND c.relkind IN ('v', 'm') THEN NULL ELSE w.rulename END,
      a.attname, o.conname, p.polname, g.tgname) AS part
  FROM found f
  LEFT JOIN pg_rewrite w ON f.classid = 'pg_rewrite'::regclass AND w.oid = f.objid
  LEFT JOIN pg_attrdef x ON f.classid = 'pg_attrdef'::regclass AND x.oid = f.objid
  LEFT JOIN pg_constraint o ON f.classid = 'pg_constraint'::regclass AND o.oid = f.objid
  LEFT JOIN pg_policy p ON f.classid = 'pg_policy'::regclass AND p.oid = f.objid
  LEFT JOIN pg_trigger g ON f.classid = 'pg_trigger'::regclass AND g.oid = f.objid
  LEFT JOIN pg_class c ON c.oid = coalesce(w.ev_class, x.adrelid, CASE WHEN o.conrelid <> 0::oid THEN o.conrelid END, p.polrelid, g.tgrelid,
    CASE WHEN f.classid = 'pg_class'::regclass THEN f.objid END)
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = coalesce(x.adnum::int,
    CASE WHEN f.classid = 'pg_class'::regclass AND f.objsubid > 0 THEN f.objsubid END)
  WHERE f.classid <> 'pg_class'::regclass OR f.objid <> f.root OR f.partitioned
  ORDER BY 1, 2`;
