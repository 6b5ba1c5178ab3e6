import { aFunction, checkArgument, checkOptions } from '../call-arguments.ts';
import type { Known } from '../runner/call-arguments.ts';
import { entitiesMatchMigrations, singleHead, upAndDown, upgradeFromBase } from './checks.ts';
import { aDataSourceOrMaker, projectOptions, type TestedProject } from './project.ts';

const checks = {
  singleHead: { name: 'migrations have a single head', check: singleHead },
  upgradeFromBase: { name: 'migrations run on an empty database', check: upgradeFromBase },
  entitiesMatchMigrations: { name: 'migrations make what the entities declare', check: entitiesMatchMigrations },
  upAndDown: { name: 'each migration goes down and up again and leaves no trace', check: upAndDown },
} as const;

export type MigrationCheck = keyof typeof checks;

/** As much of a test runner's `test` as is needed: those of Jest, Vitest and node:test will do. */
export type TestFunction = (name: string, run: () => Promise<void>, timeout?: number) => unknown;

export interface MigrationTestsOptions extends TestedProject {
  readonly test: TestFunction;
  /** Milliseconds for each test, where the runner sets a limit; two minutes by default. */
  readonly timeout?: number;
  /** Checks to leave out. */
  readonly exclude?: readonly MigrationCheck[];
}

const options: Known<MigrationTestsOptions> = { ...projectOptions, test: true, timeout: true, exclude: true };

/**
 * Registers a test for each check of a project's migrations.
 *
 * @example
 * import dataSource, { migrations } from '../ormconfig';
 * migrationTests({ dataSource, config: migrations, test });
 *
 * @throws RunnerCallError for an option that there is not
 */
export function migrationTests(given: MigrationTestsOptions): void {
  checkOptions('migrationTests', given, options);
  checkArgument('migrationTests', 'option "dataSource"', given.dataSource, aDataSourceOrMaker);
  checkArgument('migrationTests', 'option "test"', given.test, aFunction);
  const { test, timeout = 120_000, exclude = [], ...project } = given;
  for (const [id, { name, check }] of Object.entries(checks)) {
    if (!exclude.includes(id as MigrationCheck)) void test(name, () => check(project), timeout);
  }
}
