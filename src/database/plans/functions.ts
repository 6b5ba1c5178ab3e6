import { tokensOf } from '../../sql/lexer.ts';
import { catalogName } from '../../sql/name.ts';
import type { Connection } from '../connection.ts';
import { readCatalog } from '../read-catalog.ts';

/** Whether text may be planned, and its plan says what the text says. */
export interface Plannable {
  /**
   * False where PostgreSQL might put the body of a function in its place, or run a function of somebody else, and where it
   * holds COLLATE, which no plan shows.
   */
  expression(text: string): boolean;
  /** False where it may use what another role owns: declaring it on a temporary table may run that, as this role. */
  isTrusted(text: string): boolean;
  /** False where other views and policies on the way might run a function of somebody else. */
  readonly queries: boolean;
}

/**
 * PostgreSQL computes constants when it plans, and runs functions for that: never one that another role could have put
 * there (https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058), and none of the database's own, in whose place the
 * plan may have its body.
 */
export async function readPlannable(connection: Connection): Promise<Plannable> {
  const { own } = await readCatalog(connection, { own: ownQuery }, 'public');
  const names = new Set(own.map(({ name }) => name as string));
  const others = new Set(own.filter(({ foreign }) => foreign).map(({ name }) => name as string));
  const operators = own.filter(({ kind }) => kind === 'operator').map(({ name }) => name as string);
  const castsRun = own.some(({ kind }) => kind === 'cast');
  const othersCast = own.some(({ kind, foreign }) => kind === 'cast' && foreign);
  const othersOperators = [...others].filter(name => operators.includes(name));
  return {
    expression: text =>
      !castsRun &&
      !holdsCollate(text) &&
      !tokensOf(text).some(token => names.has(catalogName(token))) &&
      !operators.some(operator => text.includes(operator)),
    isTrusted: text =>
      !othersCast &&
      !tokensOf(text).some(token => others.has(catalogName(token))) &&
      !othersOperators.some(operator => text.includes(operator)),
    queries: !castsRun && !own.some(({ foreign }) => foreign),
  };
}

const holdsCollate = (text: string): boolean => tokensOf(text).some(token => token.toLowerCase() === 'collate');

/** Functions, operators and casts of neither PostgreSQL nor an extension; `foreign` where neither this role's nor a superuser's. */
const ownQuery = `
  WITH own AS (
    SELECT p.oid, p.proname, NOT r.rolsuper AND r.rolname <> current_user AND p.provolatile <> 'v' AS foreign
    FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
    WHERE p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'))
  SELECT 'function' AS kind, proname AS name, "foreign" FROM own
  UNION SELECT 'operator', o.oprname, "foreign" FROM pg_operator o JOIN own ON own.oid = o.oprcode
  UNION SELECT 'cast', NULL, "foreign" FROM pg_cast c JOIN own ON own.oid = c.castfunc`;
