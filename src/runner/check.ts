import type { Renames } from '../compare/renames.ts';
import type { Connection } from '../database/connection.ts';
import { ownSchemaOf } from '../database/own-schema.ts';
import { readServer } from '../database/server.ts';
import { readVersionState } from '../database/run-log.ts';
import { MigrationError } from '../errors.ts';
import type { RevisionOperations } from '../compare/returning.ts';
import type { Operation } from '../objects/kinds.ts';
import { newRevisionId } from '../scripts/write-revision.ts';
import { contextOf, type RunnerContext, type RunnerSetup } from './context.ts';
import { findDifferences, type Differences } from './differences.ts';
import { historyOperations } from './history-operations.ts';
import { directed } from './directives.ts';
import { connected } from './patience.ts';
import { assertNotAhead, positionAt } from './position.ts';
import type { CheckOptions, CheckResult } from './runner.ts';
import { ownOpenRun, unfinishedError } from './unfinished.ts';

/** Revisions are waiting to be applied, so that a comparison would repeat what they do. */
export class DatabaseNotAtHeadError extends MigrationError {
  override readonly name = 'DatabaseNotAtHeadError';
  readonly current: readonly string[];
  readonly heads: readonly string[];

  constructor(current: readonly string[], heads: readonly string[]) {
    const at = current.length === 0 ? 'nothing is applied' : `it is at ${current.join(', ')}`;
    super(
      `The database is not up to date: ${at}, and the heads are ${heads.join(', ')}; run \`typeorm-alembic upgrade\` first.`,
    );
    this.current = current;
    this.heads = heads;
  }
}

/**
 * Compare entities and database, changing neither.
 * @throws UnfinishedRevisionError where one was interrupted half way, DatabaseNotAtHeadError where revisions are still to be
 * applied, DatabaseAheadError where newer code has applied more.
 */
export async function check(setup: RunnerSetup, { x = {} }: CheckOptions = {}): Promise<CheckResult> {
  const context = await contextOf(setup, { mayBeEmpty: true });
  return connected(setup, async connection => {
    await warnOfNoRevisions(context);
    const differences = await differencesOf(context, connection);
    const { obstacles } = differences;
    const operations = await written(differences, context, x);
    return { operations, isEmpty: operations.length === 0, ...(obstacles.length > 0 && { obstacles }) };
  });
}

/** What of an upgrade autogenerate would write. It refuses one that PostgreSQL would refuse, and asks nobody then. */
async function written(
  { upgrade, downgrade, obstacles }: Differences,
  context: RunnerContext,
  x: Readonly<Record<string, string>>,
): Promise<readonly Operation[]> {
  if (upgrade.length === 0 || obstacles.length > 0 || !context.config.processRevisionDirectives) return upgrade;
  const heads = context.graph.heads();
  const draft = {
    revision: newRevisionId(),
    downRevision: heads.length > 1 ? heads : (heads[0] ?? null),
    message: '',
    upgrade,
    downgrade: downgrade(),
    branchLabels: [],
    dependsOn: [],
  };
  return (await directed(draft, context, x)).flatMap(script => script.upgrade);
}

/** Before the first revision there is something to compare; where revisions were looked for is said all the same. */
async function warnOfNoRevisions(context: RunnerContext): Promise<void> {
  if (context.files.size > 0) return;
  await context.revisions().catch((error: unknown) => {
    if (!MigrationError.is(error)) throw error;
    context.logger.warn(error.message);
  });
}

/**
 * The differences of a database whose revisions are all applied; indexes that PostgreSQL does not use are warned of.
 * @param asked the renames of the configuration that were asked for this time
 */
export async function differencesOf(
  context: RunnerContext,
  connection: Connection,
  asked: Renames = {},
): Promise<Differences> {
  const { graph, dataSource, config } = context;
  const { currentSchema } = await readServer(connection);
  // Where the database has had revisions, there must be some.
  const { heads: rows, open } = await readVersionState(connection, context.tables);
  if (context.files.size === 0 && rows.length > 0) await context.revisions();
  const position = await positionAt(context, connection, rows);
  assertNotAhead(position);
  const unfinished = ownOpenRun(context, open) ?? open[0];
  if (unfinished) throw await unfinishedError(context, connection, unfinished, position.known);
  const { heads: current } = position;
  const heads = graph.heads({ resolveDependencies: true });
  const applied = new Set(graph.appliedAt(current));
  if (heads.some(head => !applied.has(head))) throw new DatabaseNotAtHeadError(current, heads);
  const defaultSchema = ownSchemaOf(dataSource) ?? (currentSchema || 'public');
  let history: Promise<readonly RevisionOperations[]> | undefined;
  const differences = await findDifferences(
    connection,
    { dataSource, config, defaultSchema, asked },
    () => (history ??= historyOperations(context, current, defaultSchema)),
  );
  for (const warning of differences.warnings) context.logger.warn(warning);
  return differences;
}
