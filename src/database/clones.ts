import type { EnumType } from '../objects/enums.ts';
import type { Column } from '../objects/tables/table.ts';
import { quoteText } from '../sql/literal.ts';
import { bareName, nameParts, quoteIdentifier, quoteName, typeNameIn } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { sqlStateOf } from './server-error.ts';

/** A type that is not there yet, made for the occasion. */
export const createTemporaryEnum = ({ name, labels }: Pick<EnumType, 'name' | 'labels'>): string =>
  `CREATE TYPE pg_temp.${quoteIdentifier(bareName(name))} AS ENUM (${labels.map(quoteText).join(', ')})`;

/** Only what expressions look at: name, type and collation. */
export function cloneColumn({ name, type, collation }: Column, temporaryEnums: readonly string[]): string {
  const enumName = typeNameIn(type);
  const spelled = temporaryEnums.includes(enumName)
    ? `pg_temp.${quoteIdentifier(nameParts(enumName).name)}${/(\[\])*$/.exec(type)![0]}`
    : type;
  return `${quoteIdentifier(name)} ${spelled}${collation === undefined ? '' : ` COLLATE ${quoteName(collation)}`}`;
}

/**
 * Does the work in a transaction that is rolled back, so that its locks are gone, too. Expressions mean what they mean under
 * the settings that the catalog is read with, where a backslash is a backslash; waits are limited by the watch over them.
 */
export async function rolledBack<Result>(connection: Connection, work: () => Promise<Result>): Promise<Result> {
  await connection.query('BEGIN');
  try {
    await connection.query('SET LOCAL standard_conforming_strings = on');
    await connection.query('SET LOCAL lock_timeout = 0');
    return await work();
  } finally {
    await connection.query('ROLLBACK');
  }
}

/**
 * Sends statements in the open transaction; where PostgreSQL refuses one, nothing of them stays.
 * @param counts which errors are a refusal; others are thrown
 * @returns the SQLSTATE of the refusal; undefined where there was none
 */
export async function refusalOf(
  connection: Connection,
  statements: readonly string[],
  counts: (error: unknown) => boolean = isRefused,
): Promise<string | undefined> {
  await connection.query('SAVEPOINT probe');
  try {
    await connection.query(statements.join(';\n'));
    await connection.query('RELEASE SAVEPOINT probe');
    return undefined;
  } catch (error) {
    if (!counts(error)) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT probe');
    return sqlStateOf(error);
  }
}

/** A refusal speaks of the statement; a missing privilege, a lock that others hold or a lost connection does not. */
export function isRefused(error: unknown): boolean {
  const state = sqlStateOf(error) ?? '';
  return /^(42|22|0A|23|3F|55|2B|54)/.test(state) && !['42501', '55P03'].includes(state);
}
