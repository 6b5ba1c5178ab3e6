import { EventEmitter } from 'node:events';
import pg from 'pg';
import { anObject, checkArgument } from '../call-arguments.ts';
import { type Checkout, isOptions, type PgliteSource, type Session, type SessionOptions } from './session.ts';
import { checkoutOf } from './sessions.ts';

export type { PgliteOptions } from './open.ts';
export type { PgliteSource } from './session.ts';
export { PgliteBusyError } from './turns.ts';

/** What TypeORM takes in place of the module `pg`. */
export interface PgliteDriver {
  readonly Pool: new (options?: SessionOptions) => PglitePool;
  /** `pg`'s own, so that `parseInt8` works. */
  readonly defaults: typeof pg.defaults;
}

/** As much of `pg`'s pool as TypeORM uses. */
export interface PglitePool extends EventEmitter {
  connect(done: (error: unknown, client?: pg.Client, release?: Checkout['release']) => void): void;
  end(done?: (error?: unknown) => void): void;
}

/**
 * Makes PGlite, PostgreSQL inside the process, the database of a DataSource of type `postgres`:
 *
 *     new DataSource({ type: 'postgres', driver: pgliteDriver({ dataDir: '.pgdata', extensions: ['uuid-ossp'] }) })
 *
 * Values, results and errors are those of `pg`, which does the talking. PGlite has one session: query runners take
 * turns, across all DataSources of the process on the same PGlite or data directory, and one that waits longer than
 * `connectTimeoutMS` (one minute by default) gets a {@link PgliteBusyError}. Given options, nothing is opened before the first connection, and destroying
 * the last DataSource closes the database; a PGlite made elsewhere stays open. A data directory belongs to one process
 * at a time, which nobody checks.
 *
 * @throws ConfigurationError when connecting, where `@electric-sql/pglite` or one of the extensions cannot be loaded, or
 *   the data directory is open with other options
 */
export function pgliteDriver(given: PgliteSource = {}): PgliteDriver {
  checkArgument('pgliteDriver', 'options', given, anObject);
  // A database in memory is this driver's own, also where another one is given the same options.
  const source = isOptions(given) ? { ...given } : given;
  class Pool extends EventEmitter implements PglitePool {
    readonly #options: SessionOptions;
    #session: Session | undefined;

    constructor(options: SessionOptions = {}) {
      super();
      this.#options = options;
    }

    connect(done: Parameters<PglitePool['connect']>[0]): void {
      checkoutOf(source, this.#options).then(
        ({ client, release, session }) => {
          if (!this.#session) session.join();
          this.#session = session;
          done(undefined, client, release);
        },
        (error: unknown) => done(error),
      );
    }

    end(done: (error?: unknown) => void = () => {}): void {
      const left = this.#session?.leave() ?? Promise.resolve();
      this.#session = undefined;
      left.then(() => done(), done);
    }
  }
  return Object.assign({ Pool, defaults: pg.defaults }, { [place]: placeOf(source) });
}

/** For whoever names the database of a DataSource, also with another copy of this library. */
const place = Symbol.for('typeorm-alembic.pglite');

function placeOf(source: PgliteSource): string {
  const { dataDir } = source as { readonly dataDir?: string };
  if (dataDir !== undefined) return `the PGlite database in ${dataDir}`;
  return 'then' in source ? 'a PGlite database' : 'a PGlite database in memory';
}
