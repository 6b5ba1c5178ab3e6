import type { Connection } from '../database/connection.ts';
import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier } from '../sql/name.ts';

/** A schema without what lies in it. */
export interface SchemaState {
  readonly name: string;
  readonly owner: string;
  readonly comment: string | null;
  readonly privileges: readonly Privilege[];
}

export interface Privilege {
  /** As SQL: a role, or PUBLIC. */
  readonly grantee: string;
  readonly privilege: string;
  readonly isGrantable: boolean;
}

/** SQL for a list of privileges as data. */
export const privilegesIn = (acl: string): string => `
    coalesce((SELECT json_agg(json_build_object('privilege', a.privilege_type, 'isGrantable', a.is_grantable,
        'grantee', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
        ORDER BY a.grantee, a.privilege_type)
      FROM aclexplode(${acl}) a), '[]')`;

/** A query for all schemas but PostgreSQL's own. */
export const readSchemas = `
  SELECT n.nspname AS name, pg_get_userbyid(n.nspowner) AS owner, obj_description(n.oid, 'pg_namespace') AS comment,
    ${privilegesIn("coalesce(n.nspacl, acldefault('n', n.nspowner))")} AS privileges
  FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY n.nspname`;

/** Makes a schema what it was; does nothing where it is. */
export async function restoreSchema(
  connection: Connection,
  before: SchemaState,
  now: readonly SchemaState[],
): Promise<void> {
  const name = quoteIdentifier(before.name);
  const found = now.find(each => each.name === before.name);
  if (!found) await connection.query(`CREATE SCHEMA ${name}`);
  if (found?.owner !== before.owner)
    await connection.query(`ALTER SCHEMA ${name} OWNER TO ${quoteIdentifier(before.owner)}`);
  if (JSON.stringify(found?.privileges) !== JSON.stringify(before.privileges))
    for (const sql of regrant(name, found?.privileges ?? [], before.privileges)) await connection.query(sql);
  if ((found?.comment ?? null) !== before.comment)
    await connection.query(
      `COMMENT ON SCHEMA ${name} IS ${before.comment === null ? 'NULL' : quoteText(before.comment)}`,
    );
}

const regrant = (schema: string, now: readonly Privilege[], before: readonly Privilege[]): readonly string[] => [
  ...new Set([...now, ...before].map(({ grantee }) => `REVOKE ALL ON SCHEMA ${schema} FROM ${grantee} CASCADE`)),
  ...before.map(
    ({ grantee, privilege, isGrantable }) =>
      `GRANT ${privilege} ON SCHEMA ${schema} TO ${grantee}${isGrantable ? ' WITH GRANT OPTION' : ''}`,
  ),
];
