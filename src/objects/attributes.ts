import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import { LOST, losing, type Losing } from './lost.ts';
import { list, mark, optional, record, text, type Fields, type Form } from './form.ts';

/** Privileges of one role. An empty list takes away what a new object would give it by default. */
export interface Grant {
  /** A role, or `public` for everyone. */
  readonly to: string;
  readonly privileges: readonly string[];
  readonly grantable?: true;
}

/** What an object has beside its definition, so that it comes back as it was when it must be created again. */
export interface Attributes extends Losing {
  /** Where it is not the role that migrates. */
  readonly owner?: string;
  /** Where they are not those of a new object. */
  readonly grants?: readonly Grant[];
  readonly comment?: string;
}

/** How a table or a materialized view is stored. */
export interface Storage {
  /** Storage parameters, as in `WITH (fillfactor=70, toast.autovacuum_enabled=false)`. */
  readonly with?: readonly string[];
  /** The table access method, where it is not `heap`. */
  readonly method?: string;
  /** Where it is not the database's own. */
  readonly tablespace?: string;
}

export const grant: Form<Grant> = record({ to: text, privileges: list(text), grantable: optional(mark) });

export const attributeFields: Fields<Attributes> = {
  owner: optional(text),
  grants: optional(list(grant)),
  comment: optional(text),
};

export const storageFields: Fields<Storage> = {
  with: optional(list(text)),
  method: optional(text),
  tablespace: optional(text),
};

/** The fields of {@link Attributes} in catalog rows, as data. */
export const attributesOf = (row: any): Attributes => ({
  ...(row.comment != null && { comment: row.comment }),
  ...(row.owner != null && { owner: row.owner }),
  ...(row.grants != null && { grants: row.grants }),
  ...losing(row.grantors ?? []),
});

/** What of the live object's attributes the declared one does not say itself. */
export const keepAttributes = <Object extends Attributes>(declared: Object, live: Attributes): Object => ({
  ...pick(live, ['comment', 'owner', 'grants', LOST]),
  ...declared,
});

/** Some of an object's fields, where it has them. */
export const pick = <Object extends object, Key extends keyof Object>(
  object: Object,
  keys: readonly Key[],
): Partial<Pick<Object, Key>> =>
  Object.fromEntries(keys.filter(key => object[key] !== undefined).map(key => [key, object[key]])) as Partial<
    Pick<Object, Key>
  >;

/** What `COMMENT ON`, `ALTER … OWNER TO` and `GRANT … ON` call an object. */
export interface Subject {
  /** `VIEW "report"`, for comments and owners. */
  readonly object: string;
  /** `TABLE "report"`, for privileges; left out for what has none. */
  readonly grantable?: string;
}

/** The statements that give a new object its attributes. The owner comes last: only it may grant, and it stays able to. */
export const attributeStatements = (subject: Subject, { owner, grants = [], comment }: Attributes): Statement[] => [
  ...(comment === undefined ? [] : [commentOn(subject.object, comment)]),
  ...(owner === undefined ? [] : [statement(`ALTER ${subject.object} OWNER TO ${quoteIdentifier(owner)}`)]),
  ...grants.map(grant => grantStatement(subject.grantable ?? subject.object, grant)),
];

export const commentOn = (what: string, comment: string | null): Statement =>
  statement(`COMMENT ON ${what} IS ${comment === null ? 'NULL' : quoteText(comment)}`);

/** @param columns `("a", "b")` for privileges on columns of a table */
export function grantStatement(subject: string, { to, privileges, grantable }: Grant, columns = ''): Statement {
  const role = to === 'public' ? 'PUBLIC' : quoteIdentifier(to);
  if (privileges.length === 0) return statement(`REVOKE ALL${columns} ON ${subject} FROM ${role}`);
  const list = privileges.map(privilege => `${privilege}${columns}`).join(', ');
  return statement(`GRANT ${list} ON ${subject} TO ${role}${grantable ? ' WITH GRANT OPTION' : ''}`);
}

/** The letters of `pg_default_acl.defaclobjtype`, which but for sequences are those of `acldefault`. */
type AclType = 'r' | 'S' | 'T' | 'n';

/** SQL for the role that reads, which is the one that creates. */
const CREATOR = '(SELECT o.oid FROM pg_roles o WHERE o.rolname = current_user)';

/** SQL for the owner, where it is another role than the one that reads. */
export const ownerColumn = (owner: string): string =>
  `CASE WHEN ${owner} <> ${CREATOR} THEN pg_get_userbyid(${owner}) END AS owner`;

/**
 * SQL for the privileges that differ from those of a new object: what `ALTER DEFAULT PRIVILEGES` gives what the creating
 * role makes, or PostgreSQL itself. `OWNER TO` comes after: it puts the owner where the creator was.
 * @param namespace the schema it lies in; left out for schemas themselves
 */
export function grantsColumn(type: AclType, acl: string, owner: string, namespace = '0'): string {
  const defaults = `pg_default_acl f WHERE f.defaclobjtype = '${type}' AND f.defaclrole = ${CREATOR}`;
  const fallback = type === 'S' ? 's' : type;
  const entry = `CASE WHEN e.grantee = ${CREATOR} THEN ${owner} ELSE e.grantee END AS grantee, e.privilege_type, e.is_grantable`;
  const fresh = `
      SELECT ${entry} FROM aclexplode(coalesce((SELECT f.defaclacl FROM ${defaults} AND f.defaclnamespace = 0), acldefault('${fallback}', ${CREATOR}))) e
      UNION SELECT ${entry} FROM ${defaults.replace(' WHERE', ', aclexplode(f.defaclacl) e WHERE')} AND f.defaclnamespace = ${namespace} AND f.defaclnamespace <> 0`;
  return `CASE WHEN ${acl} IS NOT NULL OR EXISTS (SELECT FROM ${defaults}) THEN (
    WITH actual AS (SELECT e.* FROM aclexplode(coalesce(${acl}, acldefault('${fallback}', ${owner}))) e), fresh AS (${fresh}),
    lists AS (
      SELECT g.grantee, g.is_grantable, g.privileges,
        EXISTS (SELECT FROM fresh f WHERE f.grantee = g.grantee AND NOT EXISTS (SELECT FROM actual a
          WHERE a.grantee = f.grantee AND a.privilege_type = f.privilege_type AND a.is_grantable = f.is_grantable)) AS lost
      FROM (SELECT a.grantee, a.is_grantable, array_agg(DISTINCT a.privilege_type ORDER BY a.privilege_type) AS privileges
            FROM actual a GROUP BY a.grantee, a.is_grantable) g
      WHERE EXISTS (SELECT FROM fresh f WHERE f.grantee = g.grantee AND NOT EXISTS (SELECT FROM actual a
          WHERE a.grantee = f.grantee AND a.privilege_type = f.privilege_type AND a.is_grantable = f.is_grantable))
        OR EXISTS (SELECT FROM actual a WHERE a.grantee = g.grantee AND NOT EXISTS (SELECT FROM fresh f
          WHERE a.grantee = f.grantee AND a.privilege_type = f.privilege_type AND a.is_grantable = f.is_grantable))
    ),
    entries AS (
      SELECT DISTINCT f.grantee, '{}'::text[] AS privileges, false AS is_grantable, 0 AS rank FROM fresh f
        WHERE NOT EXISTS (SELECT FROM actual a WHERE a.grantee = f.grantee) OR EXISTS (SELECT FROM lists l WHERE l.grantee = f.grantee AND l.lost)
      UNION ALL SELECT l.grantee, l.privileges, l.is_grantable, 1 FROM lists l
    )
    SELECT json_agg(json_strip_nulls(json_build_object('to', CASE WHEN e.grantee = 0::oid THEN 'public' ELSE pg_get_userbyid(e.grantee) END,
        'privileges', e.privileges, 'grantable', CASE WHEN e.is_grantable THEN true END)) ORDER BY e.rank, e.grantee, e.is_grantable)
    FROM entries e) END AS grants`;
}

/** SQL for the privileges on a column. */
export const columnGrants = (acl: string): string => `
  (SELECT json_agg(json_strip_nulls(json_build_object('to', CASE WHEN g.grantee = 0::oid THEN 'public' ELSE pg_get_userbyid(g.grantee) END,
      'privileges', g.privileges, 'grantable', CASE WHEN g.is_grantable THEN true END)) ORDER BY g.grantee, g.is_grantable)
   FROM (SELECT e.grantee, e.is_grantable, array_agg(DISTINCT e.privilege_type ORDER BY e.privilege_type) AS privileges
         FROM aclexplode(${acl}) e GROUP BY e.grantee, e.is_grantable) g) AS grants`;

/**
 * SQL for the roles other than the owner that granted privileges on an object, or on columns of it: a role can grant in
 * its own name only.
 */
function grantorsColumn(catalog: keyof typeof catalogs, row: string, acl: string, owner: string): string {
  const columns = ` UNION ALL SELECT k.attacl FROM pg_attribute k WHERE k.attrelid = ${row}.oid AND k.attacl IS NOT NULL`;
  return `ARRAY(SELECT DISTINCT quote_ident(pg_get_userbyid(e.grantor)) || ' as the grantor of privileges of ' ||
        CASE WHEN e.grantee = 0::oid THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(e.grantee)) END
      FROM (SELECT ${acl}${catalog === 'pg_class' ? columns : ''}) a(acl), aclexplode(a.acl) e WHERE e.grantor <> ${owner} ORDER BY 1) AS grantors`;
}

/**
 * SQL for the tablespace of a relation, where it is not the one that a new relation would be in: the database's own, or
 * `default_tablespace`, which a role or a database may set. A partitioned relation cannot be told to be in the database's own.
 */
export const tablespaceColumn = (relation: string): string =>
  `CASE WHEN ${relation}.reltablespace <> 0 THEN (SELECT s.spcname FROM pg_tablespace s WHERE s.oid = ${relation}.reltablespace)
          WHEN current_setting('default_tablespace') <> '' AND ${relation}.relkind IN ('r', 'm', 'i') THEN (SELECT s.spcname
            FROM pg_tablespace s JOIN pg_database b ON b.dattablespace = s.oid WHERE b.datname = current_database()) END AS tablespace`;

/**
 * SQL for the options that a catalog keeps in a column of text, as `name=value`. PGlite notes a version of each column
 * among them (`pg_attver=24382704`), which is none that a server takes.
 */
export const storedOptions = (options: string): string =>
  `CASE WHEN ${options} IS NOT NULL THEN (SELECT array_agg(o ORDER BY i) FROM unnest(${options}) WITH ORDINALITY u(o, i) WHERE split_part(o, '=', 1) <> 'pg_attver') END`;

/** SQL for how a table or a materialized view is stored. */
export const storageColumns = (relation: string): string => `
        nullif(coalesce(${storedOptions(`${relation}.reloptions`)}, '{}') || coalesce((SELECT array_agg('toast.' || o) FROM pg_class e, unnest(${storedOptions('e.reloptions')}) o
          WHERE e.oid = ${relation}.reltoastrelid), '{}'), '{}') AS with,
        (SELECT m.amname FROM pg_am m WHERE m.oid = ${relation}.relam AND (m.amname <> 'heap' OR current_setting('default_table_access_method') <> 'heap')) AS method, ${tablespaceColumn(relation)}`;

/** The columns of {@link storageColumns} in catalog rows, as data. */
export const storageOf = (row: any): Storage => ({
  ...(row.with !== null && { with: row.with }),
  ...(row.method !== null && { method: row.method }),
  ...tablespaceOf(row),
});

export const tablespaceOf = (row: any): Pick<Storage, 'tablespace'> =>
  row.tablespace === null ? {} : { tablespace: row.tablespace };

/** Where a catalog keeps owner and privileges. */
const catalogs = {
  pg_class: { prefix: 'rel', acl: 'r' },
  pg_type: { prefix: 'typ', acl: 'T' },
  pg_namespace: { prefix: 'nsp', acl: 'n' },
} as const;

/**
 * SQL for {@link Attributes}, for {@link attributesOf}.
 * @param row the alias of the object's row in its catalog
 * @param acl what kind of relation it is, where it is no table or view
 */
export function attributeColumns(
  catalog: keyof typeof catalogs,
  row: string,
  acl: AclType = catalogs[catalog].acl,
): string {
  const column = (name: string) => `${row}.${catalogs[catalog].prefix}${name}`;
  const namespace = catalog === 'pg_namespace' ? undefined : column('namespace');
  return [
    ownerColumn(column('owner')),
    grantsColumn(acl, column('acl'), column('owner'), namespace),
    grantorsColumn(catalog, row, column('acl'), column('owner')),
    commentColumn(catalog, `${row}.oid`),
  ].join(', ');
}

/** SQL for an object's comment. */
export const commentColumn = (catalog: string, oid: string, part = '0'): string =>
  `(SELECT d.description FROM pg_description d WHERE d.classoid = '${catalog}'::regclass AND d.objoid = ${oid} AND d.objsubid = ${part}) AS comment`;
