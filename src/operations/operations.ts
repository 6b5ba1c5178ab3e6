import {
  operationNamesIn,
  statementsOf,
  type CustomOperations,
  type Operation,
  type OperationMethods,
  type Registry,
} from '../objects/kinds.ts';
import { object, text } from '../objects/form.ts';
import { checked } from '../objects/operation-argument-error.ts';
import { bulkInsert, takesBulkInsert, type BulkInsert } from './bulk-insert.ts';
import { backfill, takesBackfill, type Backfill, type BackfillProgress, type CountRemaining } from './backfill.ts';
import { OfflineError } from './offline-error.ts';
import { rawStatement } from './raw-sql.ts';
import { migrationOperations, type MigrationOperations, type MigrationTarget } from './run-migration.ts';
import type { Statement } from '../sql/statement.ts';

export { OfflineError } from './offline-error.ts';

/**
 * Where statements go: a database, a SQL script, or a list in a test.
 * @param operation the operation of a kind that the statement carries out, where there is one
 */
export type StatementSink = (statement: Statement, operation?: Operation) => Promise<void>;

/** Reads rows for a data migration. */
export type RowSource = (sql: string, parameters?: readonly unknown[]) => Promise<any[]>;

/** What a revision may know of the run it is part of. */
export interface OperationContext {
  /** True where a script is written (`--sql`) instead of a database changed: nothing can be read. */
  readonly isOffline: boolean;
  /** The value of `--tag`. */
  readonly tag?: string;
  /** The values of `-x key=value`. */
  readonly x: Readonly<Record<string, string>>;
  /** The heads the database was at when the run began. */
  readonly heads: readonly string[];
  /** Aborted when the run is: for what a revision waits for beside its operations. Left out where the run has none. */
  readonly signal?: AbortSignal;
}

export interface DataOperations extends MigrationOperations {
  /**
   * Run SQL of your own.
   * @param sql One statement, or several without parameters.
   * @param parameters Values for `$1`, `$2` …: never part of the SQL; in a script, quoted literals.
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
   * @throws OfflineError in offline mode.
   */
  backfill(work: Backfill): Promise<void>;
  readonly context: OperationContext;
}

/** What a revision's `upgrade(op)` is given: a method for each operation, and a few for data. */
export type Operations = OperationMethods & CustomOperations & DataOperations;

/** What operations are carried out with. */
export interface OperationTarget {
  readonly sink: StatementSink;
  readonly context: OperationContext;
  /** The kinds whose operations there are; the built-in ones by default. */
  readonly kinds?: Registry | undefined;
  /** The connection's own schema, which is always there: a revision neither creates nor drops it. */
  readonly ownSchema?: string | undefined;
  /** Left out where nothing can be read. */
  readonly rows?: RowSource;
  /** Runs one batch in a transaction of its own, where the revision is not transactional. */
  readonly batches?: {
    resumeFrom(name: string): Promise<unknown>;
    commit(name: string, key: unknown, work: () => Promise<void>): Promise<void>;
  };
  readonly onProgress?: (progress: BackfillProgress, countRemaining: CountRemaining) => void | Promise<void>;
  /** Carries out TypeORM's own migrations; left out where none are. */
  readonly migrations?: MigrationTarget;
  /** Told of each operation of a kind before its statements. */
  readonly onOperation?: (operation: Operation) => void;
}

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
        async (payload: object) => invoke({ op, ...checked(op, payload, object) } as Operation),
      ]),
    ),
    execute: async (sql: string, parameters?: readonly unknown[]) =>
      sink(rawStatement(checked('execute', sql, text), parameters)),
    query: async (sql: string, parameters?: readonly unknown[]) => read(checked('query', sql, text), parameters),
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
