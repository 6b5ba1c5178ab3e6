import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import { list, mark, optional, record, text, type Form } from './form.ts';

/** Privileges of one role. An empty list takes away what a new object would give it by default. */
export interface Grant {
  /** A role, or `public` for everyone. */
  readonly to: string;
  readonly privileges: readonly string[];
  readonly grantable?: true;
  /** The role that grants them, where the one that creates the object cannot do so before the object is its owner's. */
  readonly by?: string;
}

/** Privileges on an object, or on columns of it. */
export interface Granted {
  /** What `GRANT … ON` calls it. */
  readonly subject: string;
  readonly grants: readonly Grant[];
  /** ` ("a", "b")`. */
  readonly columns?: string;
}

export const grant: Form<Grant> = record({
  to: text,
  privileges: list(text),
  grantable: optional(mark),
  by: optional(text),
});

/**
 * @param columns ` ("a", "b")` for privileges on columns of a table
 * @param owner who will own the object: what it has by default is the creating role's until then
 */
export function grantStatement(
  subject: string,
  { to, privileges, grantable, by }: Grant,
  columns = '',
  owner?: string,
): Statement {
  const role = to === 'public' ? 'PUBLIC' : quoteIdentifier(to);
  if (privileges.length === 0)
    return statement(`REVOKE ALL${columns} ON ${subject} FROM ${role}${to === owner ? ', CURRENT_USER' : ''}`);
  const list = privileges.map(privilege => `${privilege}${columns}`).join(', ');
  const sql = `GRANT ${list} ON ${subject} TO ${role}${grantable ? ' WITH GRANT OPTION' : ''}`;
  return statement(by === undefined ? sql : carriedOutBy(by, sql));
}

/** A role can grant in its own name only. What role the session has otherwise, it has again afterwards. */
const carriedOutBy = (role: string, sql: string): string =>
  `DO ${quoteText(`DECLARE before text := current_setting('role');
BEGIN
  SET LOCAL ROLE ${quoteIdentifier(role)};
  ${sql};
  PERFORM set_config('role', before, true);
END`)}`;

/** The letters of `pg_default_acl.defaclobjtype`, which but for sequences are those of `acldefault`. */
export type AclType = 'r' | 'S' | 'T' | 'n';

/** SQL for the role that reads, which is the one that creates. */
export const CREATOR = '(SELECT o.oid FROM pg_roles o WHERE o.rolname = current_user)';

/** What PostgreSQL 16 calls the right to SET ROLE, which every member has before. */
const MAY_SET = `CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END`;

/**
 * SQL for whether the migrating role can be another one that finds the object by the same name: not without USAGE on
 * its schema, nor where `"$user"` in the search path may lead elsewhere.
 */
const canBe = (role: string, namespace: string): string => `(pg_has_role(${CREATOR}, ${role}, ${MAY_SET})
  AND CASE WHEN ${namespace} = 0::oid THEN true ELSE has_schema_privilege(${role}, ${namespace}, 'USAGE')
    AND NOT EXISTS (SELECT FROM pg_namespace u WHERE u.nspname = pg_get_userbyid(${role}) AND u.oid <> ${namespace}) END)`;

/** SQL for whether an entry `e` of a list of privileges is none that the creating role makes before `OWNER TO`. */
const isByOthers = (owner: string): string =>
  `(e.grantor <> ${owner} OR e.grantee = ${CREATOR} AND ${owner} <> ${CREATOR})`;

/**
 * SQL for the privileges that differ from those of a new object: what `ALTER DEFAULT PRIVILEGES` gives what the creating
 * role makes, or PostgreSQL itself. `OWNER TO` comes after: it puts the owner where the creator was.
 * @param namespace the schema it lies in; left out for schemas themselves
 */
export function grantsColumn(type: AclType, acl: string, owner: string, namespace = '0'): string {
  const defaults = `pg_default_acl f WHERE f.defaclobjtype = '${type}' AND f.defaclrole = ${CREATOR}`;
  const fallback = type === 'S' ? 's' : type;
  const entry = `CASE WHEN e.grantee = ${CREATOR} THEN ${owner} ELSE e.grantee END AS grantee, e.privilege_type, e.is_grantable, NULL::oid AS by`;
  const fresh = `
      SELECT ${entry} FROM aclexplode(coalesce((SELECT f.defaclacl FROM ${defaults} AND f.defaclnamespace = 0), acldefault('${fallback}', ${CREATOR}))) e
      UNION SELECT ${entry} FROM ${defaults.replace(' WHERE', ', aclexplode(f.defaclacl) e WHERE')} AND f.defaclnamespace = ${namespace} AND f.defaclnamespace <> 0`;
  const missing = (
    these: string,
    those: string,
  ) => `EXISTS (SELECT FROM ${these} f WHERE f.grantee = g.grantee AND NOT EXISTS (SELECT FROM ${those} a
          WHERE a.grantee = f.grantee AND a.privilege_type = f.privilege_type AND a.is_grantable = f.is_grantable AND a.by IS NOT DISTINCT FROM f.by))`;
  return `CASE WHEN ${acl} IS NOT NULL OR EXISTS (SELECT FROM ${defaults}) THEN (
    WITH actual AS (${entriesOf(`coalesce(${acl}, acldefault('${fallback}', ${owner}))`, isByOthers(owner), namespace)}), fresh AS (${fresh}),
    lists AS (
      SELECT g.*, ${missing('fresh', 'actual')} AS lost FROM (${listsOf('actual')}) g
      WHERE ${missing('fresh', 'actual')} OR ${missing('actual', 'fresh')}
    ),
    entries AS (
      SELECT DISTINCT f.grantee, '{}'::text[] AS privileges, false AS is_grantable, NULL::oid AS by, 0::bigint AS rank FROM fresh f
        WHERE NOT EXISTS (SELECT FROM actual a WHERE a.grantee = f.grantee) OR EXISTS (SELECT FROM lists l WHERE l.grantee = f.grantee AND l.lost)
      UNION ALL SELECT l.grantee, l.privileges, l.is_grantable, l.by, l.rank FROM lists l
    )
    SELECT ${grantsOf} FROM entries g) END AS grants`;
}

/**
 * SQL for the privileges on a column of a relation. A column may be added without the relation, and then it is the
 * relation's owner that grants.
 */
export const columnGrants = (acl: string, owner: string, namespace: string): string => `
  (SELECT ${grantsOf} FROM (${listsOf(`(${entriesOf(acl, `(e.grantor <> ${owner} OR ${owner} <> ${CREATOR})`, namespace)})`)}) g) AS grants`;

/** SQL for the entries of a list of privileges, in its order: who grants comes after what gives it the option to. */
const entriesOf = (acl: string, byOthers: string, namespace: string): string =>
  `SELECT e.grantee, e.privilege_type, e.is_grantable, e.rank,
      CASE WHEN ${byOthers} AND ${canBe('e.grantor', namespace)} THEN e.grantor END AS by
    FROM aclexplode(${acl}) WITH ORDINALITY e(grantor, grantee, privilege_type, is_grantable, rank)`;

const listsOf = (entries: string): string =>
  `SELECT a.grantee, a.is_grantable, a.by, array_agg(DISTINCT a.privilege_type ORDER BY a.privilege_type) AS privileges, min(a.rank) AS rank
        FROM ${entries} a GROUP BY a.grantee, a.is_grantable, a.by`;

/** What is revoked comes first, then what the owner grants. */
const grantsOf = `json_agg(json_strip_nulls(json_build_object('to', CASE WHEN g.grantee = 0::oid THEN 'public' ELSE pg_get_userbyid(g.grantee) END,
      'privileges', g.privileges, 'grantable', CASE WHEN g.is_grantable THEN true END, 'by', CASE WHEN g.by IS NOT NULL THEN pg_get_userbyid(g.by) END))
    ORDER BY g.rank > 0, g.by IS NOT NULL, CASE WHEN g.by IS NOT NULL THEN g.rank END, g.grantee, g.is_grantable)`;

/** SQL for the roles that granted privileges on an object, or on its parts, in whose name the migrating role cannot. */
export function grantorsColumn(
  catalog: 'pg_class' | 'pg_type' | 'pg_namespace',
  row: string,
  acl: string,
  owner: string,
  namespace = '0',
): string {
  const parts = `
      UNION ALL SELECT k.attacl FROM pg_attribute k WHERE k.attrelid = ${row}.oid AND k.attacl IS NOT NULL
      UNION ALL SELECT s.relacl FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ${row}.oid AND d.deptype IN ('a', 'i')`;
  return `ARRAY(SELECT DISTINCT quote_ident(pg_get_userbyid(e.grantor)) || ' as the grantor of privileges of ' ||
        CASE WHEN e.grantee = 0::oid THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END
      FROM (SELECT ${acl}${catalog === 'pg_class' ? parts : ''}) a(acl), aclexplode(a.acl) e
      WHERE ${isByOthers(owner)} AND NOT ${canBe('e.grantor', namespace)} ORDER BY 1) AS grantors`;
}
