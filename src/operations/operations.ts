import {
  operationNamesIn,
  statementsOf,
  type CustomOperations,
  type Operation,
  type OperationMethods,
} from '../objects/kinds.ts';
import { object, text } from '../objects/form.ts';
import { losing, type Remarkable, type Remarks, takesRemarks } from '../objects/lost.ts';
import { checked } from '../objects/operation-argument-error.ts';
import { bulkInsert, takesBulkInsert, type BulkInsert } from './bulk-insert.ts';
import { backfill, takesBackfill, type Backfill } from './backfill.ts';
import { OfflineError } from './offline-error.ts';
import { checkedParameters } from './parameters.ts';
import { rawStatement } from './raw-sql.ts';
import { migrationOperations, type MigrationOperations } from './run-migration.ts';
import type { OperationContext, OperationTarget, RowSource } from './target.ts';

export interface DataOperations extends MigrationOperations {
  /**
   * Run SQL of your own.
   * @param sql One statement, or several without parameters.
   * @param parameters A value for each of `$1`, `$2` …: never part of the SQL; in a script, quoted literals.
   * @throws OperationArgumentError for parameters that do not fit the text.
   */
  execute(sql: string, parameters?: readonly unknown[]): Promise<void>;
  /**
   * Read rows.
   * @throws OfflineError in offline mode: a script cannot read.
   */
  query<Row = any>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Insert rows, many to a statement. Columns that a row leaves out get their defaults. */
  bulkInsert(insertion: BulkInsert): Promise<void>;
  /**
   * Update a large table in batches by its key. In a revision with `transactional = false` each batch is committed by itself,
   * and a run that was interrupted goes on where it stopped.
   * @throws OfflineError in offline mode; HiddenRowsError where row level security may hide rows of the table.
   */
  backfill(work: Backfill): Promise<void>;
  readonly context: OperationContext;
}

/** What a revision's `upgrade(op)` is given: a method for each operation, and a few for data. */
export type Operations = Remarkable<OperationMethods> & Remarkable<CustomOperations> & DataOperations;

export function operationsInto(target: OperationTarget): Operations {
  const { sink, context, rows } = target;
  const invoke = async (operation: Operation): Promise<void> => {
    target.onOperation?.(operation);
    if (isOfSchema(operation) && operation.name === target.ownSchema) return;
    for (const each of statementsOf(operation, target.kinds)) await sink(each, operation);
  };
  const read: RowSource = (sql, parameters) => {
    if (!rows) throw new OfflineError('query');
    return rows(sql, parameters);
  };
  return {
    ...Object.fromEntries(
      operationNamesIn(target.kinds).map(op => [
        op,
        async (payload: object, remarks: Remarks = {}) => {
          const { notKept = [] } = checked(op, remarks, takesRemarks);
          return invoke({ op, ...checked(op, payload, object), ...losing(notKept) } as Operation);
        },
      ]),
    ),
    execute: async (sql: string, parameters?: readonly unknown[]) =>
      sink(rawStatement(checked('execute', sql, text), checkedParameters('execute', sql, parameters))),
    query: async (sql: string, parameters?: readonly unknown[]) =>
      read(checked('query', sql, text), checkedParameters('query', sql, parameters)),
    bulkInsert: async (insertion: BulkInsert) => {
      for (const each of bulkInsert(checked('bulkInsert', insertion, takesBulkInsert))) await sink(each);
    },
    backfill: async (work: Backfill) => {
      if (!rows) throw new OfflineError('backfill');
      await backfill(checked('backfill', work, takesBackfill), { ...target, rows });
    },
    ...migrationOperations(target),
    context,
  } as Operations;
}

const isOfSchema = (operation: Operation): operation is Operation & { readonly op: 'createSchema' | 'dropSchema' } =>
  operation.op === 'createSchema' || operation.op === 'dropSchema';
