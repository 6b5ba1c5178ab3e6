import { primaryKeyUse, type Use, type UserOf, type UsesLookup } from '../objects/uses.ts';
import { qualify, type QualifiedName } from '../sql/name.ts';

type Qualify = (namespace: string, name: string) => QualifiedName;

/** Looks up what the rows of {@link usesQuery} say. */
export function usesIn(rows: readonly any[], qualifyIn: Qualify): UsesLookup {
  const uses = new Map<string, Use[]>();
  for (const row of rows) {
    const user = userOf(row, qualifyIn);
    const use = useOf(row, qualifyIn);
    const known = uses.get(user);
    if (!known) uses.set(user, [use]);
    else if (!known.includes(use)) known.push(use);
  }
  return user => uses.get(user) ?? [];
}

function userOf({ user, namespace, relation, part }: any, qualifyIn: Qualify): UserOf {
  const owner = qualifyIn(namespace, relation);
  return part === null ? `${user as 'relation'}:${owner}` : `${user as 'column'}:${owner}.${qualify(undefined, part)}`;
}

function useOf({ use, usedNamespace, used, usedPart }: any, qualifyIn: Qualify): Use {
  const owner = qualifyIn(usedNamespace, used);
  if (use === 'primaryKey') return primaryKeyUse(owner);
  return usedPart === null
    ? `${use as 'relation'}:${owner}`
    : `${use as 'column'}:${owner}.${qualify(undefined, usedPart)}`;
}

/**
 * What expressions refer to, as PostgreSQL recorded it when they were parsed: one query for all views, generated
 * columns, defaults, checks, exclusions, index expressions, policies, triggers, rules and statistics of the schemas.
 * What the predicate and the expressions of an exclusion use is recorded of its index.
 * Before PostgreSQL 15, what a generated column uses is recorded of the column, afterwards of its expression.
 * @see https://www.postgresql.org/docs/current/catalog-pg-depend.html
 */
export const usesQuery = `
  WITH users AS (
    SELECT 'pg_catalog.pg_rewrite'::pg_catalog.regclass AS classid, w.oid AS objid, w.ev_class AS relation,
        CASE WHEN v.relkind IN ('v', 'm') AND w.ev_type = '1' THEN 'relation' ELSE 'rule' END AS user,
        CASE WHEN v.relkind IN ('v', 'm') AND w.ev_type = '1' THEN NULL ELSE w.rulename END AS part, NULL::pg_catalog.int4 AS sub
      FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class v ON v.oid = w.ev_class
    UNION ALL
    SELECT 'pg_catalog.pg_attrdef'::pg_catalog.regclass, f.oid, f.adrelid, 'column', a.attname, NULL
      FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
    UNION ALL
    SELECT 'pg_catalog.pg_constraint'::pg_catalog.regclass, o.oid, o.conrelid, 'constraint', o.conname, NULL
      FROM pg_catalog.pg_constraint o WHERE o.contype IN ('c', 'x') AND o.conrelid <> 0
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, o.conindid, o.conrelid, 'constraint', o.conname, NULL
      FROM pg_catalog.pg_constraint o WHERE o.contype = 'x'
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, x.indexrelid, x.indexrelid, 'relation', NULL, NULL
      FROM pg_catalog.pg_index x WHERE x.indexprs IS NOT NULL OR x.indpred IS NOT NULL
    UNION ALL
    SELECT 'pg_catalog.pg_policy'::pg_catalog.regclass, p.oid, p.polrelid, 'policy', p.polname, NULL
      FROM pg_catalog.pg_policy p
    UNION ALL
    SELECT 'pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid, g.tgrelid, 'trigger', g.tgname, NULL
      FROM pg_catalog.pg_trigger g WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid, s.stxrelid, 'statistics', s.stxname, NULL
      FROM pg_catalog.pg_statistic_ext s
    UNION ALL
    SELECT 'pg_catalog.pg_class'::pg_catalog.regclass, f.adrelid, f.adrelid, 'column', a.attname, f.adnum
      FROM pg_catalog.pg_attrdef f JOIN pg_catalog.pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
      WHERE a.attgenerated <> ''
  )
  SELECT DISTINCT u.user::pg_catalog.text AS user, n.nspname AS namespace, c.relname AS relation, u.part,
    CASE WHEN k.contype = 'p' THEN 'primaryKey' WHEN k.oid IS NOT NULL THEN 'constraint' WHEN t.oid IS NOT NULL THEN 'type'
         WHEN a.attname IS NOT NULL THEN 'column' ELSE 'relation' END AS use,
    rn.nspname AS "usedNamespace", coalesce(r.relname, e.typname, t.typname) AS used, coalesce(a.attname, k.conname) AS "usedPart"
  FROM users u
  JOIN pg_catalog.pg_class c ON c.oid = u.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_depend d ON d.classid = u.classid AND d.objid = u.objid AND (u.sub IS NULL OR d.objsubid = u.sub AND d.deptype = 'a')
  LEFT JOIN pg_catalog.pg_constraint k ON d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND k.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_type t ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
  LEFT JOIN pg_catalog.pg_class r ON r.oid = coalesce(k.conrelid,
    CASE WHEN d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN d.refobjid END)
  LEFT JOIN pg_catalog.pg_attribute a ON k.oid IS NULL AND a.attrelid = r.oid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
  JOIN pg_catalog.pg_namespace rn ON rn.oid = coalesce(r.relnamespace, e.typnamespace, t.typnamespace)
  WHERE n.nspname = ANY($1::pg_catalog.text[]) AND rn.nspname <> 'pg_catalog'
    AND (r.oid IS NULL OR r.relkind IN ('r', 'p', 'v', 'm', 'f'))
    AND NOT (a.attname IS NOT NULL AND u.user = 'column' AND r.oid = u.relation AND a.attname = u.part)
    AND NOT (a.attname IS NULL AND k.oid IS NULL AND r.oid = u.relation)
    AND (u.user <> 'constraint' OR k.conname IS DISTINCT FROM u.part OR k.conrelid <> u.relation)`;
