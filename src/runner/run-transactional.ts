import { type Connection, returnedRows } from '../database/connection.ts';
import { logRun } from '../database/run-log.ts';
import { beginStep, withTransaction } from '../database/transaction.ts';
import { withoutLimit } from '../database/watch.ts';
import { MigrationError } from '../errors.ts';
import type { OperationTarget } from '../operations/target.ts';
import type { Statement } from '../sql/statement.ts';
import { backfillReport } from './backfill-report.ts';
import { prepare } from './prepare.ts';
import { type Attempt, noting, notingFailure, reasonOf, retryWhileBusy } from './retry.ts';
import { failureOf, isUnknownCommit } from './revision-failed.ts';
import { checkStatement, type RevisionEnd, runRevision } from './revision-operations.ts';
import { rawStatement } from '../operations/raw-sql.ts';
import { migrationsIn } from './run-migration.ts';
import { announce, parentsToLog, type Run, send, writeHeads } from './run.ts';
import { changeOneRow } from '../database/version-table.ts';
import { describeStep, type LoadedStep } from './step.ts';

/**
 * Takes steps in one transaction, each with its version and its line of the log: all of it happens, or nothing.
 * @param preparation what must be there before, and is made in the same transaction
 * @returns the heads afterwards
 * @throws RevisionFailedError, ConnectionLostError
 */
export async function runTransactional(
  run: Run,
  steps: readonly LoadedStep[],
  before: readonly string[],
  preparation: readonly Statement[] = [],
): Promise<readonly string[]> {
  const said = new Set<string>();
  let attempts = 0;
  const attempt: Attempt = { step: steps[0]!, statement: undefined, failure: undefined };
  const own = noting(run.connection, attempt);
  const takeAll = async (): Promise<readonly string[]> => {
    const taken: Taken[] = [];
    if (preparation.length > 0) await beginStep(own, run.context.config, run.key);
    await prepare(own, preparation, run.context.tables);
    for (const [i, step] of steps.entries()) {
      if (i > 0) await run.session.restore();
      if (!said.has(step.revision)) run.context.logger.info(`Running ${describeStep(step)}`);
      said.add(step.revision);
      Object.assign(attempt, { step, statement: undefined, failure: undefined });
      taken.push(await takeStep(run, own, step, taken.at(-1)?.heads ?? before, attempt));
    }
    for (const each of taken) assertOver(each);
    return taken.at(-1)?.heads ?? before;
  };
  try {
    return await retryWhileBusy(run, attempt, async () => {
      // What a rollback does not undo, such as prepared statements, is not to meet the next attempt.
      if (attempts++ > 0) await run.session.restore();
      return withTransaction(own, takeAll);
    });
  } catch (error) {
    if (MigrationError.is(error)) throw error;
    const failure = reasonOf(error, attempt);
    throw failureOf(attempt.step, failure, isUnknownCommit(failure) ? unknown : rolledBack);
  }
}

const rolledBack = 'it was rolled back';

const unknown = 'whether it is committed is not known: run again, which does what is not done yet';

/** A step whose transaction is still open, and the heads after it. */
interface Taken {
  readonly step: LoadedStep;
  readonly heads: readonly string[];
  readonly end: RevisionEnd;
}

function assertOver({ step, end }: Taken): void {
  try {
    end.assertOver();
  } catch (error) {
    throw failureOf(step, { error, statement: undefined }, rolledBack);
  }
}

async function takeStep(
  run: Run,
  own: Connection,
  step: LoadedStep,
  before: readonly string[],
  attempt: Attempt,
): Promise<Taken> {
  const { context, key, session } = run;
  const startedAt = await beginStep(own, context.config, key);
  attempt.statement = undefined;
  const after = context.graph.headsAfter(before, step);
  const revise = () => runRevision(step, targetOf(run, attempt), { logger: context.logger });
  const end = await withoutLimit(run.connection, revise).catch((error: unknown) => {
    throw failureOf(step, reasonOf(error, attempt), rolledBack);
  });
  await session.takeOwnRole(key);
  await writeHeads({ context, connection: own }, before, after);
  const { revision, direction, module } = step;
  const entry = {
    revision,
    direction,
    checksum: module.checksum,
    host: context.host,
    startedAt,
    parents: parentsToLog(run, step),
  };
  await changeOneRow(own, logRun(context.tables, entry));
  await announce({ context, connection: own, key, session }, step, after).catch((error: unknown) => {
    throw failureOf(step, reasonOf(error, attempt), rolledBack);
  });
  return { step, heads: after, end };
}

function targetOf(run: Run, attempt: Attempt): OperationTarget {
  type Watched = Pick<Statement, 'sql' | 'transactional' | 'parameters'>;
  const watch = async <Result>(statement: Watched, work: () => Promise<Result>): Promise<Result> => {
    attempt.statement = statement.sql;
    checkStatement(statement, true);
    await run.session.note(statement.sql, statement.parameters);
    const result = await notingFailure(attempt, statement.sql, work);
    // What fails between two statements did not fail at one.
    attempt.statement = undefined;
    return result;
  };
  const sendOwn = (statement: Watched) => watch(statement, () => send(run.connection, statement));
  return {
    context: run.operationContext,
    kinds: run.context.config.kinds,
    ownSchema: run.context.tables.ownSchema,
    sink: statement => sendOwn(statement),
    rows: async (sql, parameters) =>
      returnedRows(await sendOwn({ sql, transactional: true, ...(parameters && { parameters }) })),
    migrations: migrationsIn(run, true, (sql, parameters, work) => watch(rawStatement(sql, parameters), work)),
    onProgress: backfillReport(run.context),
  };
}
