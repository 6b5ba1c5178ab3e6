import { quoteText } from '../sql/literal.ts';
import type { StatementPlace } from './blockers.ts';
import type { ClientSession } from './cancel-statement.ts';

/** Milliseconds that a session may have been done with a statement, or be sending its rows, while its client hears nothing. */
export const SILENCE = 60_000;

/** What the server says of the session that a connection was greeted with, which behind a pooler it does not have. */
export interface SeenSession {
  /** Idle where it has done what was sent last; sending where its client takes no more of the answer; else null. */
  readonly state: 'idle' | 'sending' | null;
  /** When it became idle, or was given the statement. */
  readonly since: string;
}

/**
 * A SQL query for the {@link SeenSession}: no row where the server has no such process. One whose last statement is neither
 * of those given is another client's, to which a pooler has given it.
 */
export const seenSession = ({ pid = 0 }: Pick<StatementPlace, 'pid'>, statements: readonly string[]): string =>
  `SELECT CASE WHEN usename = session_user AND query <> ''
       AND (${statements.map(sql => `starts_with(${quoteText(sql)}, query)`).join(' OR ')}) THEN ${silentState} END AS state,
     state_change::text AS since
   FROM pg_stat_activity WHERE pid = ${pid} AND datname = current_database()`;

const silentState =
  "CASE WHEN state LIKE 'idle%' THEN 'idle' WHEN state = 'active' AND wait_event = 'ClientWrite' THEN 'sending' END";

/** A SQL statement that ends such a session, with which its transaction is rolled back and its locks are released. */
export const endSession = ({ pid = 0 }: Pick<StatementPlace, 'pid'>, { state, since }: SeenSession): string =>
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
   WHERE pid = ${pid} AND datname = current_database() AND ${silentState} = ${quoteText(state ?? '')}
     AND state_change::text = ${quoteText(since)}`;

/** For how long a session has been seen to have an answer for its client, of which nothing has come there. */
export class Silence {
  #seen: string | undefined;
  #begin = 0;

  /** @returns milliseconds; 0 where it has none, where that was not seen, and where something came meanwhile */
  observe(session: SeenSession | undefined, client: ClientSession): number {
    // Bytes that came while the process was busy with something else count when they are read.
    const seen = session?.state
      ? `${session.state} ${session.since} ${client.connection?.stream?.bytesRead}`
      : undefined;
    const now = performance.now();
    if (seen === undefined || seen !== this.#seen) this.#begin = now;
    this.#seen = seen;
    return now - this.#begin;
  }
}

/** A statement or its answer was lost on its way. Has the code of a connection that the network has given up. */
export function silentConnection({ state }: SeenSession, milliseconds: number): Error {
  const seconds = Math.round(milliseconds / 1000);
  const found =
    state === 'idle'
      ? `has had the session idle for ${seconds} s, and no answer to the statement has come`
      : `has been sending the answer to the statement, and nothing of it has come for ${seconds} s`;
  return Object.assign(new Error(`the server ${found}`), { code: 'ETIMEDOUT' });
}
