import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import {
  CREATOR,
  grant,
  grantorsColumn,
  grantsColumn,
  grantStatement,
  type AclType,
  type Grant,
  type Granted,
} from './grants.ts';
import { LOST, losing, type Losing } from './lost.ts';
import { list, optional, text, type Fields } from './form.ts';

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

/**
 * The statements that give a new object its attributes. What is granted and revoked before `OWNER TO` is so by the role
 * that owns the object until then, and becomes the owner's: after it, PostgreSQL may take another role of which the
 * migrating one is a member for the grantor.
 * @param parts what belongs to the same owner
 */
export const attributeStatements = (
  subject: Subject,
  { owner, grants = [], comment }: Attributes,
  parts: readonly Granted[] = [],
): Statement[] => {
  const granted = [{ subject: subject.grantable ?? subject.object, grants }, ...parts];
  const those = (byOthers: boolean) =>
    granted.flatMap(each =>
      each.grants
        .filter(({ by }) => (by !== undefined) === byOthers)
        .map(grant => grantStatement(each.subject, grant, each.columns, owner)),
    );
  return [
    ...(comment === undefined ? [] : [commentOn(subject.object, comment)]),
    ...those(false),
    ...(owner === undefined ? [] : [statement(`ALTER ${subject.object} OWNER TO ${quoteIdentifier(owner)}`)]),
    ...those(true),
  ];
};

export const commentOn = (what: string, comment: string | null): Statement =>
  statement(`COMMENT ON ${what} IS ${comment === null ? 'NULL' : quoteText(comment)}`);

/** SQL for the owner, where it is another role than the one that reads. */
export const ownerColumn = (owner: string): string =>
  `CASE WHEN ${owner} <> ${CREATOR} THEN pg_get_userbyid(${owner}) END AS owner`;

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
    grantorsColumn(catalog, row, column('acl'), column('owner'), namespace),
    commentColumn(catalog, `${row}.oid`),
  ].join(', ');
}

/** SQL for an object's comment. */
export const commentColumn = (catalog: string, oid: string, part = '0'): string =>
  `(SELECT d.description FROM pg_description d WHERE d.classoid = '${catalog}'::regclass AND d.objoid = ${oid} AND d.objsubid = ${part}) AS comment`;
