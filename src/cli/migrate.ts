import type { Outcome } from './command.ts';
import type { Context } from './context.ts';
import { nameDatabase } from './name-database.ts';
import { planLines } from './plan-text.ts';
import { UsageError } from './usage-error.ts';
import type { RunResult } from '../runner/runner.ts';

/** Flags of `upgrade` and `downgrade`. */
export const migrateOptions = {
  sql: { type: 'boolean', describe: 'Print a script for psql instead of connecting to a database' },
  tag: { type: 'string', requiresArg: true, describe: 'A word for revisions to read as op.context.tag' },
  'dry-run': { type: 'boolean', describe: 'Print the steps with their SQL and its hazards, and run nothing' },
} as const;

export interface Migration {
  readonly direction: 'upgrade' | 'downgrade';
  readonly target: string;
  readonly sql?: boolean | undefined;
  readonly tag?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

/** Runs, plans or scripts an upgrade or a downgrade. */
export async function migrate(context: Context, { direction, target, sql, tag, dryRun }: Migration): Promise<Outcome> {
  if (sql && dryRun) {
    throw new UsageError(
      '--sql was given with --dry-run; neither runs anything, so give one: --sql prints a script, --dry-run the steps.',
    );
  }
  const runner = await context.runner();
  const options = { x: context.x, ...(tag !== undefined && { tag }) };
  if (sql) {
    const script = await runner.sql(direction, target, options);
    return { json: { sql: script }, verbatim: script.trimEnd() };
  }
  await nameDatabase(context);
  if (dryRun) return planned(context, direction, target, options);
  const result = await runner[direction](target, options);
  return { json: result, summary: summaryOf(context, direction, result) };
}

async function planned(
  context: Context,
  direction: Migration['direction'],
  target: string,
  options: { readonly x: Readonly<Record<string, string>>; readonly tag?: string },
): Promise<Outcome> {
  const [{ describeStep }, { terminated, withoutParameters }] = await Promise.all([
    import('../runner/step.ts'),
    import('../runner/sql-text.ts'),
  ]);
  const steps = await (await context.runner()).plan(target, { ...options, direction });
  const { files } = await context.revisions();
  const form = {
    style: context.style,
    titleOf: (step: (typeof steps)[number]) => describeStep({ ...step, file: files.get(step.revision)! }),
    sqlOf: ({ sql, parameters }: (typeof steps)[number]['statements'][number]) =>
      terminated(withoutParameters(sql, parameters)),
  };
  return {
    json: { dryRun: true, steps },
    lines: planLines(steps, form),
    ...(steps.length === 0 && { summary: `Nothing to ${direction}.` }),
  };
}

function summaryOf(
  { style }: Context,
  direction: Migration['direction'],
  { steps, heads, isAhead }: RunResult,
): string {
  const at = heads.length === 0 ? 'base' : heads.map(head => style.id(head)).join(', ');
  if (isAhead) return `Nothing to ${direction}: the database is ahead of this code, at ${at}.`;
  if (steps.length === 0) return `Nothing to ${direction}: the database is at ${at}.`;
  return `${direction === 'upgrade' ? 'Upgraded' : 'Downgraded'} by ${counted(steps.length)}: the database is at ${at}.`;
}

const counted = (count: number): string => (count === 1 ? 'one revision' : `${count} revisions`);
