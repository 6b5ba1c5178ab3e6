import { abandonJournals } from '../database/journal.ts';
import { type Connection, withConnection } from '../database/connection.ts';
import { logRun, readExistence } from '../database/run-log.ts';
import { beginStep, withTransaction } from '../database/transaction.ts';
import { purgeVersions, readHeads } from '../database/version-table.ts';
import type { RunnerContext, RunnerSetup } from './context.ts';
import { withMigrationLock } from './migration-lock.ts';
import { missingTables, prepare } from './prepare.ts';
import { announce, send, writeHeads } from './run.ts';
import type { StampOptions, StampResult } from './runner.ts';

/** Writes down that the database is at the targets, and runs nothing. */
export function stamp(
  context: RunnerContext,
  targets: readonly string[],
  { purge = false, lockWait }: StampOptions,
): Promise<StampResult> {
  return withConnection(context.dataSource, connection =>
    withMigrationLock(context, connection, lockWait, key =>
      withTransaction(connection, async () => {
        await beginStep(connection, context.config, key);
        return stampUnderLock(context, connection, targets, purge);
      }),
    ),
  );
}

async function stampUnderLock(
  context: RunnerContext,
  connection: Connection,
  targets: readonly string[],
  purge: boolean,
): Promise<StampResult> {
  const { graph, host, logger, tables } = context;
  const exists = await readExistence(connection, tables);
  await prepare(connection, missingTables(tables, exists), tables);
  const before = await readHeads(connection, tables);
  const heads = graph.stampedHeads(before, targets, { purge });
  logger.info(`Running stamp ${nameOf(before)} -> ${nameOf(heads)}`.replace('stamp  ', 'stamp '));
  if (purge) await send(connection, purgeVersions(tables));
  await writeHeads({ context, connection }, purge ? [] : before, heads);
  await abandonJournals(connection, tables);
  await send(connection, logRun(tables, { revision: nameOf(heads) || 'base', direction: 'stamp', host }));
  for (const revision of heads.length > 0 ? heads : [null]) {
    const message = revision === null ? '' : (context.files.get(revision)?.message ?? '');
    await announce({ context, connection }, { direction: 'stamp', revision, message }, heads);
  }
  return { before, heads };
}

const nameOf = (heads: readonly string[]): string => heads.join(', ');

/** Creates the version table and the log, where they are missing. */
export function ensureVersionTable(setup: RunnerSetup): Promise<void> {
  const { dataSource, tables } = setup;
  return withConnection(dataSource, async connection => {
    const exists = await readExistence(connection, tables);
    if (exists.versions && exists.log) return;
    await withMigrationLock(setup, connection, undefined, async () => {
      const missing = missingTables(tables, await readExistence(connection, tables));
      await withTransaction(connection, () => prepare(connection, missing, tables));
    });
  });
}
