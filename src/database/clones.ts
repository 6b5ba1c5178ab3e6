import type { Column } from '../objects/tables/table.ts';
import { quoteIdentifier, quoteName } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { denialIn } from './probe-denied.ts';
import { serverErrorOf, sqlStateOf } from './server-error.ts';
import { temporaryType, type TemporaryEnums } from './temporary-enums.ts';

/** Only what expressions look at: name, type and collation. */
export const cloneColumn = ({ name, type, collation }: Column, enums: TemporaryEnums): string =>
  `${quoteIdentifier(name)} ${temporaryType(type, enums)}` +
  (collation === undefined ? '' : ` COLLATE ${quoteName(collation)}`);

/** A clone's part needs no privilege on the tablespace that the part itself is in. */
export function inUsualTablespace<Part extends object>(part: Part): Part {
  const { tablespace: _, ...rest } = part as Part & { readonly tablespace?: string };
  return rest as unknown as Part;
}

/** The schema that the connection makes things in. */
export async function ownSchemaOf(connection: Connection): Promise<string> {
  const [{ own }] = await connection.query('SELECT pg_catalog.current_schema() AS own');
  return own;
}

/**
 * Does the work in a transaction that is rolled back, so that its locks are gone, too. Expressions mean what they mean under
 * the settings that the catalog is read with, where a backslash is a backslash; waits are limited by the watch over them.
 * Temporary indexes are where permanent ones are, whose tablespace is read from them.
 */
export async function rolledBack<Result>(connection: Connection, work: () => Promise<Result>): Promise<Result> {
  await connection.query('BEGIN');
  try {
    await connection.query('SET LOCAL standard_conforming_strings = on');
    await connection.query('SET LOCAL lock_timeout = 0');
    await connection.query("SET LOCAL temp_tablespaces = ''");
    return await work();
  } finally {
    await connection.query('ROLLBACK');
  }
}

/** What becomes of a statement that names something on which the role has no privilege. */
export type Denied = 'is refused' | 'throws';

/** Why PostgreSQL refuses a statement. */
export interface Refusal {
  readonly state?: string;
  readonly message: string;
}

/** Sends statements in the open transaction; where PostgreSQL refuses one, nothing of them stays. */
export async function refusalBy(
  connection: Connection,
  statements: readonly string[],
  denied: Denied = 'throws',
): Promise<Refusal | undefined> {
  await connection.query('SAVEPOINT probe');
  try {
    await connection.query(statements.join(';\n'));
    await connection.query('RELEASE SAVEPOINT probe');
    return undefined;
  } catch (error) {
    const state = sqlStateOf(error);
    const isDenied = denied === 'is refused' && state === '42501';
    if (!isDenied && !isRefused(error)) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT probe');
    if (isDenied && (await denialIn(connection, error))) throw error;
    return { ...(state !== undefined && { state }), message: serverErrorOf(error).message };
  }
}

/**
 * The same.
 * @returns the SQLSTATE of the refusal; undefined where there was none
 */
export const refusalOf = async (...asked: Parameters<typeof refusalBy>): Promise<string | undefined> =>
  (await refusalBy(...asked))?.state;

/** A refusal speaks of the statement; a missing privilege, a lock that others hold or a lost connection does not. */
export function isRefused(error: unknown): boolean {
  const state = sqlStateOf(error) ?? '';
  return /^(42|22|0A|23|3F|55|2B|54)/.test(state) && !['42501', '55P03'].includes(state);
}
