import { MigrationError } from '../errors.ts';
import { quoteName, type QualifiedName } from '../sql/name.ts';
import type { RowSource } from './operations.ts';

/** A table cannot be walked along the column it was to be walked along. */
export class BackfillKeyError extends MigrationError {
  override readonly name = 'BackfillKeyError';
  readonly table: QualifiedName;
  readonly key: string;

  constructor(table: QualifiedName, key: string, problem: string) {
    super(
      `the backfill walks ${table} along ${key}, which ${problem}: name a unique NOT NULL column with \`key\`, or write the UPDATE yourself with op.execute`,
    );
    this.table = table;
    this.key = key;
  }
}

/**
 * A key must be there in every row (`NULL > 5` is not true: such rows would be passed over), tell rows apart (so that a
 * batch is no larger than it should be), be indexed, and stay as it is while it is walked along.
 * @throws BackfillKeyError
 */
export async function assertWalkable(
  { table, key, set }: { readonly table: QualifiedName; readonly key: string; readonly set: object },
  rows: RowSource,
): Promise<void> {
  const [column] = await rows(columnQuery, [quoteName(table), key]);
  const problem = problemOf(column, Object.hasOwn(set, key));
  if (problem !== undefined) throw new BackfillKeyError(table, key, problem);
}

function problemOf(
  column: { readonly notNull: boolean; readonly unique: boolean } | undefined,
  isSet: boolean,
): string | undefined {
  if (!column) return 'is no column of it';
  if (isSet) return 'it changes, so that rows would be met again';
  if (!column.notNull) return 'may be NULL, so that rows without it would be passed over';
  return column.unique ? undefined : 'has no unique index of its own';
}

const columnQuery = `SELECT a.attnotnull AS "notNull", EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indkey[0] = a.attnum AND i.indnkeyatts = 1
      AND i.indisunique AND i.indisvalid AND i.indpred IS NULL) AS unique
  FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attname = $2 AND a.attnum > 0 AND NOT a.attisdropped`;
