import type { LockKey } from '../database/advisory-lock.ts';
import type { Connection } from '../database/connection.ts';
import { changeVersion, versionChanges } from '../database/version-table.ts';
import type { BackfillProgress } from '../operations/backfill.ts';
import type { OperationContext } from '../operations/operations.ts';
import type { Statement } from '../sql/statement.ts';
import type { RunnerContext, RunnerSetup } from './context.ts';

/** A run under way: this session holds the migration lock. */
export interface Run {
  readonly context: RunnerContext;
  readonly connection: Connection;
  readonly key: LockKey;
  /** Milliseconds to wait for locks in all. */
  readonly lockWait: number;
  readonly operationContext: OperationContext;
}

export const send = (
  connection: Connection,
  { sql, parameters }: Pick<Statement, 'sql' | 'parameters'>,
): Promise<any> => connection.query(sql, parameters && [...parameters]);

/** Writes the heads after a step, in its transaction. */
export async function writeHeads(
  { context, connection }: Pick<Run, 'context' | 'connection'>,
  before: readonly string[],
  after: readonly string[],
): Promise<void> {
  for (const change of versionChanges(context.tables, before, after)) await changeVersion(connection, change);
}

/** What a project's `onVersionApply` is told of a step. */
export interface Applied {
  readonly direction: 'upgrade' | 'downgrade' | 'stamp';
  readonly revision: string | null;
  readonly message: string;
}

/** Tells the project's `onVersionApply` of a step, in its transaction. */
export async function announce(
  { context, connection }: Pick<Run, 'context' | 'connection'>,
  { direction, revision, message }: Applied,
  heads: readonly string[],
): Promise<void> {
  const query = (sql: string, parameters?: readonly unknown[]) =>
    send(connection, { sql, ...(parameters && { parameters }) });
  await context.config.onVersionApply?.({ direction, revision, message, heads, query });
}

const SILENCE = 5_000;

/** Says how far a backfill has come, now and then. */
export function progressReport({ clock, logger }: Pick<RunnerSetup, 'clock' | 'logger'>) {
  let last = clock.now();
  return ({ table, done, estimate }: BackfillProgress): void => {
    if (clock.now() - last < SILENCE) return;
    last = clock.now();
    logger.info(`Backfill of ${table}: ${done} of about ${Math.max(done, Math.round(estimate))} rows`);
  };
}
