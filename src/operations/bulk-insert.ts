import { byName, list, record, text, type Form } from '../objects/form.ts';
import { quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { insertable } from './parameters.ts';
import { jsonText, quoteLiteral, quoteParameter, quoteText } from '../sql/literal.ts';
import { statement, type Statement } from '../sql/statement.ts';

export interface BulkInsert {
  readonly table: QualifiedName;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export const takesBulkInsert: Form<BulkInsert> = record({ table: text, rows: list(byName(insertable)) });

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
      `${head}\n${batch.map(row => `  (${columns.map(column => valueOf(table, row, column)).join(', ')})`).join(',\n')}`,
    ),
  );
}

function valueOf(table: QualifiedName, row: Readonly<Record<string, unknown>>, column: string): string {
  const value = row[column];
  if (value === undefined) return 'DEFAULT';
  if (Array.isArray(value)) return listFor(table, column, value);
  // A fraction without quotes would be rounded in a column of integers.
  return Number.isSafeInteger(value) || typeof value === 'boolean' ? quoteLiteral(value) : quoteParameter(value);
}

/** A list is an array in a column of arrays, and JSON in a column of JSON: the server knows which. */
const listFor = (table: QualifiedName, column: string, list: readonly unknown[]): string =>
  `(pg_catalog.json_populate_record(NULL::${quoteName(table)}, ${quoteText(jsonText({ [column]: list }))})).${quoteIdentifier(column)}`;
