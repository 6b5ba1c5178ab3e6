import { excerpt } from '../sql/excerpt.ts';
import type { Connection } from './connection.ts';

/** What commits by itself, so that a part of it may stay whatever ends it: it is sent once, by whatever run. */
export interface SentOnce {
  /** As a sentence names it: `"CALL clean_up()"`. */
  readonly title: string;
  /** What to do before the revision can go on. */
  readonly remedy: string;
}

export const statementOnce = (sql: string): SentOnce => ({
  title: excerpt(sql),
  remedy:
    'look at what it has done, and undo that or let the statement leave it out; then change its text (a comment in it is enough), as it is not sent again as it is, or finish the revision by hand and `stamp` it',
});

export const migrationOnce = (name: string): SentOnce => ({
  title: `the migration ${name}`,
  remedy:
    'look at what it has done, and finish the revision by hand and `stamp` it, or undo what must not be done twice and `stamp` the revision before it, after which the revision begins anew',
});

/** What is said of what did not come to its end. */
export const staysOf = ({ title, remedy }: SentOnce): string => `what ${title} has committed stays: ${remedy}`;

const begun = new WeakMap<Connection, SentOnce>();

/** Notes what has begun on a connection, for whatever ends it. */
export const beginOnce = (connection: Connection, what: SentOnce): void => void begun.set(connection, what);

/** Its end is committed, or nothing of it is. */
export const endOnce = (connection: Connection): void => void begun.delete(connection);

export const begunOn = (connection: Connection): SentOnce | undefined => begun.get(connection);
