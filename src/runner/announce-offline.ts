import { OfflineError } from '../operations/offline-error.ts';
import { mayGiveRows } from '../sql/rows.ts';
import { rawStatement } from '../operations/raw-sql.ts';
import type { Statement } from '../sql/statement.ts';
import type { RunnerSetup } from './context.ts';
import { OperationQueue } from './operation-queue.ts';
import { tellingWhereQuiet } from './quiet.ts';
import { type Applied, refuseTransactionControl } from './run.ts';

/**
 * What the project's `onVersionApply` sends for a step, for a script.
 * @throws OfflineError where it asks for rows, and whatever it throws
 */
export async function announcedStatements(
  { config, logger }: Pick<RunnerSetup, 'config' | 'logger'>,
  { direction, revision, message }: Applied,
  heads: readonly string[],
): Promise<readonly Statement[]> {
  const apply = config.onVersionApply?.bind(config);
  if (!apply) return [];
  const statements: Statement[] = [];
  const subject = `onVersionApply for ${revision ?? 'base'}`;
  const queue = new OperationQueue({ object: 'onVersionApply', work: subject });
  const execute = async (sql: string, parameters?: readonly unknown[]) => {
    refuseTransactionControl(sql);
    statements.push(rawStatement(sql, parameters));
  };
  const methods = queue.wrap({
    execute,
    query: async (sql: string, parameters?: readonly unknown[]) => {
      if (mayGiveRows(sql)) throw new OfflineError('query', ofVersionApply);
      await execute(sql, parameters);
      return [];
    },
  });
  await tellingWhereQuiet(queue, { subject, logger }, () =>
    queue.run(() => apply({ direction, revision, message, heads, isOffline: true, ...methods })),
  );
  queue.assertOver();
  return statements;
}

const ofVersionApply = { subject: '`query` of onVersionApply', question: 'its `isOffline`' };
