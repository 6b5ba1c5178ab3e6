import { quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { quoteLiteral } from '../sql/literal.ts';
import { statement } from '../sql/statement.ts';
import type { OperationTarget, RowSource } from './operations.ts';

/** An update of a large table, a batch at a time, by ranges of its key. */
export interface Backfill {
  readonly table: QualifiedName;
  /** What to set: SQL expressions by column name. */
  readonly set: Readonly<Record<string, string>>;
  /** Which rows need it, in SQL; rows that do not match are passed over. */
  readonly where?: string;
  /** A unique column to walk along; `id` unless told. */
  readonly key?: string;
  /** Rows to a batch; 10,000 unless told. */
  readonly batchSize?: number;
}

export interface BackfillProgress {
  readonly table: QualifiedName;
  /** Rows walked over so far, of about so many. */
  readonly done: number;
  readonly estimate: number;
}

/**
 * Walk the table by its key: each batch is the next `batchSize` keys above the last one (never OFFSET, which would read
 * them all again), and is committed by itself where the revision is not transactional.
 */
export async function backfill(work: Backfill, target: OperationTarget & { readonly rows: RowSource }): Promise<void> {
  const name = `backfill ${work.table} ${Object.keys(work.set).join(', ')}`;
  const estimate = await estimateRows(work, target.rows);
  let last = await target.batches?.resumeFrom(name);
  for (let done = 0; ;) {
    const upper = await upperKey(work, last, target.rows);
    if (upper === undefined) return;
    const run = () => target.sink(statement(updateRange(work, last, upper.key)));
    await (target.batches ? target.batches.commit(name, upper.key, run) : run());
    last = upper.key;
    done += upper.rows;
    target.onProgress?.({ table: work.table, done, estimate });
  }
}

async function estimateRows({ table }: Backfill, rows: RowSource): Promise<number> {
  const [row] = await rows('SELECT greatest(reltuples, 0)::float8 AS estimate FROM pg_class WHERE oid = $1::regclass', [
    quoteName(table),
  ]);
  return Number(row?.estimate ?? 0);
}

async function upperKey(
  work: Backfill,
  last: unknown,
  rows: RowSource,
): Promise<{ key: unknown; rows: number } | undefined> {
  const key = quoteIdentifier(work.key ?? 'id');
  const [row] = await rows(
    `SELECT (array_agg(k ORDER BY k DESC))[1]::text AS key, count(*)::int AS rows FROM (SELECT ${key} AS k FROM ${quoteName(work.table)}${after(key, last)} ORDER BY ${key} LIMIT ${work.batchSize ?? 10_000}) batch`,
  );
  return row?.rows > 0 ? row : undefined;
}

const after = (key: string, last: unknown): string =>
  last === undefined ? '' : ` WHERE ${key} > ${quoteLiteral(last)}`;

function updateRange(work: Backfill, last: unknown, upper: unknown): string {
  const key = quoteIdentifier(work.key ?? 'id');
  const range = [...(last === undefined ? [] : [`${key} > ${quoteLiteral(last)}`]), `${key} <= ${quoteLiteral(upper)}`];
  const assignments = Object.entries(work.set).map(
    ([column, expression]) => `${quoteIdentifier(column)} = ${expression}`,
  );
  return `UPDATE ${quoteName(work.table)} SET ${assignments.join(', ')} WHERE ${[...range, ...(work.where ? [`(${work.where})`] : [])].join(' AND ')}`;
}
