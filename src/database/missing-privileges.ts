import type { Operation } from '../objects/kinds.ts';
import { nameSeenFrom } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { privilegeNeeds, type Names } from './privilege-needs.ts';
import { readCatalog } from './read-catalog.ts';

/**
 * The privileges that operations need beside ownership, and that the role in question does not have, in words: on the
 * database, schemas and tablespaces that objects are made in, on the types of columns, on what objects that are made again
 * use, and for the owners that they get. Another role may run the revision, or the privilege may be granted before.
 * @param run what needs it: the revision, or its downgrade
 */
export async function missingPrivileges(
  connection: Connection,
  operations: readonly Operation[],
  names: Names,
  run: 'revision' | 'downgrade' = 'revision',
): Promise<readonly string[]> {
  const { defaultSchema } = names;
  const needs = privilegeNeeds(operations, names);
  if (needs.length === 0) return [];
  const columns = ['sort', 'schema', 'name', 'part', 'role'] as const;
  const lists = columns.map(column => needs.map(need => need[column] ?? null));
  const { missing } = await readCatalog(connection, { missing: missingQuery }, defaultSchema, lists);
  const whys = new Map<string, Set<string>>();
  for (const { position, privilege, kind, namespace, name, takes, holder } of missing) {
    const what = namespace === null ? name : nameSeenFrom(defaultSchema, namespace, name);
    const lack = `${privilege} on ${kind} ${what}${takes ?? ''}, which ${holder} does not have`;
    whys.set(lack, (whys.get(lack) ?? new Set()).add(needs[position - 1]!.why));
  }
  return [...whys].map(
    ([lack, why]) =>
      `The ${run} needs ${lack}, to ${[...why].join(', ')}: grant it before, or have the ${run} run by another role.`,
  );
}

/**
 * The texts of objects that are there now say what they will use when they are made again, and so do the types of columns.
 * Whether the functions of a trigger, a check and a generated column may be called is asked when these are made; of a default,
 * when its column is added to rows. A materialized view is filled by its owner, who must be allowed to read what it reads.
 */
const missingQuery = `
  WITH w AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
      WITH ORDINALITY w(sort, schema, name, part, role, position)),
  placed AS (SELECT w.*, n.oid AS namespace, c.oid AS relation, coalesce(w.role, current_user) AS holder FROM w JOIN pg_namespace n ON n.nspname = w.schema
    LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name),
  objects AS (
    SELECT p.position, p.sort, p.holder, o.classid, o.objid, o.calls, NULL::int AS sub FROM placed p CROSS JOIN LATERAL (
      SELECT 'pg_rewrite'::regclass AS classid, r.oid AS objid, p.sort = 'Filled' AS calls FROM pg_rewrite r
      WHERE r.ev_class = p.relation AND (p.sort IN ('View', 'MaterializedView', 'Filled') OR (p.sort = 'Rule' AND r.rulename = p.part))
      UNION ALL SELECT 'pg_class'::regclass, p.relation, false WHERE p.sort = 'Index' AND p.relation IS NOT NULL
      UNION ALL SELECT 'pg_statistic_ext'::regclass, s.oid, false FROM pg_statistic_ext s
      WHERE p.sort = 'Statistics' AND s.stxnamespace = p.namespace AND s.stxname = p.name
      UNION ALL SELECT 'pg_trigger'::regclass, t.oid, true FROM pg_trigger t
      WHERE p.sort = 'Trigger' AND t.tgrelid = p.relation AND t.tgname = p.part
      UNION ALL SELECT 'pg_policy'::regclass, y.oid, false FROM pg_policy y
      WHERE p.sort = 'Policy' AND y.polrelid = p.relation AND y.polname = p.part
      UNION ALL SELECT 'pg_constraint'::regclass, k.oid, k.contype = 'c' FROM pg_constraint k
      WHERE p.sort IN ('CheckConstraint', 'ExclusionConstraint') AND k.conrelid = p.relation AND k.conname = p.part
      UNION ALL SELECT 'pg_attrdef'::regclass, d.oid, p.sort = 'Added' FROM pg_attribute a
      JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = p.relation AND (p.sort IN ('Column', 'Added') AND a.attname = p.part OR p.sort = 'Table')
      UNION ALL SELECT 'pg_constraint'::regclass, k.oid, false FROM pg_constraint k WHERE p.sort = 'Table' AND k.conrelid = p.relation
      UNION ALL SELECT 'pg_class'::regclass, k.conindid, false FROM pg_constraint k
      WHERE k.contype = 'x' AND k.conrelid = p.relation AND (p.sort = 'Table' OR p.sort = 'ExclusionConstraint' AND k.conname = p.part)
      UNION ALL SELECT d.classid, d.objid, k.contype IS NOT DISTINCT FROM 'c' FROM pg_attribute a
      JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
      LEFT JOIN pg_constraint k ON d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
      WHERE p.sort = 'Retyped' AND a.attrelid = p.relation AND a.attname = p.part
        AND d.classid IN ('pg_constraint'::regclass, 'pg_class'::regclass, 'pg_statistic_ext'::regclass)
    ) o
    UNION ALL SELECT p.position, p.sort, p.holder, 'pg_class'::regclass, a.attrelid, false, a.attnum FROM placed p JOIN pg_attribute a ON a.attrelid = p.relation
    WHERE p.sort IN ('Table', 'View', 'MaterializedView') OR (p.sort = 'Added' AND a.attname = p.part)),
  used AS (SELECT DISTINCT o.position, o.sort, o.holder, o.calls, o.sub IS NOT NULL AS "isColumn",
      d.refclassid, d.refobjid, d.refobjsubid FROM objects o
    JOIN pg_depend d ON d.classid = o.classid AND d.objid = o.objid AND (o.sub IS NULL OR d.objsubid = o.sub)),
  types AS (
    SELECT p.position, p.namespace, t.oid FROM placed p JOIN pg_type t ON t.typnamespace = p.namespace AND t.typname = p.name WHERE p.sort = 'type'
    UNION SELECT position, NULL, refobjid FROM used WHERE "isColumn" AND refclassid = 'pg_type'::regclass),
  used_schemas AS (
    SELECT u.position, coalesce(c.relnamespace, f.pronamespace, t.typnamespace, x.oprnamespace, l.collnamespace) AS namespace
    FROM used u LEFT JOIN pg_class c ON u.refclassid = 'pg_class'::regclass AND c.oid = u.refobjid
      LEFT JOIN pg_proc f ON u.refclassid = 'pg_proc'::regclass AND f.oid = u.refobjid
      LEFT JOIN pg_type t ON u.refclassid = 'pg_type'::regclass AND t.oid = u.refobjid
      LEFT JOIN pg_operator x ON u.refclassid = 'pg_operator'::regclass AND x.oid = u.refobjid
      LEFT JOIN pg_collation l ON u.refclassid = 'pg_collation'::regclass AND l.oid = u.refobjid
    WHERE u.sort <> 'Filled'
    UNION SELECT position, namespace FROM types),
  called AS (
    SELECT u.position, u.holder, CASE u.refclassid WHEN 'pg_proc'::regclass THEN u.refobjid ELSE x.oprcode END AS function
    FROM used u LEFT JOIN pg_operator x ON u.refclassid = 'pg_operator'::regclass AND x.oid = u.refobjid WHERE u.calls)
  SELECT position::int AS position, privilege, kind, namespace, name, takes, holder FROM (
    SELECT p.position, 'CREATE' AS privilege, 'schema' AS kind, NULL::text AS namespace, p.schema AS name, NULL::text AS takes,
      current_user AS holder
    FROM placed p WHERE p.sort = 'schema' AND NOT has_schema_privilege(p.namespace, 'CREATE')
    UNION SELECT p.position, 'CREATE', 'schema', NULL, p.schema, NULL, r.rolname
    FROM placed p JOIN pg_roles r ON r.rolname = p.role
    WHERE p.sort = 'owner' AND r.rolname <> current_user AND NOT has_schema_privilege(r.oid, p.namespace, 'CREATE')
      AND NOT (SELECT m.rolsuper FROM pg_roles m WHERE m.rolname = current_user)
    UNION SELECT w.position, 'CREATE', 'tablespace', NULL, s.spcname, NULL, current_user
    FROM w JOIN pg_tablespace s ON s.spcname = w.name
    WHERE w.sort = 'tablespace' AND NOT has_tablespace_privilege(s.oid, 'CREATE')
      AND s.oid <> (SELECT b.dattablespace FROM pg_database b WHERE b.datname = current_database())
    UNION SELECT p.position, 'REFERENCES', 'table', p.schema, p.name, NULL, current_user FROM placed p
    WHERE p.sort = 'references' AND p.relation IS NOT NULL AND NOT has_table_privilege(p.relation, 'REFERENCES')
      AND NOT has_any_column_privilege(p.relation, 'REFERENCES')
    UNION SELECT u.position, 'USAGE', 'schema', NULL, n.nspname, NULL, current_user FROM used_schemas u
    JOIN pg_namespace n ON n.oid = u.namespace WHERE NOT has_schema_privilege(n.oid, 'USAGE')
    UNION SELECT u.position, 'EXECUTE', 'function', n.nspname, f.proname,
      '(' || pg_get_function_identity_arguments(f.oid) || ')', u.holder
    FROM called u JOIN pg_roles r ON r.rolname = u.holder JOIN pg_proc f ON f.oid = u.function JOIN pg_namespace n ON n.oid = f.pronamespace
    WHERE NOT has_function_privilege(r.oid, f.oid, 'EXECUTE')
    UNION SELECT y.position, 'USAGE', 'type', n.nspname, e.typname, NULL, current_user
    FROM types y JOIN pg_type t ON t.oid = y.oid
    JOIN pg_type e ON e.oid = CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END
    JOIN pg_namespace n ON n.oid = e.typnamespace WHERE NOT has_type_privilege(e.oid, 'USAGE')
    UNION SELECT u.position, 'SELECT', 'table', n.nspname, c.relname, NULL, u.holder
    FROM used u JOIN pg_roles r ON r.rolname = u.holder
    JOIN pg_class c ON u.refclassid = 'pg_class'::regclass AND c.oid = u.refobjid AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE u.sort = 'Filled' AND NOT has_table_privilege(r.oid, c.oid, 'SELECT') AND NOT CASE u.refobjsubid
      WHEN 0 THEN has_any_column_privilege(r.oid, c.oid, 'SELECT') ELSE has_column_privilege(r.oid, c.oid, u.refobjsubid::int2, 'SELECT') END
    UNION SELECT w.position, 'CREATE', 'database', NULL, current_database(), NULL, current_user FROM w
    WHERE NOT has_database_privilege(current_database(), 'CREATE') AND (w.sort = 'Schema' OR w.sort = 'Extension' AND EXISTS (
      SELECT FROM pg_available_extensions e JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
      WHERE e.name = w.name AND v.trusted))
  ) missing
  ORDER BY privilege, kind, namespace, name, position`;
