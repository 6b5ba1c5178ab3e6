import type { ChangedThing } from '../compare/changed-things.ts';
import { nameSeenFrom, qualify, type QualifiedName } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { readCatalog } from './read-catalog.ts';

/** Something a migration changes or drops, with its schema spelled out. */
export interface PlacedThing extends Omit<ChangedThing, 'name'> {
  readonly schema: string;
  readonly name: string;
}

/** What PostgreSQL recorded to depend on one of them. */
export interface Dependent {
  /** Its identity where objects of that sort are compared: `relation:open_ticket`, `policy:ticket.own_rows`. */
  readonly identity: string | undefined;
  /** The relation it is part of, and goes with; of statistics, their own name. */
  readonly owner: QualifiedName | undefined;
  /** As the server describes it: `function escalate(ticket_status)`. */
  readonly description: string;
  readonly on: PlacedThing;
  /** Of a foreign key: the column whose values the changed column holds. */
  readonly referrer?: { readonly table: QualifiedName; readonly type: string };
}

/**
 * What depends on things that a migration changes: one query, for these things alone. What PostgreSQL drops
 * along with one of them (its indexes, constraints, sequences and defaults) is left out, and what depends on that is not.
 */
export async function readDependents(
  connection: Connection,
  things: readonly PlacedThing[],
  defaultSchema: string,
): Promise<readonly Dependent[]> {
  if (things.length === 0) return [];
  const lists = [
    things.map(({ kind }) => kind),
    things.map(({ schema }) => schema),
    things.map(({ name }) => name),
    things.map(({ part }) => part ?? null),
    things.map(({ change }) => change),
    things.map(({ only }) => only ?? false),
  ];
  const { dependents } = await readCatalog(connection, { dependents: dependentsQuery }, defaultSchema, lists);
  const names = (schema: string, name: string) => nameSeenFrom(defaultSchema, schema, name);
  return dependents.map(row => dependentOf(row, things[row.position - 1]!, names));
}

function dependentOf(row: any, on: PlacedThing, names: (schema: string, name: string) => QualifiedName): Dependent {
  const owner = row.relation === null ? undefined : names(row.namespace, row.relation);
  const part = row.part === null ? '' : `.${qualify(undefined, row.part)}`;
  return {
    identity: owner === undefined ? undefined : `${row.type}:${owner}${part}`,
    owner,
    description: row.description,
    on: row.via === null ? on : { ...on, schema: row.viaNamespace, name: row.via },
    ...(row.referrer !== null && { referrer: { table: owner!, type: row.referrer } }),
  };
}

/**
 * `gone` is what leaves its place along with the things, as PostgreSQL itself works it out: by dependencies that are no
 * hindrance (automatic, internal, those of partitions and of an extension's members). A column changes on all partitions
 * and heirs at once. What depends on anything gone in the normal way, and is not gone, is a hindrance; so is what depends on
 * a column that gets another type, and so is a constraint whose index goes with another one. `via` is what depends on a
 * partition of a table that goes.
 */
const dependentsQuery = `
  WITH RECURSIVE things AS (
    SELECT w.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::boolean[])
      WITH ORDINALITY w(kind, schema, name, part, change, alone, position)
  ),
  relations AS (
    SELECT w.*, c.oid, coalesce(a.attnum, 0)::int AS sub
    FROM things w JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    LEFT JOIN pg_attribute a ON w.kind IN ('column', 'feed') AND a.attrelid = c.oid AND a.attname = w.part
    WHERE w.kind IN ('column', 'relation', 'constraint', 'feed')
  ),
  below AS (
    SELECT r.position, r.oid AS above, r.sub, r.oid FROM relations r WHERE r.kind = 'column' AND r.sub > 0 AND NOT r.alone
    UNION SELECT b.position, b.above, b.sub, h.inhrelid FROM below b JOIN pg_inherits h ON h.inhparent = b.oid
  ),
  roots AS (
    SELECT r.position, r.kind, r.change, 'pg_class'::regclass::oid AS classid, r.oid, r.sub FROM relations r
      WHERE r.kind = 'relation' OR r.kind = 'column' AND r.sub > 0
    UNION ALL SELECT r.position, r.kind, r.change, 'pg_class'::regclass::oid, b.oid, a.attnum
      FROM below b JOIN relations r ON r.position = b.position JOIN pg_attribute t ON t.attrelid = b.above AND t.attnum = b.sub
      JOIN pg_attribute a ON a.attrelid = b.oid AND a.attname = t.attname
      WHERE b.oid <> b.above AND (r.change <> 'dropped' OR NOT a.attislocal AND a.attinhcount = 1)
    UNION ALL SELECT r.position, r.kind, r.change, 'pg_constraint'::regclass::oid, o.oid, 0
      FROM relations r JOIN pg_constraint o ON o.conrelid = r.oid AND o.conname = r.part WHERE r.kind = 'constraint'
    UNION ALL SELECT r.position, r.kind, r.change, 'pg_class'::regclass::oid, s.oid, 0
      FROM relations r JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid AND d.refobjsubid = r.sub
      JOIN pg_class s ON d.classid = 'pg_class'::regclass AND s.oid = d.objid AND s.relkind = 'S' WHERE r.kind = 'feed' AND r.sub > 0
    UNION ALL SELECT w.position, w.kind, w.change, 'pg_type'::regclass::oid, t.oid, 0
      FROM things w JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_type t ON t.typnamespace = n.oid AND t.typname = w.name WHERE w.kind = 'type'
    UNION ALL SELECT w.position, w.kind, w.change, 'pg_namespace'::regclass::oid, n.oid, 0
      FROM things w JOIN pg_namespace n ON n.nspname = w.name WHERE w.kind = 'schema'
    UNION ALL SELECT w.position, w.kind, w.change, 'pg_extension'::regclass::oid, e.oid, 0
      FROM things w JOIN pg_extension e ON e.extname = w.name WHERE w.kind = 'extension'
  ),
  gone AS (
    SELECT position, change, classid, oid, sub FROM roots WHERE change <> 'retyped'
    UNION
    SELECT g.position, g.change, d.classid, d.objid, d.objsubid FROM gone g
    JOIN pg_depend d ON d.refclassid = g.classid AND d.refobjid = g.oid AND (g.sub = 0 OR d.refobjsubid = g.sub)
    WHERE d.deptype IN ('a', 'i', 'P', 'S', 'e') AND NOT (d.classid = g.classid AND d.objid = g.oid)
  ),
  changed AS (
    SELECT position, classid, oid, sub FROM gone WHERE change = 'dropped'
    UNION SELECT position, classid, oid, sub FROM roots WHERE change = 'retyped'
  ),
  found AS (
    SELECT DISTINCT c.position, c.oid AS root, coalesce(i.indrelid, c.oid) AS via, d.classid, d.objid, d.objsubid
    FROM changed c LEFT JOIN pg_index i ON c.classid = 'pg_class'::regclass AND i.indexrelid = c.oid
    JOIN pg_depend d ON d.refclassid = c.classid AND d.refobjid = c.oid AND (c.sub = 0 OR d.refobjsubid = c.sub)
    WHERE d.deptype = 'n' AND NOT EXISTS (SELECT FROM gone g
      WHERE g.classid = d.classid AND g.oid = d.objid AND (g.sub = 0 OR g.sub = d.objsubid))
    UNION SELECT c.position, c.oid, NULL, d.refclassid, d.refobjid, 0
    FROM changed c JOIN pg_depend d ON d.classid = c.classid AND d.objid = c.oid AND d.deptype = 'i' AND d.refclassid = 'pg_constraint'::regclass
    WHERE c.classid = 'pg_class'::regclass AND NOT EXISTS (SELECT FROM gone g WHERE g.classid = d.refclassid AND g.oid = d.refobjid)
  )
  SELECT DISTINCT f.position::int AS position, pg_describe_object(f.classid, f.objid, f.objsubid) AS description,
    CASE WHEN w.oid IS NOT NULL AND w.ev_type = '1' AND c.relkind IN ('v', 'm') THEN 'relation'
         WHEN w.oid IS NOT NULL THEN 'rule' WHEN x.oid IS NOT NULL THEN 'column'
         WHEN o.oid IS NOT NULL THEN 'constraint' WHEN p.oid IS NOT NULL THEN 'policy'
         WHEN g.oid IS NOT NULL THEN 'trigger' WHEN e.oid IS NOT NULL THEN 'statistics' WHEN f.objsubid > 0 THEN 'column' ELSE 'relation' END AS type,
    n.nspname AS namespace, coalesce(c.relname, e.stxname) AS relation, format_type(m.atttypid, m.atttypmod) AS referrer,
    coalesce(CASE WHEN w.ev_type = '1' AND c.relkind IN ('v', 'm') THEN NULL ELSE w.rulename END,
      a.attname, o.conname, p.polname, g.tgname) AS part, vn.nspname AS "viaNamespace", v.relname AS via
  FROM found f
  LEFT JOIN relations t ON t.position = f.position AND t.kind = 'relation'
  LEFT JOIN pg_class v ON v.oid = f.via AND v.oid <> t.oid AND v.relispartition
    AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indexrelid IN (t.oid, v.oid)) LEFT JOIN pg_namespace vn ON vn.oid = v.relnamespace
  LEFT JOIN pg_rewrite w ON f.classid = 'pg_rewrite'::regclass AND w.oid = f.objid
  LEFT JOIN pg_attrdef x ON f.classid = 'pg_attrdef'::regclass AND x.oid = f.objid
  LEFT JOIN pg_constraint o ON f.classid = 'pg_constraint'::regclass AND o.oid = f.objid
  LEFT JOIN roots y ON o.contype = 'f' AND y.position = f.position AND y.classid = 'pg_class'::regclass AND y.oid = o.confrelid AND y.sub > 0
  LEFT JOIN pg_attribute m ON m.attrelid = o.conrelid AND m.attnum = o.conkey[array_position(o.confkey, y.sub::int2)]
  LEFT JOIN pg_policy p ON f.classid = 'pg_policy'::regclass AND p.oid = f.objid
  LEFT JOIN pg_trigger g ON f.classid = 'pg_trigger'::regclass AND g.oid = f.objid
  LEFT JOIN pg_statistic_ext e ON f.classid = 'pg_statistic_ext'::regclass AND e.oid = f.objid
  LEFT JOIN pg_class c ON c.oid = coalesce(w.ev_class, x.adrelid, CASE WHEN o.conrelid <> 0::oid THEN o.conrelid END, p.polrelid, g.tgrelid,
    CASE WHEN f.classid = 'pg_class'::regclass THEN f.objid END)
  LEFT JOIN pg_namespace n ON n.oid = coalesce(c.relnamespace, e.stxnamespace)
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = coalesce(x.adnum::int,
    CASE WHEN f.classid = 'pg_class'::regclass AND f.objsubid > 0 THEN f.objsubid END)
  WHERE f.classid <> 'pg_class'::regclass OR f.objid <> f.root
  ORDER BY 1, 2`;
