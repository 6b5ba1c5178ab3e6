import { quoteText } from '../sql/literal.ts';
import { quoteName, type QualifiedName } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { refuseForeign, refuseUntrusted } from './trusted-tables.ts';

/** Tables that are written, and whether a role that is not trusted may put something on one of them. */
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
  const [{ isolation, modes }] = await connection.query(
    `SELECT pg_catalog.current_setting('transaction_isolation') AS isolation,
       pg_catalog.json_build_array(${modeFor(versions)}, ${modeFor(log)}) AS modes`,
  );
  // A transaction that keeps its snapshot would look at the catalog of before the lock.
  if (isolation !== 'read committed')
    return refuseForeign(
      connection,
      [versions, log],
      ` where transactions are read committed (these are ${isolation})`,
    );
  // Of what is no table, LOCK would not say whose it is.
  await refuseUntrusted(connection, versions, log);
  await connection.query(`LOCK TABLE ${quoteName(versions)} IN ${modes[0]} MODE`);
  await connection.query(`LOCK TABLE ${quoteName(log)} IN ${modes[1]} MODE`);
  await refuseUntrusted(connection, versions, log);
}

/**
 * The weakest mode that conflicts with all DDL, of which INHERITS and CREATE INDEX CONCURRENTLY take this same one. Who may
 * only insert may only acquire ROW EXCLUSIVE: heirs have no part in what is inserted, and an index that is built
 * concurrently waits for the transaction before it computes anything of its rows.
 */
const modeFor = (table: QualifiedName): string =>
  `CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass(${quoteText(quoteName(table))}), 'UPDATE, DELETE, TRUNCATE')
     THEN 'SHARE UPDATE EXCLUSIVE' ELSE 'ROW EXCLUSIVE' END`;
