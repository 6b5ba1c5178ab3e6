import { hostname } from 'node:os';
import type { DataSource } from 'typeorm';
import type { MigrationsConfig, ResolvedConfig } from '../config.ts';
import { untilAborted } from '../database/abort.ts';
import { systemClock, type Clock } from '../database/clock.ts';
import { ownSchemaOf } from '../database/own-schema.ts';
import { versionTablesOf, type VersionTables } from '../database/version-table.ts';
import { inLines, standardError, type Logger } from './logger.ts';
import { resolveConfig } from '../resolve-config.ts';
import { readRevisions } from './revisions.ts';
import type { CallOptions, RevisionReading, Revisions, RunnerOptions } from './runner.ts';

/** What a runner is made with. */
export interface RunnerSetup {
  readonly dataSource: DataSource;
  readonly config: ResolvedConfig;
  readonly tables: VersionTables;
  readonly logger: Logger;
  readonly clock: Clock;
  /** The machine runs are logged under. */
  readonly host: string;
  /** Milliseconds after which the answer of a session that is idle again counts as lost; a minute by default. */
  readonly silence?: number;
  /** Ends a call. */
  readonly signal?: AbortSignal;
  revisions(reading?: RevisionReading): Promise<Revisions>;
}

/** What a call of a runner works on: its setup, and the revisions as their files say now. */
export interface RunnerContext extends RunnerSetup, Revisions {}

export function setupOf(dataSource: DataSource, config: MigrationsConfig, options: RunnerOptions): RunnerSetup {
  const resolved = resolveConfig(config, {
    directory: options.directory,
    revisionsAreGiven: options.revisions !== undefined,
  });
  return {
    dataSource,
    config: resolved,
    tables: versionTablesOf(resolved, ownSchemaOf(dataSource)),
    logger: inLines(options.logger ?? standardError),
    clock: systemClock,
    host: hostname(),
    ...(options.signal && { signal: options.signal }),
    revisions: options.revisions ?? (reading => readRevisions(resolved, reading)),
  };
}

/** The same for one call, which has a signal of its own beside the runner's. */
export function setupFor(setup: RunnerSetup, { signal }: CallOptions): RunnerSetup {
  const signals = [signal, setup.signal].filter(each => each !== undefined);
  return signals.length === 0
    ? setup
    : { ...setup, signal: signals.length > 1 ? AbortSignal.any(signals) : signals[0]! };
}

export const contextOf = async (setup: RunnerSetup, reading: RevisionReading = {}): Promise<RunnerContext> => ({
  ...setup,
  ...(await untilAborted(setup.signal, () => revisionsOf(setup, reading))),
});

/** The history and nothing else: whoever is given it must not be given a database along with it. */
export async function revisionsOf(
  setup: Pick<RunnerSetup, 'revisions'>,
  reading: RevisionReading = {},
): Promise<Revisions> {
  const { graph, files } = await setup.revisions(reading);
  return { graph, files };
}

/** The rows of the version table, which has no order, as the graph would list them. */
export function inLoadOrder({ files }: Pick<RunnerContext, 'files'>, heads: readonly string[]): readonly string[] {
  if (heads.length < 2) return heads;
  const known = [...files.keys()].filter(id => heads.includes(id));
  return [...known, ...heads.filter(id => !files.has(id))];
}
