import { statementsOf, type Operation } from '../objects/kinds.ts';
import type { Connection } from './connection.ts';
import { isImpossible } from './introspect-renamed.ts';
import { nested } from './nested-transaction.ts';

/**
 * Does work that writes nothing in a database in which the labels of enums have their new names already, so that
 * PostgreSQL understands what mentions those: in a transaction that is rolled back. A rename holds up nobody who uses the
 * type. Where this session may not make it, or another one does so too, the work is done as it is.
 */
export async function withRenamedLabels<Result>(
  connection: Connection,
  renames: readonly Operation[],
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const ofLabels = renames.filter(({ op }) => op === 'renameEnumValue');
  if (ofLabels.length === 0) return work(connection);
  await connection.query('BEGIN');
  try {
    if (await canRename(connection, ofLabels)) return await work(nested(connection));
  } finally {
    await connection.query('ROLLBACK');
  }
  return work(connection);
}

async function canRename(connection: Connection, renames: readonly Operation[]): Promise<boolean> {
  try {
    await connection.query("SET LOCAL lock_timeout = '2s'");
    for (const { sql } of renames.flatMap(each => statementsOf(each))) await connection.query(sql);
    await connection.query('SET LOCAL lock_timeout = 0');
    return true;
  } catch (error) {
    if (isImpossible(error)) return false;
    throw error;
  }
}
