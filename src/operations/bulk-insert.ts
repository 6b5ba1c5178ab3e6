import { anything, byName, list, record, text, type Form } from '../objects/form.ts';
import { quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { quoteLiteral } from '../sql/literal.ts';
import { statement, type Statement } from '../sql/statement.ts';

export interface BulkInsert {
  readonly table: QualifiedName;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export const takesBulkInsert: Form<BulkInsert> = record({ table: text, rows: list(byName(anything)) });

const ROWS_PER_STATEMENT = 500;

/** Statements that insert the rows, so many to a statement. Literals are quoted, so that a script holds the same. */
export function bulkInsert({ table, rows }: BulkInsert): Statement[] {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))];
  if (columns.length === 0) return rows.map(() => statement(`INSERT INTO ${quoteName(table)} DEFAULT VALUES`));
  const head = `INSERT INTO ${quoteName(table)} (${columns.map(quoteIdentifier).join(', ')}) VALUES`;
  const batches = Array.from({ length: Math.ceil(rows.length / ROWS_PER_STATEMENT) }, (_, i) =>
    rows.slice(i * ROWS_PER_STATEMENT, (i + 1) * ROWS_PER_STATEMENT),
  );
  return batches.map(batch =>
    statement(
      `${head}\n${batch.map(row => `  (${columns.map(column => valueOf(row, column)).join(', ')})`).join(',\n')}`,
    ),
  );
}

const valueOf = (row: Readonly<Record<string, unknown>>, column: string): string =>
  row[column] === undefined ? 'DEFAULT' : quoteLiteral(row[column]);
