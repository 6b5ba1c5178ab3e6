import { MigrationError } from '../errors.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { serverErrorOf, sqlStateOf } from './server-error.ts';

/** Why this session cannot make a temporary table. */
export interface Denial {
  readonly role: string;
  readonly database: string;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly lacksPrivilege: boolean;
  /** The event trigger that refused it, and what it said. */
  readonly guard?: { readonly name: string; readonly message: string };
}

/** Something is spelled differently in entities and database, and this session may not ask PostgreSQL for its spelling. */
export class ProbeDeniedError extends MigrationError {
  override readonly name = 'ProbeDeniedError';
  /** What could not be compared, as in `check constraint positive of ticket`. */
  readonly objects: readonly string[];

  constructor(objects: readonly string[], denial: Denial, cause: unknown) {
    super(
      `Cannot tell whether the database has ${shown(objects)} as declared: PostgreSQL spells expressions in its own way, ` +
        `which only a temporary table shows, and ${reasonOf(denial)}.`,
    );
    this.objects = objects;
    this.cause = cause;
  }
}

const shown = (objects: readonly string[]): string =>
  objects.slice(0, 10).join(', ') + (objects.length > 10 ? ` and ${objects.length - 10} more` : '');

/** Why there is none, and what to do, as half a sentence. */
export function reasonOf({ role, database, isStandby, isReadOnly, guard }: Denial): string {
  if (guard) {
    return (
      `the event trigger ${guard.name} refuses it (${guard.message}); have it let the temporary schema pass ` +
      '(pg_event_trigger_ddl_commands gives its schema_name as pg_temp), or the role that compares'
    );
  }
  if (isStandby) return 'a standby makes none; connect to the primary';
  if (isReadOnly) {
    return 'this session is read-only; set default_transaction_read_only to off for it';
  }
  const [grantee, name] = [quoteIdentifier(role), quoteIdentifier(database)];
  return `the role ${role} has no privilege to make one; GRANT TEMPORARY ON DATABASE ${name} TO ${grantee}`;
}

/** Why no temporary table could be made; undefined where the error is about something else. */
export async function denialIn(connection: Connection, error: unknown): Promise<Denial | undefined> {
  const guard = await guardIn(connection, error);
  if (guard) return { ...(await readDenial(connection)), guard };
  if (!['42501', '25006'].includes(sqlStateOf(error) ?? '')) return undefined;
  const denial = await readDenial(connection);
  return denial.isStandby || denial.isReadOnly || denial.lacksPrivilege ? denial : undefined;
}

/** The event trigger in whose function an error was raised. */
async function guardIn(connection: Connection, error: unknown): Promise<Denial['guard']> {
  const { where = '', message } = serverErrorOf(error);
  if (!where.includes('function')) return undefined;
  const [row] = await connection.query(
    'SELECT e.evtname AS name FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid OPERATOR(pg_catalog.=) e.evtfoid ' +
      "WHERE e.evtenabled OPERATOR(pg_catalog.<>) 'D' AND pg_catalog.strpos($1, p.proname) OPERATOR(pg_catalog.>) 0",
    [where],
  );
  return row && { name: row.name, message };
}

async function readDenial(connection: Connection): Promise<Denial> {
  const [row] = await connection.query(
    'SELECT current_user AS role, pg_catalog.current_database() AS database, ' +
      'pg_catalog.pg_is_in_recovery() AS standby, ' +
      'pg_catalog.current_setting(\'transaction_read_only\')::pg_catalog.bool AS "readOnly", ' +
      "NOT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP') AS lacks",
  );
  const { role, database, standby: isStandby, readOnly: isReadOnly, lacks: lacksPrivilege } = row;
  return { role, database, isStandby, isReadOnly, lacksPrivilege };
}
