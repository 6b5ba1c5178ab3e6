import { abandonJournals } from '../database/journal.ts';
import type { Connection } from '../database/connection.ts';
import { locateTables } from '../database/migration-session.ts';
import { isBusy, isConnectionLoss, serverErrorOf } from '../database/server-error.ts';
import { logRun, readExistence, readOpenRuns } from '../database/run-log.ts';
import { holdShared } from '../database/shared-tables.ts';
import {
  changeOneRow,
  ConcurrentChangeError,
  CorruptVersionTableError,
  purgeVersions,
  readHeads,
  type VersionTables,
} from '../database/version-table.ts';
import { MigrationError, saidBy } from '../errors.ts';
import { quoteName } from '../sql/name.ts';
import type { RunnerContext, RunnerSetup } from './context.ts';
import { withMigrationSession } from './migration-lock.ts';
import { assertNotAhead, readPosition } from './position.ts';
import { logsParents, missingTables, prepare } from './prepare.ts';
import { inLimitedTransaction, type OwnAttempt } from './retry.ts';
import { isComplete } from './revision-failed.ts';
import { unfinishedError } from './unfinished.ts';
import { type Applied, announce, type Run, send, writeHeads } from './run.ts';
import type { StampOptions, StampResult } from './runner.ts';

/** The project's `onVersionApply` failed in a stamp. Its `cause` is the server's own error, or what the function threw. */
export class VersionApplyError extends MigrationError {
  override readonly name = 'VersionApplyError';

  constructor(error: unknown, outcome = 'nothing was stamped') {
    const cause = serverErrorOf(error);
    super(
      `onVersionApply of the configuration failed (${saidBy(cause).replace(/\.$/, '')}), and ${outcome}: correct it, and stamp again.`,
      { cause },
    );
  }
}

/** The error of `onVersionApply` in a stamp; one that says of itself all there is to say is passed on. */
export const applyFailure = (error: unknown, outcome?: string): unknown =>
  isConnectionLoss(error) || isComplete(error) ? error : new VersionApplyError(error, outcome);

/** Writes down that the database is at the targets, and runs nothing. */
export function stamp(
  context: RunnerContext,
  targets: readonly string[],
  { purge = false, lockWait }: StampOptions,
): Promise<StampResult> {
  return withMigrationSession(context, lockWait, (connection, underLock) =>
    underLock((key, lockWait, { tables, session }) =>
      stampUnderLock({ context: { ...context, tables }, connection, key, lockWait, session }, targets, purge),
    ),
  );
}

/**
 * Stamps the database with exactly the heads that are found while no other process migrates it. Where they are stamped
 * already and no run is open, nothing is written.
 */
export function stampFound(
  context: RunnerContext,
  find: (connection: Connection, rows: readonly string[]) => Promise<readonly string[]>,
): Promise<StampResult> {
  return withMigrationSession(context, undefined, (connection, underLock) =>
    underLock(async (key, lockWait, { tables, session }) => {
      const own = { ...context, tables };
      const before = await purgeable(connection, tables);
      const heads = await find(connection, before);
      const open = await readOpenRuns(connection, tables);
      const isThere = heads.length === before.length && heads.every(head => before.includes(head));
      return isThere && open.length === 0
        ? { before, heads }
        : stampUnderLock({ context: own, connection, key, lockWait, session }, heads, true);
    }),
  );
}

const stampUnderLock = (
  run: Pick<Run, 'context' | 'connection' | 'key' | 'lockWait' | 'session'>,
  targets: readonly string[],
  purge: boolean,
): Promise<StampResult> =>
  inLimitedTransaction(run, notBegun(), noted => stampInTransaction({ ...run, connection: noted }, targets, purge));

const notBegun = (): OwnAttempt => ({ statement: undefined, failure: undefined });

async function stampInTransaction(
  { context, connection, key, session }: Pick<Run, 'context' | 'connection' | 'key' | 'session'>,
  targets: readonly string[],
  purge: boolean,
): Promise<StampResult> {
  const { graph, host, logger } = context;
  const exists = await readExistence(connection, context.tables);
  const tables = { ...context.tables, isShared: exists.isShared };
  await prepare(connection, missingTables(tables, exists), tables);
  await holdShared(connection, tables);
  const before = purge ? await purgeable(connection, tables) : await stampable(context, connection);
  const heads = graph.stampedHeads(before, targets, { purge });
  if (exists.log) await giveUpRuns(context, connection, before, purge);
  logger.info(`Running stamp ${nameOf(before)} -> ${nameOf(heads)}`.replace('stamp  ', 'stamp '));
  if (purge) await purgeAll(connection, tables);
  await writeHeads({ context, connection }, purge ? [] : before, heads);
  const parents = logsParents(exists) ? graph.appliedAt(heads).filter(each => !heads.includes(each)) : undefined;
  await changeOneRow(
    connection,
    logRun(tables, { revision: nameOf(heads) || 'base', direction: 'stamp', host, parents }),
  );
  for (const applied of stampedOf(context, heads)) {
    const run = { context, connection, key, session };
    await announce(run, applied, heads).catch((error: unknown) => {
      throw isBusy(error) ? error : applyFailure(error);
    });
  }
  return { before, heads };
}

/** What `onVersionApply` is told of a stamp. */
export const stampedOf = ({ files }: Pick<RunnerContext, 'files'>, heads: readonly string[]): readonly Applied[] =>
  (heads.length > 0 ? heads : [null]).map(revision => ({
    direction: 'stamp',
    revision,
    message: revision === null ? '' : (files.get(revision)?.message ?? ''),
  }));

/**
 * A stamp is how a run that was interrupted is given up, which is said.
 * @throws UnfinishedRevisionError where only other code knows what that run was about, unless with `--purge`
 */
async function giveUpRuns(
  context: RunnerContext,
  connection: Connection,
  before: readonly string[],
  purge: boolean,
): Promise<void> {
  const open = await readOpenRuns(connection, context.tables);
  const unknown = open.find(({ revision }) => !context.graph.has(revision));
  if (unknown && !purge) throw await unfinishedError(context, connection, unknown, before);
  for (const { revision, direction } of open) {
    context.logger.warn(
      `The ${direction} of ${revision} was interrupted half way and is given up: what it has done stays as it is.`,
    );
  }
  // A role that may only insert into the log stamps as well, where there is nothing to give up.
  if (open.length > 0) await send(connection, abandonJournals(context.tables));
}

/** What is thrown away anyway need make no sense. */
const purgeable = (connection: Connection, tables: VersionTables): Promise<readonly string[]> =>
  readHeads(connection, tables).catch((error: unknown) => {
    if (error instanceof CorruptVersionTableError) return [];
    throw error;
  });

/** @throws ConcurrentChangeError where a trigger or rule keeps a row */
async function purgeAll(connection: Connection, tables: VersionTables): Promise<void> {
  const purge = purgeVersions(tables);
  await send(connection, purge);
  const [{ left }] = await connection.query(
    `SELECT pg_catalog.count(*)::pg_catalog.int4 AS left FROM ${quoteName(tables.versions)}`,
  );
  if (left > 0) throw new ConcurrentChangeError(purge.sql, 0);
}

async function stampable(context: RunnerContext, connection: Connection): Promise<readonly string[]> {
  const position = await readPosition(context, connection);
  assertNotAhead(position);
  return position.heads;
}

const nameOf = (heads: readonly string[]): string => heads.join(', ');

/** Creates the version table and the log, where they are missing. */
export function ensureVersionTable(setup: RunnerSetup): Promise<void> {
  return withMigrationSession(setup, undefined, async (connection, underLock) => {
    const located = await locateTables(connection, setup.tables);
    if (missingTables(located, await readExistence(connection, located)).length === 0) return;
    await underLock(async (key, lockWait, { tables }) => {
      const exists = await readExistence(connection, tables);
      const run = { context: setup, connection, key, lockWait };
      await inLimitedTransaction(run, notBegun(), noted =>
        prepare(noted, missingTables(tables, exists), { ...tables, isShared: exists.isShared }),
      );
    });
  });
}
