import { types } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { quoteLiteral, quoteText } from '../sql/literal.ts';
import { MigrationError } from '../errors.ts';
import { quoteName, type QualifiedName } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import { reading } from './access.ts';
import type { Connection } from './connection.ts';
import type { SessionChange } from './kept-session.ts';
import { executedBy, type LogEntry, parentsOf } from './run-log.ts';
import { holdShared } from './shared-tables.ts';
import { changeOneRow, ConcurrentChangeError, type VersionTables } from './version-table.ts';

/** How far a run that commits statement by statement has come. */
export interface Progress {
  /** A digest of each statement that was carried out, in order. */
  readonly done: readonly string[];
  /** The digest of a statement outside a transaction that was begun: it may have been carried out or not. */
  readonly running?: string;
  /** The id of the index that this one is to drop; see `EarlierAttempt`. */
  readonly droppedIndex?: string;
  /** What `op.query` gave where it wrote, by the place in `done`; see {@link storedRows}. */
  readonly rows?: Readonly<Record<number, string>>;
  /**
   * What the session was after an operation that changed it, by the number of operations done by then; null where it was what
   * it had been at the beginning.
   */
  readonly sessions?: Readonly<Record<number, SessionChange | null>>;
  /** The last key of the last batch of the backfill that is under way, whose digest is its name. */
  readonly batch?: { readonly name: string; readonly key: unknown };
}

/** A line of the log that has no end, and no journal that could be gone on with. */
export class UnreadableJournalError extends MigrationError {
  override readonly name = 'UnreadableJournalError';
  readonly id: string;

  constructor(log: QualifiedName, id: string) {
    super(
      `The journal in ${log} with id ${id} cannot be read: its progress is not what this tool writes; set its finished_at, after which its revision begins anew, or restore that line.`,
    );
    this.id = id;
  }
}

const isProgress = (value: unknown): value is Progress =>
  Array.isArray((value as Progress | null)?.done) && (value as Progress).done.every(each => typeof each === 'string');

/** The journal is written anew with each operation, and so must stay small. */
const MOST_ROWS = 1_000;

/**
 * Rows as the journal holds them: with dates, buffers and all other values as the driver gave them, and what has a class of
 * the driver's own (intervals) as the text that it is sent as.
 */
export function storedRows(rows: readonly unknown[]): string {
  // TypeORM gives `[rows, count]` for an UPDATE or DELETE.
  const count = Array.isArray(rows[0]) ? rows[0].length : rows.length;
  if (count > MOST_ROWS) {
    throw new MigrationError(
      `op.query wrote and gave ${count} rows, of which the journal of a non-transactional revision keeps ${MOST_ROWS} at most: ` +
        'use op.execute where the rows are not needed, write in parts, or make the revision a transaction',
    );
  }
  return serialize(plain(rows)).toString('base64');
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ([ArrayBuffer.isView, types.isDate, types.isMap, types.isSet].some(isWhole => isWhole(value))) return value;
  const { toPostgres } = value as { toPostgres?: () => unknown };
  if (typeof toPostgres === 'function') return toPostgres.call(value);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

export const rowsFrom = (stored: string | undefined): unknown =>
  stored === undefined ? [] : deserialize(Buffer.from(stored, 'base64'));

/** A run in the log that has no end. */
export interface UnfinishedRun {
  readonly id: string;
  readonly revision: string;
  readonly direction: 'upgrade' | 'downgrade';
  readonly progress: Progress;
}

/** @throws AccessDeniedError */
export async function readUnfinished(connection: Connection, { log }: VersionTables): Promise<UnfinishedRun[]> {
  const runs: UnfinishedRun[] = await reading(log, () =>
    connection.query(
      `SELECT id::pg_catalog.text AS id, revision, direction, coalesce(progress, '{"done": []}') AS progress
     FROM ${quoteName(log)} WHERE finished_at IS NULL ORDER BY id`,
    ),
  );
  for (const { id, progress } of runs) if (!isProgress(progress)) throw new UnreadableJournalError(log, id);
  return runs;
}

/** Begins a journal: a line of the log without an end. */
export async function beginJournal(
  connection: Connection,
  tables: VersionTables,
  entry: LogEntry & { readonly direction: 'upgrade' | 'downgrade' },
): Promise<UnfinishedRun> {
  await holdShared(connection, tables);
  const progress: Progress = { done: [] };
  const sql =
    `INSERT INTO ${quoteName(tables.log)} (revision, direction, checksum, executed_by, started_at, progress${entry.parents ? ', parents' : ''}) VALUES (` +
    `${quoteText(entry.revision)}, ${quoteText(entry.direction)}, ${quoteLiteral(entry.checksum)}, ` +
    `${executedBy(entry)}, pg_catalog.clock_timestamp(), ${quoteLiteral(progress)}${parentsOf(entry)}) RETURNING id::pg_catalog.text AS id`;
  const rows = await connection.query(sql);
  if (rows.length !== 1) throw new ConcurrentChangeError(sql, rows.length);
  return { id: rows[0].id, revision: entry.revision, direction: entry.direction, progress };
}

export async function writeProgress(
  connection: Connection,
  tables: VersionTables,
  id: string,
  progress: Progress,
): Promise<void> {
  await holdShared(connection, tables);
  await changeOneRow(connection, {
    sql: `UPDATE ${quoteName(tables.log)} SET progress = ${quoteLiteral(progress)} WHERE id OPERATOR(pg_catalog.=) ${id}`,
  });
}

/** Ends a journal. The file may have been mended since it began: what counts is what it was at the end. */
export async function endJournal(
  connection: Connection,
  { log }: VersionTables,
  id: string,
  checksum: string | undefined,
): Promise<void> {
  await changeOneRow(connection, {
    sql: `UPDATE ${quoteName(log)} SET finished_at = pg_catalog.clock_timestamp(), progress = NULL, checksum = ${quoteLiteral(checksum)} WHERE id OPERATOR(pg_catalog.=) ${id}`,
  });
}

/** Forgets what interrupted runs had done: they stay in the log, and are not resumed. */
export const abandonJournals = ({ log }: VersionTables): Statement =>
  statement(`UPDATE ${quoteName(log)} SET finished_at = pg_catalog.clock_timestamp() WHERE finished_at IS NULL`);
