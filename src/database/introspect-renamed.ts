import type { Operation, Schema } from '../objects/kinds.ts';
import { statementsOf } from '../objects/kinds.ts';
import type { Connection } from './connection.ts';
import { introspect, type IntrospectOptions } from './introspect.ts';
import { serverErrorOf, sqlStateOf } from './server-error.ts';

/**
 * What the database would hold after these renames, in PostgreSQL's own words: it makes them in a transaction that is
 * rolled back. Only the reason where this session may not, or would have to wait for a lock.
 */
export async function introspectRenamed(
  connection: Connection,
  renames: readonly Operation[],
  options: IntrospectOptions,
): Promise<{ readonly schema: Schema } | { readonly refusal: string }> {
  await connection.query('BEGIN');
  try {
    await connection.query("SET LOCAL lock_timeout = '2s'");
    for (const { sql } of renames.flatMap(each => statementsOf(each))) await connection.query(sql);
    return { schema: await introspect(connection, options) };
  } catch (error) {
    if (isImpossible(error)) return { refusal: serverErrorOf(error).message };
    throw error;
  } finally {
    await connection.query('ROLLBACK');
  }
}

/** No privilege, a read-only session, or a table that is busy. */
export const isImpossible = (error: unknown): boolean => ['42501', '25006', '55P03'].includes(sqlStateOf(error) ?? '');
