import { quoteText } from '../sql/literal.ts';
import type { StatementPlace } from './blockers.ts';
import type { ClientSession } from './cancel-statement.ts';

/** Milliseconds that a session may have been done with a statement while its client has heard nothing. */
export const SILENCE = 60_000;

/** What the server says of the session that a connection was greeted with, which behind a pooler it does not have. */
export interface SeenSession {
  /** True where it has done what was sent last, and waits for more. */
  readonly isIdle: boolean;
  /** When that began. */
  readonly since: string;
}

/**
 * A SQL query for the {@link SeenSession}: no row where the server has no such process. One whose last statement is neither
 * of those given is another client's, to which a pooler has given it.
 */
export const seenSession = ({ pid = 0 }: Pick<StatementPlace, 'pid'>, statements: readonly string[]): string =>
  `SELECT coalesce(usename = session_user AND state LIKE 'idle%' AND query <> ''
       AND (${statements.map(sql => `starts_with(${quoteText(sql)}, query)`).join(' OR ')}), false) AS "isIdle", state_change::text AS since
   FROM pg_stat_activity WHERE pid = ${pid} AND datname = current_database()`;

/** A SQL statement that ends such a session, with which its transaction is rolled back and its locks are released. */
export const endSession = ({ pid = 0 }: Pick<StatementPlace, 'pid'>, { since }: SeenSession): string =>
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
   WHERE pid = ${pid} AND datname = current_database() AND state LIKE 'idle%' AND state_change::text = ${quoteText(since)}`;

/** For how long a session has been seen to be done with a statement, of which nothing has come to its client. */
export class Silence {
  #seen: string | undefined;
  #begin = 0;

  /** @returns milliseconds; 0 where it is not done, where that was not seen, and where something came meanwhile */
  observe(session: SeenSession | undefined, client: ClientSession): number {
    // Bytes that came while the process was busy with something else count when they are read.
    const seen = session?.isIdle ? `${session.since} ${client.connection?.stream?.bytesRead}` : undefined;
    const now = performance.now();
    if (seen === undefined || seen !== this.#seen) this.#begin = now;
    this.#seen = seen;
    return now - this.#begin;
  }
}

/** A statement or its answer was lost on its way. Has the code of a connection that the network has given up. */
export const silentConnection = (milliseconds: number): Error =>
  Object.assign(
    new Error(
      `the server has had the session idle for ${Math.round(milliseconds / 1000)} s, and no answer to the statement has come`,
    ),
    { code: 'ETIMEDOUT' },
  );
