import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { openPglite, type PgliteOptions } from './open.ts';
import { PgliteSocket } from './socket.ts';
import { Turns } from './turns.ts';

/** A PGlite, or a promise of one: whoever made it closes it. Options: it is opened when first used, and closed again. */
export type PgliteSource = PGlite | Promise<PGlite> | PgliteOptions;

/** What is connected with, as far as it means something without a network. */
export interface SessionOptions {
  readonly connectionTimeoutMillis?: number;
  readonly application_name?: string;
}

/** A client while it is somebody's turn. */
export interface Checkout {
  readonly client: pg.Client;
  release(broken?: unknown): void;
}

const patience = 60_000;

/** The one session a PGlite has, shared by every pool on it: opened for the first, closed after the last. */
export class Session {
  readonly #source: PgliteSource;
  readonly #turns = new Turns();
  #users = 0;
  #database: Promise<PGlite> | undefined;
  #client: Promise<pg.Client> | undefined;
  readonly #sockets = new WeakMap<pg.Client, PgliteSocket>();

  constructor(source: PgliteSource) {
    this.#source = source;
  }

  /** Whether the database is open, or being opened or closed. */
  get isOpen(): boolean {
    return this.#database !== undefined;
  }

  join(): void {
    this.#users += 1;
  }

  async checkout(options: SessionOptions): Promise<Checkout> {
    const end = await this.#turns.take(options.connectionTimeoutMillis ?? patience);
    try {
      const client = await (this.#client ??= this.#connect(options));
      return {
        client,
        release: broken => {
          if (broken) void this.#forget(client).then(end);
          else end();
        },
      };
    } catch (error) {
      this.#client = undefined;
      end();
      throw error;
    }
  }

  /** Ends the session with its last user; a transaction left open is rolled back, as a server would on hanging up. */
  async leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    const end = await this.#turns.take(patience);
    try {
      // Another pool may have connected while this one waited.
      if (this.#users === 0) await this.#close();
    } finally {
      end();
    }
  }

  async #connect(options: SessionOptions): Promise<pg.Client> {
    const database = await (this.#database ??= this.#open());
    if (database.closed) {
      this.#database = undefined;
      throw new Error('the PGlite database is closed');
    }
    const { application_name } = options;
    const socket = new PgliteSocket(database);
    const client = new pg.Client({
      stream: () => socket,
      user: 'postgres',
      database: 'postgres',
      ssl: false,
      ...(application_name === undefined ? {} : { application_name }),
    });
    this.#sockets.set(client, socket);
    client.on('error', () => void this.#forget(client));
    await client.connect();
    await client.query('ROLLBACK');
    return client;
  }

  /** What the client left in the session is not for the next one. */
  async #forget(client: pg.Client): Promise<void> {
    this.#client = undefined;
    this.#sockets.get(client)?.spoil();
    await client.end().catch(() => {});
  }

  async #open(): Promise<PGlite> {
    try {
      const database = await (isOptions(this.#source) ? openPglite(this.#source) : this.#source);
      // `new PGlite()` can be asked before it is open.
      await database.waitReady;
      return database;
    } catch (error) {
      this.#database = undefined;
      throw error;
    }
  }

  async #close(): Promise<void> {
    const [client, database] = [await this.#client, await this.#database];
    this.#client = undefined;
    try {
      await client?.end();
      if (database && isOptions(this.#source)) await database.close();
    } finally {
      this.#database = undefined;
    }
  }
}

export function isOptions(source: PgliteSource): source is PgliteOptions {
  return !('then' in source) && !('execProtocolRaw' in source);
}
