import type { Connection } from './connection.ts';

/** A session with an open transaction that holds a lock on something a statement needs. */
export interface Blocker {
  readonly pid: number;
  readonly applicationName: string;
  readonly user: string;
  readonly state: string;
  /** How long its transaction has been open, in seconds. */
  readonly age: number;
  readonly relations: readonly string[];
}

export const describeBlocker = ({ pid, applicationName, user, state, age, relations }: Blocker): string =>
  `process ${pid} (${applicationName || 'no application name'}, user ${user}, ${state}, transaction open for ${Math.round(age)} s) on ${relations.join(', ')}`;

/**
 * Sessions that hold locks on relations the statement names, oldest first. Asked after the fact: who was in the way may
 * be gone, so this is advice.
 */
export async function readBlockers(connection: Connection, sql: string): Promise<readonly Blocker[]> {
  return connection.query(
    `SELECT a.pid, coalesce(a.application_name, '') AS "applicationName", coalesce(a.usename, '') AS "user",
       coalesce(a.state, 'active') AS state, extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS age,
       json_agg(DISTINCT c.relname) AS relations
     FROM pg_locks l JOIN pg_stat_activity a USING (pid) JOIN pg_class c ON c.oid = l.relation
     WHERE l.granted AND l.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL AND c.relkind IN ('r', 'p', 'm', 'v')
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND c.relnamespace <> 'pg_catalog'::regnamespace AND position(c.relname IN $1) > 0
     GROUP BY a.pid, a.application_name, a.usename, a.state, a.xact_start ORDER BY a.xact_start LIMIT 5`,
    [sql],
  );
}
