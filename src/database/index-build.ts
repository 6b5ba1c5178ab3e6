import { runningProcess, type StatementPlace } from './blockers.ts';

/** How far the server has come with building an index. */
export interface IndexBuild {
  readonly index: string;
  readonly table: string;
  /** PostgreSQL's own word for what it does, as `building index: scanning table`. */
  readonly phase: string;
  /** What this phase has done and has to do, where the server counts it. */
  readonly done?: number;
  readonly total?: number;
  readonly unit?: 'rows' | 'blocks';
}

/** True for a statement that may build an index, as far as its words tell. */
export const buildsIndex = (sql: string): boolean => /\b(INDEX|REINDEX)\b/i.test(sql);

/**
 * A SQL query for how far a statement is with an index; no row where it builds none.
 * https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PROGRESS-REPORTING
 */
export const buildOf = (place: StatementPlace): string =>
  `SELECT coalesce(i.relname::text, '') AS index, coalesce(t.relname::text, '') AS table, p.phase,
     p.tuples_done::float8 AS tuples, p.tuples_total::float8 AS "allTuples", p.blocks_done::float8 AS blocks, p.blocks_total::float8 AS "allBlocks"
   FROM pg_stat_progress_create_index p LEFT JOIN pg_class i ON i.oid = p.index_relid LEFT JOIN pg_class t ON t.oid = p.relid
   WHERE p.pid = (${runningProcess(place)})`;

export function buildIn(rows: readonly any[] | undefined): IndexBuild | undefined {
  const [row] = rows ?? [];
  if (!row) return undefined;
  const { index, table, phase, tuples, allTuples, blocks, allBlocks } = row;
  if (allTuples > 0) return { index, table, phase, done: tuples, total: allTuples, unit: 'rows' };
  if (allBlocks > 0) return { index, table, phase, done: blocks, total: allBlocks, unit: 'blocks' };
  return { index, table, phase };
}
