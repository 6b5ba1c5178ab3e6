import type { Operation } from '../objects/kinds.ts';
import { newTables } from '../objects/new-tables.ts';
import { backfillName } from '../operations/backfill.ts';
import { OfflineError } from '../operations/offline-error.ts';
import type { MigrationTarget, OperationContext } from '../operations/target.ts';
import type { Statement } from '../sql/statement.ts';
import type { RunnerSetup } from './context.ts';
import { doneIn } from './journal-digest.ts';
import { failureOf } from './revision-failed.ts';
import { checkStatement, type Replacements, runRevision } from './revision-operations.ts';
import { recordedMigrations } from './run-migration.ts';
import type { PlannedStatement } from './runner.ts';
import type { LoadedStep } from './step.ts';

/** What a revision would send, as far as that can be told without a database. */
export interface Evaluation {
  readonly statements: readonly PlannedStatement[];
  /** What stopped it: the revision reads rows. */
  readonly offlineError?: OfflineError;
}

interface EvaluationOptions extends Pick<RunnerSetup, 'dataSource' | 'config' | 'logger' | 'tables'> {
  readonly isTransactional: boolean;
  /** The journal of an interrupted run: what it has done is left out. */
  readonly done?: readonly string[];
}

/** Runs a revision into a list. Throws RevisionFailedError where it throws, or sends what it may not. */
export async function evaluate(
  step: LoadedStep,
  context: OperationContext,
  { isTransactional, dataSource, config, logger, tables, done = [] }: EvaluationOptions,
): Promise<Evaluation> {
  const statements: PlannedStatement[] = [];
  const isOnNewTable = newTables();
  const isDone = doneIn(done);
  let statement: string | undefined;
  const sink = async (each: Statement, operation?: Operation): Promise<void> => {
    statement = each.sql;
    checkStatement(each, isTransactional);
    const onNewTable = operation && isOnNewTable(operation);
    if (!isDone(each.sql, each.parameters)) statements.push({ ...each, ...(onNewTable && { isOnNewTable: true }) });
    statement = undefined;
  };
  // Outside a transaction, TypeORM's own migrations begin and end their own.
  const record = isTransactional ? sink : async (each: Statement) => void statements.push(each);
  const recorded = recordedMigrations(dataSource, record, isTransactional);
  const migrations: MigrationTarget = {
    ...recorded,
    run: async (migration, way) =>
      isDone('migration', migration.name, way) ? undefined : recorded.run(migration, way),
  };
  const replace: Replacements = operations => ({
    backfill: async work => (isDone(backfillName(work)) ? undefined : operations.backfill(work)),
  });
  try {
    const target = { context, sink, kinds: config.kinds, ownSchema: tables.ownSchema, migrations };
    (await runRevision(step, target, { logger, replace })).assertOver();
    return { statements };
  } catch (error) {
    if (error instanceof OfflineError) return { statements, offlineError: error };
    throw failureOf(step, { error, statement }, 'nothing was run');
  }
}
