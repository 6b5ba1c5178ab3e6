import type { DataSource } from 'typeorm';
import { BlockedChangeError } from '../src/compare/obstacles.ts';
import type { Renames } from '../src/compare/renames.ts';
import type { MigrationsConfig } from '../src/config.ts';
import { connected } from '../src/runner/patience.ts';
import { aDataSource, aText, anObject, checkArgument, checkOptions } from '../src/call-arguments.ts';
import type { Known } from '../src/runner/call-arguments.ts';
import type { Logger } from '../src/runner/logger.ts';
import { differencesOf } from '../src/runner/check.ts';
import { contextOf, setupOf, type RunnerContext } from '../src/runner/context.ts';
import { directed } from '../src/runner/directives.ts';
import { newRevisionId } from '../src/scripts/write-revision.ts';
import { explaining } from '../src/unexpected-error.ts';
import { createDateText } from './create-date.ts';
import type { RevisionScript } from './revision-script.ts';

/** What a new revision shall be. */
export interface RevisionOptions {
  readonly message: string;
  /** The id; twelve hexadecimal digits by default. */
  readonly revision?: string;
  /** Where it goes: `head` by default; `base` starts a branch of its own. */
  readonly head?: string | readonly string[];
  /** Let it follow a revision that others follow already. */
  readonly splice?: boolean;
  readonly branchLabels?: readonly string[];
  readonly dependsOn?: readonly string[];
  /** When it is made; now by default. */
  readonly createDate?: Date;
  /** The values of `-x key=value`, for `processRevisionDirectives`. */
  readonly x?: Readonly<Record<string, string>>;
}

export interface AutogenerateOptions extends RevisionOptions {
  readonly config?: MigrationsConfig;
  /** What relative paths of the configuration are relative to, where its own key `directory` does not say it. */
  readonly directory?: string | URL;
  readonly logger?: Logger;
  /** Aborts it, as it does the methods of a runner. */
  readonly signal?: AbortSignal;
  /** Renames beside those of the configuration. They are made even where a revision has made the same before. */
  readonly renames?: Renames;
}

const revisionOptions: Known<RevisionOptions> = {
  message: true,
  revision: true,
  head: true,
  splice: true,
  branchLabels: true,
  dependsOn: true,
  createDate: true,
  x: true,
};

const autogenerateOptions: Known<AutogenerateOptions> = {
  ...revisionOptions,
  config: true,
  directory: true,
  logger: true,
  signal: true,
  renames: true,
};

/**
 * The revision that would make the database what the entities declare, and the way back. Nothing is written.
 * @param dataSource initialized, or one that is connected for the occasion
 * @returns undefined where nothing differs
 * @throws DatabaseNotAtHeadError where revisions are still to be applied, BlockedChangeError where PostgreSQL would refuse it,
 *   RunnerCallError for an option that there is not
 */
export async function autogenerate(
  dataSource: DataSource,
  options: AutogenerateOptions,
): Promise<RevisionScript | undefined> {
  const [script] = await draftOf('autogenerate', dataSource, options);
  return script;
}

/** The same, with whatever `processRevisionDirectives` makes of it: none, one or several. */
export const draftRevisions = (
  dataSource: DataSource,
  options: AutogenerateOptions,
): Promise<readonly RevisionScript[]> => draftOf('draftRevisions', dataSource, options);

async function draftOf(
  name: string,
  dataSource: DataSource,
  options: AutogenerateOptions,
): Promise<readonly RevisionScript[]> {
  checkArgument(name, 'DataSource', dataSource, aDataSource);
  checkOptions(name, options, autogenerateOptions);
  checkArgument(name, 'option "message"', options.message, aText);
  return explaining(() => draft(dataSource, options));
}

async function draft(dataSource: DataSource, options: AutogenerateOptions): Promise<readonly RevisionScript[]> {
  const { config = {}, directory, logger, signal } = options;
  const renames = mergeRenames(config.renames, options.renames);
  const setup = setupOf(
    dataSource,
    { ...config, renames },
    { ...(directory !== undefined && { directory }), ...(logger && { logger }), ...(signal && { signal }) },
  );
  const context = await contextOf(setup, { mayBeEmpty: true });
  return connected(context, async connection => {
    const empty = newRevision(context, options);
    const differences = await differencesOf(context, connection, options.renames);
    const { upgrade, downgrade, obstacles, downgradeObstacles, missingNames } = differences;
    if (upgrade.length === 0) return [];
    if (obstacles.length > 0) throw new BlockedChangeError(obstacles);
    const back = downgrade();
    const blocked = await downgradeObstacles(back);
    for (const warning of await differences.downgradeWarnings(back)) context.logger.warn(warning);
    const missing = await differences.missingOnEmpty();
    const script = {
      ...empty,
      upgrade,
      downgrade: back,
      ...(blocked.length > 0 && { downgradeObstacles: blocked }),
      ...(missing.length > 0 && { missingOnEmpty: missing }),
      ...(missingNames.length > 0 && { missingNames }),
    };
    return directed(script, context, options.x ?? {});
  });
}

/** A revision that does nothing yet, in its place in the history. */
export function emptyRevision(
  history: Pick<RunnerContext, 'graph' | 'config'>,
  options: RevisionOptions,
): RevisionScript {
  checkOptions('emptyRevision', options, autogenerateOptions);
  checkArgument('emptyRevision', 'option "message"', options.message, aText);
  checkHistory('emptyRevision', history);
  return newRevision(history, options);
}

/** @throws RunnerCallError */
function checkHistory(method: string, history: Pick<RunnerContext, 'graph' | 'config'>): void {
  checkArgument(method, 'history', history, anObject);
  checkArgument(method, "history's graph", history.graph, anObject);
  checkArgument(method, "history's config", history.config, anObject);
}

function newRevision(
  { graph, config }: Pick<RunnerContext, 'graph' | 'config'>,
  options: RevisionOptions,
): RevisionScript {
  const { message, branchLabels = [], createDate = new Date() } = options;
  const parents = graph.parentsOfNew({
    head: options.head,
    splice: options.splice,
    dependsOn: options.dependsOn,
    branchLabel: branchLabels,
    revId: options.revision,
  });
  return {
    revision: options.revision ?? newRevisionId(),
    downRevision: parents.downRevision,
    message,
    upgrade: [],
    downgrade: [],
    branchLabels,
    dependsOn: parents.dependsOn,
    ...(config.kinds && { kinds: config.kinds }),
    createDate: createDateText(createDate, config.timezone),
  };
}

function mergeRenames(one: Renames = {}, other: Renames = {}): Renames {
  const kinds = [...new Set([...Object.keys(one), ...Object.keys(other)])] as (keyof Renames)[];
  return Object.fromEntries(kinds.map(kind => [kind, { ...one[kind], ...other[kind] }]));
}
