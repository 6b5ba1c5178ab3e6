import type { Registry } from '../objects/kinds.ts';
import { OfflineError, type OperationContext } from '../operations/operations.ts';
import type { Statement } from '../sql/statement.ts';
import { failureOf } from './revision-failed.ts';
import { checkStatement, runRevision } from './revision-operations.ts';
import type { LoadedStep } from './step.ts';

/** What a revision would send, as far as that can be told without a database. */
export interface Evaluation {
  readonly statements: readonly Statement[];
  /** What stopped it: the revision reads rows. */
  readonly offlineError?: OfflineError;
}

/** Runs a revision into a list. Throws RevisionFailedError where it throws, or sends what it may not. */
export async function evaluate(
  step: LoadedStep,
  context: OperationContext,
  { isTransactional, kinds }: { readonly isTransactional: boolean; readonly kinds?: Registry | undefined },
): Promise<Evaluation> {
  const statements: Statement[] = [];
  let statement: string | undefined;
  const sink = async (each: Statement): Promise<void> => {
    statement = each.sql;
    checkStatement(each, isTransactional);
    statements.push(each);
    statement = undefined;
  };
  try {
    await runRevision(step, { context, sink, kinds });
    return { statements };
  } catch (error) {
    if (error instanceof OfflineError) return { statements, offlineError: error };
    throw failureOf(step, { error, statement }, 'nothing was run');
  }
}
