import type { Connection } from '../database/connection.ts';
import { privilegesIn, type Privilege } from './schemas.ts';

/** What `ALTER DEFAULT PRIVILEGES` has set. */
export interface DefaultPrivileges {
  /** Whom and what it is for, in its own words: `FOR ROLE ann IN SCHEMA public`. */
  readonly scope: string;
  readonly isOfSchema: boolean;
  /** As in `TABLES`. */
  readonly objects: string;
  readonly privileges: readonly Privilege[];
  /** What there is where nothing was set. */
  readonly usual: readonly Privilege[];
}

/** A query for those of this database. */
export const readDefaultPrivileges = `
  SELECT 'FOR ROLE ' || quote_ident(pg_get_userbyid(d.defaclrole)) || coalesce(' IN SCHEMA ' || quote_ident(n.nspname), '') AS scope, d.defaclnamespace <> 0 AS "isOfSchema",
    CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
      WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END AS objects,
    ${privilegesIn('d.defaclacl')} AS privileges,
    CASE WHEN d.defaclnamespace = 0 THEN ${privilegesIn(
      `acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's'::"char" ELSE d.defaclobjtype END, d.defaclrole)`,
    )} ELSE '[]' END AS usual
  FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace ORDER BY scope, objects`;

/** Makes the default privileges what they were. */
export async function restoreDefaultPrivileges(
  connection: Connection,
  before: readonly DefaultPrivileges[],
  now: readonly DefaultPrivileges[],
): Promise<void> {
  const unset = now.filter(one => !before.some(other => isAbout(other, one)));
  for (const wanted of [...before, ...unset.map(one => ({ ...one, privileges: one.usual }))]) {
    const found = now.find(each => isAbout(each, wanted)) ?? { ...wanted, privileges: wanted.usual };
    if (JSON.stringify(found.privileges) === JSON.stringify(wanted.privileges)) continue;
    for (const sql of regrant(found, wanted)) await connection.query(sql);
  }
}

const isAbout = (one: DefaultPrivileges, other: DefaultPrivileges): boolean =>
  one.scope === other.scope && one.objects === other.objects;

const regrant = (found: DefaultPrivileges, { scope, objects, privileges }: DefaultPrivileges): readonly string[] => [
  ...new Set(
    [...found.privileges, ...privileges].map(
      ({ grantee }) => `ALTER DEFAULT PRIVILEGES ${scope} REVOKE ALL ON ${objects} FROM ${grantee}`,
    ),
  ),
  ...privileges.map(
    ({ grantee, privilege, isGrantable }) =>
      `ALTER DEFAULT PRIVILEGES ${scope} GRANT ${privilege} ON ${objects} TO ${grantee}${isGrantable ? ' WITH GRANT OPTION' : ''}`,
  ),
];
