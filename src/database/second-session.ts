import type { DataSource } from 'typeorm';
import type { Connection } from './connection.ts';

/** A session beside the pool's, for what the pool's own cannot be asked. */
export interface SecondSession extends Connection {
  close(): void;
}

/** Milliseconds that a second session may take to connect, and for each answer. */
const PATIENCE = 3_000;

/**
 * Connects once more to where the DataSource is connected, as the same user, outside its pool, which may have no
 * connection left. Undefined where there is none to be had: PGlite has one session, and servers and poolers have limits.
 */
export async function openSecondSession(dataSource: DataSource): Promise<SecondSession | undefined> {
  const { master } = dataSource.driver as unknown as { readonly master?: Pool };
  if (!master?.Client) return undefined;
  const client = new master.Client(optionsOf(master));
  client.on('error', () => {});
  const close = () => void client.end().catch(() => {});
  try {
    await client.connect();
  } catch {
    close();
    return undefined;
  }
  return { query: async (sql, parameters) => (await client.query(sql, parameters)).rows, close };
}

/** `pg`'s pool hides the password from whoever lists its options. */
const optionsOf = ({ options }: Pool): object => ({
  ...options,
  ...(options.password !== undefined && { password: options.password }),
  connectionTimeoutMillis: PATIENCE,
  query_timeout: PATIENCE,
});

/** As much of `pg`'s pool and client as is needed. */
interface Pool {
  readonly options: { readonly password?: unknown };
  readonly Client?: new (options: object) => Client;
}

interface Client {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  query(sql: string, parameters?: unknown[]): Promise<{ readonly rows: any[] }>;
  end(): Promise<void>;
}
