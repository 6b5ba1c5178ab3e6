import { MigrationError } from '../errors.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { sqlStateOf } from './server-error.ts';

/** Why this session cannot make a temporary table. */
export interface Denial {
  readonly role: string;
  readonly database: string;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly lacksPrivilege: boolean;
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
export function reasonOf({ role, database, isStandby, isReadOnly }: Denial): string {
  if (isStandby) return 'a standby makes none; connect to the primary';
  if (isReadOnly) {
    return 'this session is read-only; set default_transaction_read_only to off for it';
  }
  const [grantee, name] = [quoteIdentifier(role), quoteIdentifier(database)];
  return `the role ${role} has no privilege to make one; GRANT TEMPORARY ON DATABASE ${name} TO ${grantee}`;
}

/** Why no temporary table could be made; undefined where the error is about something else. */
export async function denialIn(connection: Connection, error: unknown): Promise<Denial | undefined> {
  if (!['42501', '25006'].includes(sqlStateOf(error) ?? '')) return undefined;
  const denial = await readDenial(connection);
  return denial.isStandby || denial.isReadOnly || denial.lacksPrivilege ? denial : undefined;
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
