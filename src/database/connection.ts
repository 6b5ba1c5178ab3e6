/**
 * All this library asks of a database connection: a TypeORM QueryRunner is one, and so are a DataSource, an EntityManager, a
 * client or a pool of `pg`, and a PGlite.
 */
export interface Connection {
  /** Sends one statement. Gives its rows, or an object that has them as `rows`. */
  query(sql: string, parameters?: unknown[]): Promise<any>;
}

/** The connection with another way to send statements. A query runner knows its DataSource as its `connection`. */
export function sendingBy(connection: Connection, query: Connection['query']): Connection {
  const { connection: dataSource } = connection as { readonly connection?: unknown };
  return { ...(dataSource !== undefined && { connection: dataSource }), query };
}

/** How many rows a statement changed: TypeORM gives `[rows, count]`, `pg` a result. */
export function affectedRows(result: unknown): number {
  if (Array.isArray(result))
    return typeof result[1] === 'number' && Array.isArray(result[0]) ? result[1] : result.length;
  return (result as { rowCount?: number } | undefined)?.rowCount ?? 0;
}

/** The rows of a result, which TypeORM gives as `[rows, count]` for an UPDATE or a DELETE. */
export function returnedRows(result: any): any[] {
  const isCounted = Array.isArray(result) && Array.isArray(result[0]) && typeof result[1] === 'number';
  return isCounted ? result[0] : result;
}

const forgotten = new WeakSet<Connection>();
const restored = new WeakSet<Connection>();

/** Keeps a connection from going back to its pool: its session is not what it was. */
export const forget = (connection: Connection): void => void forgotten.add(connection);

/** Lets it go back all the same: its session has been brought back to what it was. */
export const keep = (connection: Connection): void => void restored.add(connection);

export const isForgotten = (connection: Connection): boolean => forgotten.has(connection) && !restored.has(connection);
