import { quoteName, type QualifiedName } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { refuseForeign, refuseUntrusted } from './trusted-tables.ts';

/** Tables that are written, and whether one of them belongs to a role that is not trusted. */
interface SharedTables {
  readonly versions: QualifiedName;
  readonly log: QualifiedName;
  readonly isShared?: boolean;
}

/**
 * To be called in a transaction before it writes the version table or the log. Where another role may change one of them, it
 * locks both until the transaction ends and looks at them again: nobody can put a trigger, a rule, a default, an index or
 * an heir on them, or another table in their place, between that and what is written.
 * @throws UntrustedTableError
 */
export async function holdShared(
  connection: Connection,
  { versions, log, isShared = false }: SharedTables,
): Promise<void> {
  if (!isShared) return;
  // A transaction that keeps its snapshot would look at the catalog of before the lock.
  if (await keepsSnapshot(connection)) return refuseForeign(connection, versions, log);
  // Of what is no table, LOCK would not say whose it is.
  await refuseUntrusted(connection, versions, log);
  // The weakest mode that conflicts with all DDL, of which INHERITS and CREATE INDEX CONCURRENTLY take this same one.
  await connection.query(`LOCK TABLE ${quoteName(versions)}, ${quoteName(log)} IN SHARE UPDATE EXCLUSIVE MODE`);
  await refuseUntrusted(connection, versions, log);
}

async function keepsSnapshot(connection: Connection): Promise<boolean> {
  const [row] = await connection.query(
    "SELECT pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.<>) 'read committed' AS keeps",
  );
  return row.keeps;
}
