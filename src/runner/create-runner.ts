import type { DataSource } from 'typeorm';
import type { MigrationsConfig } from '../config.ts';
import { throwIfAborted, untilAborted } from '../database/abort.ts';
import { explaining } from '../unexpected-error.ts';
import { aDataSource, aText, checkArgument, checkOptions, checkTargets, oneOf } from '../call-arguments.ts';
import {
  callOptions,
  checkingOptions,
  planOptions,
  runnerOptions,
  runOptions,
  scriptOptions,
  stampOptions,
} from './call-arguments.ts';
import { check } from './check.ts';
import { contextOf, revisionsOf, type RunnerContext, setupFor, setupOf } from './context.ts';
import { migrate } from './migrate.ts';
import { plan } from './plan.ts';
import type { CallOptions, Runner, RunnerOptions } from './runner.ts';
import { script, stampScript, tablesScript } from './script.ts';
import { ensureVersionTable, stamp } from './stamp.ts';
import { changedSince, current, history, status } from './status.ts';

/**
 * A runner for the database of a DataSource: an initialized one, or one that was never initialized, which is then
 * connected for each call (and nothing else: its `synchronize`, migrations and extensions stay untouched).
 * @param config what `defineConfig` is given in `ormconfig.ts`; left out, the defaults hold
 * @throws ConfigurationError, RunnerCallError for an option that there is not
 */
export function createRunner(
  dataSource: DataSource,
  config: MigrationsConfig = {},
  options: RunnerOptions = {},
): Runner {
  checkArgument('createRunner', 'DataSource', dataSource, aDataSource);
  checkOptions('createRunner', options, runnerOptions);
  const setup = setupOf(dataSource, config, options);
  const setupOfCall = (call: CallOptions) => {
    const own = setupFor(setup, call);
    throwIfAborted(own.signal);
    return own;
  };
  const on = <Result>(call: CallOptions, work: (context: RunnerContext) => Promise<Result>): Promise<Result> =>
    explaining(async () => work(await contextOf(setupOfCall(call))));
  return checked({
    upgrade: (target = 'heads', run = {}) => on(run, context => migrate(context, 'upgrade', target, run)),
    downgrade: (target, run = {}) => on(run, context => migrate(context, 'downgrade', target, run)),
    stamp: (targets, stamping = {}) => on(stamping, context => stamp(context, listOf(targets), stamping)),
    current: (call = {}) => on(call, current),
    status: (call = {}) => on(call, status),
    plan: (target = 'heads', planning = {}) => on(planning, context => plan(context, target, planning)),
    check: (call = {}) => explaining(async () => check(setupOfCall(call), call)),
    ensureVersionTable: (call = {}) => explaining(async () => ensureVersionTable(setupOfCall(call))),
    sql: (direction, range, scripting = {}) =>
      on(scripting, context => untilAborted(context.signal, () => script(context, direction, range, scripting))),
    stampSql: targets => on({}, context => untilAborted(context.signal, () => stampScript(context, listOf(targets)))),
    ensureVersionTableSql: () => tablesScript(setup.tables),
    heads: () => on({}, async ({ graph }) => graph.heads()),
    history: (range, call = {}) => on(call, context => history(context, range)),
    revisions: () => explaining(() => revisionsOf(setup)),
    changedSince: (call = {}) => on(call, changedSince),
  });
}

/** The same runner, which refuses arguments that TypeScript would have refused. */
const checked = (runner: Runner): Runner => ({
  ...runner,
  upgrade: async (target = 'heads', run = {}) => {
    checkTargets('upgrade', target, "upgrade('heads')");
    checkOptions('upgrade', run, runOptions);
    return runner.upgrade(target, run);
  },
  downgrade: async (target, run = {}) => {
    checkTargets('downgrade', target, "downgrade('-1')");
    checkOptions('downgrade', run, runOptions);
    return runner.downgrade(target, run);
  },
  stamp: async (targets, stamping = {}) => {
    checkTargets('stamp', targets, "stamp('heads')");
    checkOptions('stamp', stamping, stampOptions);
    return runner.stamp(targets, stamping);
  },
  plan: async (target = 'heads', planning = {}) => {
    checkTargets('plan', target, "plan('heads')");
    checkOptions('plan', planning, planOptions);
    return runner.plan(target, planning);
  },
  sql: async (direction, range, scripting = {}) => {
    checkArgument('sql', 'direction', direction, oneOf('upgrade', 'downgrade'));
    checkTargets('sql', range, "sql('upgrade', 'base:heads')");
    checkOptions('sql', scripting, scriptOptions);
    return runner.sql(direction, range, scripting);
  },
  stampSql: async (targets, ...more: readonly unknown[]) => {
    if (more[0] !== undefined) checkOptions('stampSql', more[0], callOptions);
    checkTargets('stampSql', targets, "stampSql('heads')");
    return runner.stampSql(targets);
  },
  history: async (range, call = {}) => {
    if (range !== undefined) checkArgument('history', 'range', range, aText);
    checkOptions('history', call, callOptions);
    return runner.history(range, call);
  },
  current: callOf(runner, 'current'),
  status: callOf(runner, 'status'),
  check: async (call = {}) => {
    checkOptions('check', call, checkingOptions);
    return runner.check(call);
  },
  ensureVersionTable: callOf(runner, 'ensureVersionTable'),
  changedSince: callOf(runner, 'changedSince'),
});

type PlainCall = 'current' | 'status' | 'ensureVersionTable' | 'changedSince';

const callOf =
  <Name extends PlainCall>(runner: Runner, name: Name) =>
  async (call: CallOptions = {}): Promise<Awaited<ReturnType<Runner[Name]>>> => {
    checkOptions(name, call, callOptions);
    return (await runner[name](call)) as Awaited<ReturnType<Runner[Name]>>;
  };

const listOf = (targets: string | readonly string[]): readonly string[] =>
  typeof targets === 'string' ? [targets] : targets;
