import { AccessDeniedError } from '../database/access.ts';
import type { Connection } from '../database/connection.ts';
import { readRuns } from '../database/run-log.ts';
import { MigrationError } from '../errors.ts';
import type { Repeated } from '../revisions/logged.ts';
import type { Step } from '../revisions/revision.ts';
import type { RunnerContext } from './context.ts';
import type { Position } from './position.ts';
import type { LogContradiction } from './runner.ts';

/** The version table says that revisions are still to be applied, and the log that they are applied. */
export class RevisionsLoggedError extends MigrationError {
  override readonly name = 'RevisionsLoggedError';
  /** The revisions that would be run again. */
  readonly revisions: readonly string[];
  /** The heads of what is applied according to the log. */
  readonly logged: readonly string[];

  constructor(rows: readonly string[], repeated: Repeated) {
    const { revisions, heads } = repeated;
    super(
      `The version table is at ${rows.join(', ') || 'base'}, and its log says that ${revisions.join(', ')} ` +
        `${revisions.length === 1 ? 'is' : 'are'} applied: ${waysOut(rows, repeated).join('; ')}.`,
    );
    this.revisions = revisions;
    this.logged = heads;
  }
}

/** What to do. A command names what this code has, or it would be refused. */
function waysOut(rows: readonly string[], { revisions, heads, unknown }: Repeated): readonly string[] {
  const again = `to have ${revisions.length === 1 ? 'it' : 'them'} run again, \`stamp ${rows.join(' ') || 'base'}\` first`;
  const fault = 'if something emptied the version table or set it back,';
  return [
    ...(rows.some(id => unknown.includes(id)) ? [] : [again]),
    unknown.length === 0
      ? `${fault} \`stamp --purge ${heads.join(' ')}\``
      : `${fault} stamp it by the code that has ${unknown.join(', ')}, which this code has not`,
  ];
}

/**
 * Refuses to run again what the log says is applied, as where all tables were emptied but the log. One more query where there
 * is something to upgrade.
 * @throws RevisionsLoggedError
 */
export async function refuseLogged(
  { graph, tables }: Pick<RunnerContext, 'graph' | 'tables'>,
  connection: Connection,
  rows: readonly string[],
  steps: readonly Step[],
): Promise<void> {
  const revisions = steps.flatMap(({ revision, direction }) => (direction === 'upgrade' ? [revision] : []));
  if (revisions.length === 0) return;
  const repeated = graph.repeatedByLog(await readableRuns(connection, tables), rows, revisions);
  if (repeated) throw new RevisionsLoggedError(rows, repeated);
}

/**
 * What `upgrade` would refuse so, of all revisions that are to be applied. One query where there are some.
 * @param position where the version table says that the database is
 */
export async function contradictionOf(
  { graph, tables }: Pick<RunnerContext, 'graph' | 'tables'>,
  connection: Connection,
  { heads, known }: Pick<Position, 'heads' | 'known'>,
): Promise<LogContradiction | undefined> {
  const applied = new Set(graph.appliedAt(known));
  const pending = graph.all().flatMap(({ revision }) => (applied.has(revision) ? [] : [revision]));
  if (pending.length === 0) return undefined;
  const repeated = graph.repeatedByLog(await readableRuns(connection, tables), heads, pending);
  if (!repeated) return undefined;
  const { message, revisions, logged } = new RevisionsLoggedError(heads, repeated);
  return { revisions, logged, message };
}

/** A role that may not read the log cannot run anything either, and is told so when it tries. */
export const readableRuns: typeof readRuns = (connection, tables) =>
  readRuns(connection, tables).catch((error: unknown) => {
    if (error instanceof AccessDeniedError) return [];
    throw error;
  });
