import type { DataSource } from 'typeorm';
import type { MigrationsConfig } from '../config.ts';
import { check } from './check.ts';
import { contextOf, revisionsOf, setupOf } from './context.ts';
import { migrate } from './migrate.ts';
import { plan } from './plan.ts';
import type { Runner, RunnerOptions } from './runner.ts';
import { script, stampScript, tablesScript } from './script.ts';
import { ensureVersionTable, stamp } from './stamp.ts';
import { changedSince, current, history, status } from './status.ts';

/**
 * A runner for the database of a DataSource: an initialized one, or one that was never initialized, which is then
 * connected for each call (and nothing else: its `synchronize`, migrations and extensions stay untouched).
 * @param config what `defineConfig` is given in `ormconfig.ts`; left out, the defaults hold
 * @throws ConfigurationError
 */
export function createRunner(
  dataSource: DataSource,
  config: MigrationsConfig = {},
  options: RunnerOptions = {},
): Runner {
  const setup = setupOf(dataSource, config, options);
  const context = () => contextOf(setup);
  return {
    upgrade: async (target = 'heads', run = {}) => migrate(await context(), 'upgrade', target, run),
    downgrade: async (target, run = {}) => migrate(await context(), 'downgrade', target, run),
    stamp: async (targets, stamping = {}) => stamp(await context(), listOf(targets), stamping),
    current: async () => current(await context()),
    status: async () => status(await context()),
    plan: async (target = 'heads', planning = {}) => plan(await context(), target, planning),
    check: () => check(setup),
    ensureVersionTable: () => ensureVersionTable(setup),
    sql: async (direction, range, scripting = {}) => script(await context(), direction, range, scripting),
    stampSql: async targets => stampScript(await context(), listOf(targets)),
    ensureVersionTableSql: () => tablesScript(setup.tables),
    heads: async () => (await context()).graph.heads(),
    history: async range => history(await context(), range),
    revisions: () => revisionsOf(setup),
    changedSince: async () => changedSince(await context()),
  };
}

const listOf = (targets: string | readonly string[]): readonly string[] =>
  typeof targets === 'string' ? [targets] : targets;
