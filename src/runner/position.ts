import type { Connection } from '../database/connection.ts';
import { readRuns } from '../database/run-log.ts';
import { readHeads } from '../database/version-table.ts';
import { MigrationError } from '../errors.ts';
import { inLoadOrder, type RunnerContext } from './context.ts';

/** Where a database is in the history. */
export interface Position {
  /** The rows of the version table. */
  readonly heads: readonly string[];
  /** The heads of what is applied of the revisions that are known here: the same, unless the database is ahead. */
  readonly known: readonly string[];
  /** Those heads that only newer code has. */
  readonly unknown: readonly string[];
}

export const isAhead = ({ unknown }: Position): boolean => unknown.length > 0;

/** Newer code has migrated the database, and what was asked for needs its revisions. */
export class DatabaseAheadError extends MigrationError {
  override readonly name = 'DatabaseAheadError';
  /** The revisions of the version table that this code does not have. */
  readonly unknown: readonly string[];
  /** The heads of this code, which are applied. */
  readonly heads: readonly string[];

  constructor({ known, unknown }: Position) {
    super(`${describeAhead(known, unknown)}: run this with the code that has ${namesOf(unknown)}.`);
    this.unknown = unknown;
    this.heads = known;
  }
}

/** The database is at revisions that this code does not have, and lacks some that it has: there are two branches. */
export class DatabaseDivergedError extends MigrationError {
  override readonly name = 'DatabaseDivergedError';
  readonly unknown: readonly string[];
  readonly pending: readonly string[];

  constructor({ unknown }: Position, pending: readonly string[]) {
    super(
      `The database is at ${namesOf(unknown)}, which this code does not have, and ${namesOf(pending)} of this code is not ` +
        'applied: bring both into one code base, join them with `merge`, and upgrade with that.',
    );
    this.unknown = unknown;
    this.pending = pending;
  }
}

/** `The database is at c1, which is newer than this code (at b1)` */
export const describeAhead = (known: readonly string[], unknown: readonly string[]): string =>
  `The database is at ${namesOf(unknown)}, which is newer than this code (at ${namesOf(known)})`;

const namesOf = (ids: readonly string[]): string => ids.join(', ');

/**
 * Reads where the database is. Reads the log only where it holds revisions that are not known here.
 * @throws AppliedRevisionNotFoundError where the log does not say that they follow known ones
 */
export async function readPosition(context: RunnerContext, connection: Connection): Promise<Position> {
  return positionAt(context, connection, await readHeads(connection, context.tables));
}

/** The same for the rows of the version table. */
export async function positionAt(
  context: RunnerContext,
  connection: Connection,
  rows: readonly string[],
): Promise<Position> {
  const { graph, tables } = context;
  const heads = inLoadOrder(context, rows);
  const unknown = heads.filter(head => !graph.has(head));
  if (unknown.length === 0) return { heads, known: heads, unknown };
  const known = graph.knownHeadsBelow(heads, await readRuns(connection, tables));
  // It says which one nobody can place.
  return { heads, known: known ?? graph.headsOf(graph.appliedAt(heads)), unknown };
}

/** @throws DatabaseAheadError */
export function assertNotAhead(position: Position): void {
  if (isAhead(position)) throw new DatabaseAheadError(position);
}
