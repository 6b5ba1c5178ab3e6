import { isName, statementWords, tokensOf } from '../sql/lexer.ts';
import { quoteText } from '../sql/literal.ts';
import { catalogName } from '../sql/name.ts';

/** A session that holds a lock another one needs, or waits for it in front of that one. */
export interface Blocker {
  /** 0 for a prepared transaction, which belongs to no process. */
  readonly pid: number;
  /** Empty where there is none, or where the server hides it. */
  readonly applicationName: string;
  readonly user: string;
  /** Left out where the server hides it: an ordinary role sees the state of its own sessions only. */
  readonly state?: string;
  /** How long its transaction has been open, in seconds; left out where the server hides it. */
  readonly age?: number;
  /** The tables that both sessions have, or want, locks on. */
  readonly relations: readonly string[];
}

/** `process 71 (psql, user ann, idle in transaction, transaction open for 12 s) on ticket` */
export function describeBlocker({ pid, applicationName, user, state, age, relations }: Blocker): string {
  const tables = relations.length > 0 ? ` on ${relations.join(', ')}` : '';
  if (pid === 0) return `a prepared transaction (see pg_prepared_xacts)${tables}`;
  const open = age === undefined ? undefined : `transaction open for ${Math.round(age)} s`;
  const details = [applicationName, user && `user ${user}`, state, open].filter(Boolean);
  return `process ${pid}${details.length > 0 ? ` (${details.join(', ')})` : ''}${tables}`;
}

/** @returns `another session` where nobody is known */
export const describeBlockers = (blockers: readonly Blocker[]): string =>
  blockers.map(describeBlocker).join(' and ') || 'another session';

/** Which session a statement runs in, as far as that is known from outside. */
export interface StatementPlace {
  /** The process the connection was greeted with; behind a pooler that is not the server's. */
  readonly pid: number | undefined;
  readonly sql: string;
}

/** A SQL query for the processes that may be the one that waits for a lock in a statement: at most one but behind a pooler. */
const waitingProcesses = (place: StatementPlace): string => processesOf(place, "wait_event_type = 'Lock'");

/** A SQL query for the process that runs a statement. */
export const runningProcess = (place: StatementPlace): string => `${processesOf(place, "state = 'active'")} LIMIT 1`;

/**
 * Other sessions may run the same statement, as other instances of an application do: they come into question only where the
 * server has no process of the greeted number, which is then a pooler's.
 */
function processesOf({ pid = 0, sql }: StatementPlace, condition: string): string {
  const ours = 'datname = current_database() AND usename = session_user';
  return `SELECT pid FROM pg_stat_activity WHERE ${condition} AND ${ours}
     AND (query = '' AND pid = ${pid} OR query <> '' AND starts_with(${quoteText(sql)}, query))
     AND (pid = ${pid} OR NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ${pid} AND ${ours}))`;
}

/**
 * A SQL query for who is in the way of a statement just now, the oldest transaction first; nobody where it does not wait.
 * To be asked in another session, with nothing but `pg_catalog` on the search path.
 */
export const blockersNow = (place: StatementPlace): string =>
  `WITH waiting AS MATERIALIZED (${waitingProcesses(place)} LIMIT 1),
     blocking AS MATERIALIZED (SELECT DISTINCT w.pid AS waiting, b.pid FROM waiting w, unnest(pg_blocking_pids(w.pid)) b(pid))
   SELECT b.pid, ${details},
     ARRAY(SELECT DISTINCT c.relname::text
           FROM pg_locks held JOIN pg_locks wanted ON wanted.relation = held.relation AND wanted.database = held.database
             JOIN pg_class c ON c.oid = held.relation
           WHERE held.pid = b.pid AND wanted.pid = b.waiting AND ${isNamed}
             AND (NOT wanted.granted OR NOT EXISTS (SELECT FROM pg_locks WHERE pid = b.waiting AND relation IS NOT NULL AND NOT granted))
          ) AS relations
   FROM blocking b LEFT JOIN pg_stat_activity a ON a.pid = b.pid ORDER BY a.xact_start LIMIT 5`;

/** The same to be asked afterwards, in any session: who still holds locks on the tables that the statement names, and in its way. */
export const blockersAfter = (sql: string): string =>
  `SELECT l.pid, ${details}, array_agg(DISTINCT c.relname::text) AS relations
   FROM pg_locks l JOIN pg_class c ON c.oid = l.relation LEFT JOIN pg_stat_activity a ON a.pid = l.pid
   WHERE l.granted AND l.pid <> pg_backend_pid() AND ${isNamed} AND c.relname::text = ANY (ARRAY[${namesIn(sql).map(quoteText).join(', ')}]::text[])
     ${bearsReaders(sql) ? "AND l.mode <> 'AccessShareLock'" : ''}
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   GROUP BY l.pid, a.application_name, a.usename, a.state, a.xact_start ORDER BY a.xact_start LIMIT 5`;

const namesIn = (sql: string): readonly string[] => tokensOf(sql).filter(isName).map(catalogName);

/** Statements for which a table's readers are not in the way: they need no ACCESS EXCLUSIVE lock. */
const bearsReaders = (sql: string): boolean => statementWords(sql).every(words => bearing.test(words));

const bearing =
  /^(SELECT|WITH|VALUES|INSERT|UPDATE|DELETE|MERGE|COPY|CREATE (UNIQUE )?INDEX|ANALYZE|COMMENT|GRANT|REVOKE)\b/;

/**
 * A SQL query that cancels a statement which still waits for a lock. One row where it does; its `cancelled` is null where
 * several processes come into question, of which none is cancelled.
 */
export const cancelWaiting = (place: StatementPlace): string =>
  `WITH waiting AS MATERIALIZED (${waitingProcesses(place)})
   SELECT CASE WHEN (SELECT count(*) FROM waiting) = 1 THEN pg_cancel_backend(pid) END AS cancelled FROM waiting LIMIT 1`;

/** The view knows all sessions, and hides most of what it knows of others' from ordinary roles. */
const details = `coalesce(a.application_name, '') AS "applicationName", coalesce(a.usename, '') AS "user", a.state,
     extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age`;

const isNamed = "c.relkind IN ('r', 'p', 'm', 'v') AND c.relnamespace <> 'pg_catalog'::regnamespace";

/** The blockers in the rows of one of these queries. */
export const blockersIn = (rows: readonly any[]): readonly Blocker[] =>
  rows.map(({ state, age, ...row }) => ({ ...row, ...(state !== null && { state }), ...(age !== null && { age }) }));
