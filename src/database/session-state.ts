import type { Connection } from './connection.ts';

/** What a session keeps when a transaction has ended, as far as PostgreSQL tells. */
export interface SessionState {
  readonly user: string;
  readonly role: string;
  /** What was set in this session, as `SET` or a connection's own start does. */
  readonly settings: Readonly<Record<string, string>>;
  readonly prepared: readonly string[];
  readonly cursors: readonly string[];
  readonly channels: readonly string[];
  readonly locks: readonly AdvisoryLock[];
  /** As in `table pg_temp.draft`. */
  readonly temporary: readonly string[];
}

export interface AdvisoryLock {
  readonly classId: number;
  readonly objectId: number;
  /** 1 for a key of 64 bits, 2 for two of 32. */
  readonly parts: number;
  readonly isShared: boolean;
}

export async function readState(connection: Connection): Promise<SessionState> {
  const [row] = await connection.query(stateQuery);
  return row;
}

/** What a transaction is, which ends with it. */
export const ofTransactions = "'transaction_isolation', 'transaction_read_only', 'transaction_deferrable'";

const stateQuery = `SELECT session_user::pg_catalog.text AS "user", pg_catalog.current_setting('role') AS role,
    coalesce((SELECT pg_catalog.json_object_agg(name, setting) FROM pg_catalog.pg_settings
      WHERE source OPERATOR(pg_catalog.=) 'session' AND name OPERATOR(pg_catalog.<>) ALL (ARRAY[${ofTransactions}])), '{}') AS settings,
    ARRAY(SELECT name FROM pg_catalog.pg_prepared_statements ORDER BY name) AS prepared,
    ARRAY(SELECT name FROM pg_catalog.pg_cursors WHERE name OPERATOR(pg_catalog.<>) '' ORDER BY name) AS cursors,
    ARRAY(SELECT pg_catalog.pg_listening_channels()) AS channels,
    coalesce((SELECT pg_catalog.json_agg(pg_catalog.json_build_object('classId', classid::pg_catalog.int8, 'objectId', objid::pg_catalog.int8,
        'parts', objsubid, 'isShared', mode OPERATOR(pg_catalog.=) 'ShareLock')) FROM pg_catalog.pg_locks
      WHERE locktype OPERATOR(pg_catalog.=) 'advisory' AND pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid() AND granted), '[]') AS locks,
    ARRAY(SELECT pg_catalog.concat(i.type, ' ', i.identity) FROM pg_catalog.pg_depend d
      CROSS JOIN LATERAL pg_catalog.pg_identify_object(d.classid, d.objid, d.objsubid) i
      WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
        AND d.refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()
      ORDER BY i.type DESC) AS temporary`;
