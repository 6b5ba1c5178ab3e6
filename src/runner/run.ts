import type { LockKey } from '../database/advisory-lock.ts';
import { type Connection, returnedRows } from '../database/connection.ts';
import type { KeptSession } from '../database/kept-session.ts';
import { sqlStateOf } from '../database/server-error.ts';
import { holdShared } from '../database/shared-tables.ts';
import { confirmStep } from '../database/transaction.ts';
import { changeOneRow, versionChanges } from '../database/version-table.ts';
import type { OperationContext } from '../operations/target.ts';
import type { Step } from '../revisions/revision.ts';
import { parameterOf } from '../sql/literal.ts';
import type { Statement } from '../sql/statement.ts';
import type { RunnerContext } from './context.ts';
import { OperationQueue } from './operation-queue.ts';
import { tellingWhereQuiet } from './quiet.ts';
import { TransactionControlError } from './revision-operations.ts';
import { transactionControlIn } from './sql-text.ts';

/** A run under way: this session holds the migration lock. */
export interface Run {
  readonly context: RunnerContext;
  readonly connection: Connection;
  readonly key: LockKey;
  /** Milliseconds to wait for locks in all. */
  readonly lockWait: number;
  /** What the session was before the run, and is to be before each revision. */
  readonly session: KeptSession;
  readonly operationContext: OperationContext;
  /** Whether the log has a column for what a revision follows. */
  readonly logsParents: boolean;
}

/** What the log is to hold as a step's parents. */
export const parentsToLog = (
  { context, logsParents }: Pick<Run, 'context' | 'logsParents'>,
  { revision, direction }: Step,
): readonly string[] | undefined =>
  logsParents && direction === 'upgrade' ? context.graph.parents(revision) : undefined;

export const send = (
  connection: Connection,
  { sql, parameters }: Pick<Statement, 'sql' | 'parameters'>,
): Promise<any> => connection.query(sql, parameters?.map(parameterOf));

/** Writes the heads after a step, in its transaction, before anything else is written of it. */
export async function writeHeads(
  { context, connection }: Pick<Run, 'context' | 'connection'>,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  await holdShared(connection, context.tables);
  for (const change of versionChanges(context.tables, before, after)) await changeOneRow(connection, change);
}

/** What a project's `onVersionApply` is told of a step. */
export interface Applied {
  readonly direction: 'upgrade' | 'downgrade' | 'stamp';
  readonly revision: string | null;
  readonly message: string;
}

/**
 * Tells the project's `onVersionApply` of a step, in its transaction.
 * @throws the error of a query of its own that aborted the transaction, also where it caught that; LockLostError
 */
export async function announce(
  { context, connection, key, session }: Pick<Run, 'context' | 'connection' | 'key' | 'session'>,
  { direction, revision, message }: Applied,
  heads: readonly string[],
): Promise<void> {
  const apply = context.config.onVersionApply?.bind(context.config);
  if (!apply) return;
  let failure: unknown;
  const queue = new OperationQueue({ object: 'onVersionApply', work: `onVersionApply for ${revision}` });
  const query = async (sql: string, parameters?: readonly unknown[]) => {
    refuseTransactionControl(sql);
    await session.note(sql, parameters);
    const sent = send(connection, { sql, ...(parameters && { parameters }) });
    return sent.then(returnedRows, (error: unknown) => {
      if (sqlStateOf(error) !== '25P02') failure = error;
      throw error;
    });
  };
  const methods = queue.wrap({
    query,
    execute: async (sql: string, parameters?: readonly unknown[]) => void (await query(sql, parameters)),
  });
  const subject = `onVersionApply for ${revision}`;
  await tellingWhereQuiet(queue, { subject, logger: context.logger }, () =>
    queue.run(() => apply({ direction, revision, message, heads, isOffline: false, ...methods })),
  );
  await confirmStep(connection, key).catch((error: unknown) => {
    throw sqlStateOf(error) === '25P02' && failure !== undefined ? failure : error;
  });
}

/** Rolled back or committed there, the step would not be one transaction with its version. */
export function refuseTransactionControl(sql: string): void {
  const command = transactionControlIn(sql);
  if (command !== undefined) throw new TransactionControlError(command, sql, { owner: 'onVersionApply' });
}
