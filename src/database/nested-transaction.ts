import { type Connection, sendingBy } from './connection.ts';
import { isInTransaction } from './settings.ts';

/** The connection for work that begins and rolls back transactions: where one is open already, these are savepoints in it. */
export function leavingTransactionOpen(connection: Connection): Connection {
  const inside = nested(connection);
  // Nothing is asked for work that begins none.
  let chosen: Promise<Connection> | undefined;
  return sendingBy(connection, async (sql, parameters) => {
    if (sql.startsWith('BEGIN')) chosen ??= isInTransaction(connection).then(isOpen => (isOpen ? inside : connection));
    return ((await chosen) ?? connection).query(sql, parameters);
  });
}

/** The connection in its open transaction: what begins one of its own gets a savepoint. */
export const nested = (connection: Connection): Connection =>
  sendingBy(connection, async (sql, parameters) => {
    const statements = inTransaction(sql);
    if (!statements) return connection.query(sql, parameters);
    for (const each of statements) await connection.query(each);
    return [];
  });

/** What is sent instead, one by one, which is all that some connections take. */
function inTransaction(sql: string): readonly string[] | undefined {
  if (sql === 'COMMIT') return ['RELEASE SAVEPOINT nested'];
  if (sql === 'ROLLBACK') return ['ROLLBACK TO SAVEPOINT nested', 'RELEASE SAVEPOINT nested'];
  if (sql === 'BEGIN READ ONLY') return ['SAVEPOINT nested', 'SET LOCAL transaction_read_only = on'];
  return sql === 'BEGIN' ? ['SAVEPOINT nested'] : undefined;
}
