import type { DataSource } from 'typeorm';
import type { Connection } from './connection.ts';

/** A session beside the pool's, for what the pool's own cannot be asked. */
export interface SecondSession extends Connection {
  /** The rows of a query that finds nothing but `pg_catalog` on its search path. */
  read(sql: string): Promise<any[]>;
  close(): Promise<void>;
}

/** Milliseconds that a second session may take by default. */
const PATIENCE = 3_000;

/** True where {@link openSecondSession} has a chance: PGlite has one session. */
export const hasSecondSession = (dataSource: DataSource): boolean => poolOf(dataSource)?.Client !== undefined;

/**
 * Connects once more to where the DataSource is connected, as the same user, outside its pool, which may have no
 * connection left. Undefined where none can be opened: servers and poolers have limits.
 * @param patience milliseconds that it may take to connect, and for each answer
 */
export async function openSecondSession(
  dataSource: DataSource,
  patience = PATIENCE,
): Promise<SecondSession | undefined> {
  const pool = poolOf(dataSource);
  if (!pool?.Client) return undefined;
  const client = new pool.Client(optionsOf(pool, patience));
  client.on('error', () => {});
  const close = () => client.end().catch(() => {});
  try {
    await client.connect();
  } catch {
    void close();
    return undefined;
  }
  return {
    query: async (sql, parameters) => ((await client.query(sql, parameters)) as Result).rows,
    // Sent together they are one transaction, with which the setting ends: a pooler gives the session to others.
    read: async sql => ((await client.query(`${pinPath}; ${sql}`)) as readonly Result[])[1]!.rows,
    close,
  };
}

const pinPath = "SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)";

const poolOf = ({ driver }: DataSource): Pool | undefined => (driver as unknown as { readonly master?: Pool }).master;

/** `pg`'s pool hides the password from whoever lists its options. */
const optionsOf = ({ options }: Pool, patience: number): object => ({
  ...options,
  ...(options.password !== undefined && { password: options.password }),
  connectionTimeoutMillis: patience,
  query_timeout: patience,
});

/** As much of `pg`'s pool and client as is needed. */
interface Pool {
  readonly options: { readonly password?: unknown };
  readonly Client?: new (options: object) => Client;
}

interface Client {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  /** The results of all statements, where there are several. */
  query(sql: string, parameters?: unknown[]): Promise<Result | readonly Result[]>;
  end(): Promise<void>;
}

interface Result {
  readonly rows: any[];
}
