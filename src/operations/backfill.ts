import { MigrationError } from '../errors.ts';
import { byName, number, optional, record, text, type Form } from '../objects/form.ts';
import { quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { quoteLiteral } from '../sql/literal.ts';
import { statement } from '../sql/statement.ts';
import { assertWalkable, type KeyOperators } from './backfill-key.ts';
import type { OperationTarget, RowSource } from './target.ts';

/** An update of a large table, a batch at a time, by ranges of its key. */
export interface Backfill {
  readonly table: QualifiedName;
  /** What to set: SQL expressions by column name. */
  readonly set: Readonly<Record<string, string>>;
  /** Which rows need it, in SQL; rows that do not match are passed over. */
  readonly where?: string;
  /** A unique NOT NULL column to walk along; `id` by default. */
  readonly key?: string;
  /** Rows to a batch; 10,000 by default. */
  readonly batchSize?: number;
}

export const takesBackfill: Form<Backfill> = record({
  table: text,
  set: byName(text),
  where: optional(text),
  key: optional(text),
  batchSize: optional(number),
});

/** Names a backfill by all that says what becomes of its rows; how many go into a batch does not. */
export const backfillName = ({ table, set, where, key = 'id' }: Backfill): string =>
  `backfill ${JSON.stringify([table, set, where ?? null, key])}`;

/**
 * Walk the table by its key: each batch is the next `batchSize` keys above the last one (never OFFSET, which would read
 * them all again), and is committed by itself where the revision is not transactional.
 * @throws BackfillKeyError, HiddenRowsError
 */
export async function backfill(given: Backfill, target: OperationTarget & { readonly rows: RowSource }): Promise<void> {
  const { key = 'id', batchSize = 10_000, ...rest } = given;
  const { table } = rest;
  // LIMIT 0 would end the walk before it began.
  if (!(batchSize >= 1)) throw new MigrationError(`the batchSize of the backfill is ${batchSize}: give 1 or more rows`);
  const operators = await assertWalkable({ table, key, set: rest.set }, target.rows);
  const work = { ...rest, key, batchSize, operators };
  const name = backfillName(given);
  let last = await target.batches?.resumeFrom(name);
  let done = 0;
  const countRemaining = () => remainingRows(work, last, target.rows);
  const report = async (isComplete: boolean) => target.onProgress?.({ table, done, isComplete }, countRemaining);
  await report(false);
  for (;;) {
    const upper = await upperKey(work, last, target.rows);
    if (upper === undefined) return report(true);
    const run = () => target.sink(statement(updateRange(work, last, upper.key)));
    await (target.batches ? target.batches.commit(name, upper.key, run) : run());
    last = upper.key;
    done += upper.rows;
    await report(false);
  }
}

/** Counting so many rows takes a second or two. */
const COUNTABLE = 10_000_000;

/** Counts what is still to be walked over; where that is very much, the planner's estimate has to do. */
async function remainingRows({ table, key, operators }: Walk, last: unknown, rows: RowSource): Promise<number> {
  const all = `SELECT FROM ${quoteName(table)}${after(quoteIdentifier(key), last, operators)}`;
  const [{ counted }] = await rows(
    `SELECT pg_catalog.count(*)::pg_catalog.int4 AS counted FROM (${all} LIMIT ${COUNTABLE}) remaining`,
  );
  if (counted < COUNTABLE) return counted;
  const [row] = await rows(`EXPLAIN (FORMAT JSON) ${all}`);
  return Math.max(COUNTABLE, row?.['QUERY PLAN']?.[0]?.Plan?.['Plan Rows'] ?? 0);
}

type Walk = Backfill & Required<Pick<Backfill, 'key' | 'batchSize'>> & { readonly operators: KeyOperators };

async function upperKey(
  work: Walk,
  last: unknown,
  rows: RowSource,
): Promise<{ key: unknown; rows: number } | undefined> {
  const key = quoteIdentifier(work.key);
  const [row] = await rows(
    `SELECT (pg_catalog.array_agg(k ORDER BY k DESC))[1]::pg_catalog.text AS key, pg_catalog.count(*)::pg_catalog.int4 AS rows FROM (SELECT ${key} AS k FROM ${quoteName(work.table)}${after(key, last, work.operators)} ORDER BY ${key} LIMIT ${work.batchSize}) batch`,
  );
  return row?.rows > 0 ? row : undefined;
}

const after = (key: string, last: unknown, { above }: KeyOperators): string =>
  last === undefined ? '' : ` WHERE ${key} ${above} ${quoteLiteral(last)}`;

function updateRange(work: Walk, last: unknown, upper: unknown): string {
  const key = quoteIdentifier(work.key);
  const { above, upTo } = work.operators;
  const range = [
    ...(last === undefined ? [] : [`${key} ${above} ${quoteLiteral(last)}`]),
    `${key} ${upTo} ${quoteLiteral(upper)}`,
  ];
  const assignments = Object.entries(work.set).map(
    ([column, expression]) => `${quoteIdentifier(column)} = ${expression}`,
  );
  return `UPDATE ${quoteName(work.table)} SET ${assignments.join(', ')} WHERE ${[...range, ...(work.where ? [`(${work.where})`] : [])].join(' AND ')}`;
}
