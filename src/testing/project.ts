import { resolve } from 'node:path';
import type { DataSource } from 'typeorm';
import type { MigrationsConfig } from '../config.ts';
import { type Argument, aDataSource, aText, checkArgument, checkOptions } from '../call-arguments.ts';
import type { Known } from '../runner/call-arguments.ts';
import { findConfig } from '../scripts/find-config.ts';
import { loadConfig } from '../scripts/load-config.ts';

/** What is tested: a project's DataSource and its configuration, as `ormconfig.ts` exports them. */
export interface TestedProject {
  /** The DataSource, or a function that makes it. It is never initialized: a copy of it connects to the scratch database. */
  readonly dataSource: DataSource | (() => DataSource | Promise<DataSource>);
  /** The export `migrations`. */
  readonly config?: MigrationsConfig;
  /** What relative paths of the configuration are relative to, where its own key `directory` does not say it. */
  readonly directory?: string | URL;
  /** The values of `-x key=value`, for revisions to read as `op.context.x`, and for `processRevisionDirectives`. */
  readonly x?: Readonly<Record<string, string>>;
  /** What a database must have before the first revision and gets from somebody else: a role, an extension, a schema. */
  prepare?(query: (sql: string) => Promise<unknown>): Promise<unknown>;
  /** Revisions up to this one are not taken down: there is no way back from it. */
  readonly minimumDowngradeRevision?: string;
  /** Revisions that cannot run on an empty database: they are written down as applied, and not run. */
  readonly skipRevisions?: readonly string[];
}

export const projectOptions: Known<TestedProject> = {
  dataSource: true,
  config: true,
  directory: true,
  x: true,
  prepare: true,
  minimumDowngradeRevision: true,
  skipRevisions: true,
};

/** @throws RunnerCallError for a key that a project does not have */
export function checkProject(method: string, project: TestedProject): void {
  checkOptions(method, project, projectOptions);
  checkArgument(method, 'option "dataSource"', project.dataSource, aDataSourceOrMaker);
}

export const aDataSourceOrMaker: Argument = {
  expected: `${aDataSource.expected}, or a function that makes one`,
  holds: value => typeof value === 'function' || aDataSource.holds(value),
};

/**
 * The project in a folder, for test runners that do not know TypeScript: the configuration is found and loaded as the
 * command line does it.
 * @throws ConfigurationError
 */
export async function loadProject(directory = '.'): Promise<TestedProject> {
  checkArgument('loadProject', 'folder', directory, aText);
  const loaded = await loadConfig(findConfig({ directory: resolve(directory) }));
  return { dataSource: loaded.dataSource, config: loaded.migrations, directory: loaded.directory };
}

export const dataSourceOf = async ({ dataSource }: TestedProject): Promise<DataSource> =>
  typeof dataSource === 'function' ? dataSource() : dataSource;
