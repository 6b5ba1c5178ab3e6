import type { AnyRevisionScript } from '../../../codegen/revision-script.ts';
import type { RunnerContext } from '../../runner/context.ts';
import type { StampResult } from '../../runner/runner.ts';
import { defineCommand, type Outcome } from '../command.ts';
import type { Context } from '../context.ts';
import { nameDatabase } from '../name-database.ts';
import { versionPathOption, writeRevisions } from '../new-revisions.ts';
import { MigrationError } from '../../errors.ts';
import { UsageError } from '../usage-error.ts';

export const adopt = defineCommand({
  name: 'adopt',
  describe: "Take over from TypeORM's own migrations",
  details:
    "Writes a revision for each class of the DataSource's migrations, which runs the class as it is, and stamps the database with what TypeORM has run there. Nothing is run, and no old file is touched. For each further database: adopt --stamp.",
  options: {
    baseline: {
      type: 'boolean',
      describe:
        'Write one revision instead, which makes what this database holds; the old classes are not run any more',
    },
    message: { alias: 'm', type: 'string', requiresArg: true, describe: 'What the baseline is called' },
    stamp: { type: 'boolean', describe: 'Write no file, only stamp this database: for all others, after the first' },
    'dry-run': { type: 'boolean', describe: 'Print what would be written and stamped' },
    'version-path': versionPathOption,
  },
  examples: [
    ['adopt --dry-run', 'look first'],
    ['adopt', 'a revision for each migration'],
    ['adopt --baseline -m "tables of 2026"', 'one revision for all of them'],
    ['adopt --stamp', 'in production, before the first upgrade'],
  ],
  async run(context, { baseline, message, stamp, 'dry-run': dryRun, 'version-path': versionPath }) {
    if (message !== undefined && !baseline)
      throw new UsageError(
        '--message was given without --baseline; migrations keep their names: give both, or neither.',
      );
    if (stamp && (baseline || dryRun || versionPath !== undefined))
      throw new UsageError(
        '--stamp writes nothing and takes no --baseline, --dry-run or --version-path; give it alone.',
      );
    await nameDatabase(context);
    const { draftAdoption, stampAdopted, stampDrafted } = await import('../../adoption/adopt.ts');
    if (stamp) return stamped(context, await stampAdopted(await runnerContext(context)));
    const { scripts, heads } = await draftAdoption(await runnerContext(context), {
      ...(baseline !== undefined && { baseline }),
      ...(message !== undefined && { message }),
    });
    const written = await write(scripts, context, { dryRun, versionPath });
    if (dryRun) return { ...written, summary: `Would stamp the database with ${heads.join(', ') || 'base'}.` };
    const result = await stamped(context, await stampDrafted(await runnerContext(context), baseline ? heads : []));
    return { ...written, ...result, json: { ...(written.json as object), ...(result.json as object) } };
  },
});

async function write(
  scripts: readonly AnyRevisionScript[],
  context: Context,
  options: { readonly dryRun: boolean | undefined; readonly versionPath: string | undefined },
): Promise<Outcome> {
  if (scripts.length === 0) return { json: { revisions: [] }, lines: [] };
  return writeRevisions(scripts, await import('../../../codegen/index.ts'), context, options);
}

/** With the revisions as their files say now, some of which may just have been written. */
async function runnerContext(context: Context): Promise<RunnerContext> {
  const { contextOf, setupOf } = await import('../../runner/context.ts');
  const { dataSource, migrations, directory } = await context.project();
  const { logger, interruption: signal } = context;
  return contextOf(setupOf(dataSource, migrations, { directory, logger, ...(signal && { signal }) }), {
    mayBeEmpty: true,
  });
}

/** Where the database is now, and, where nothing is left to run, whether it is what the entities declare. */
async function stamped(context: Context, result: StampResult): Promise<Outcome> {
  const [{ check }, { status }, now] = await Promise.all([
    import('../../runner/check.ts'),
    import('../../runner/status.ts'),
    runnerContext(context),
  ]);
  const at = `The database is at ${result.heads.map(head => context.style.id(head)).join(', ') || 'base'}`;
  const { isAtHeads } = await status(now);
  if (!isAtHeads) return { json: { stamped: result, isAtHeads }, summary: `${at}; \`upgrade\` runs what is left.` };
  const found = await check(now).catch(reasonFor);
  if (typeof found === 'string')
    return {
      json: { stamped: result, isAtHeads },
      summary: `${at}, but cannot become what the entities declare: ${found}`,
    };
  const differences = found.isEmpty ? 'as the entities declare it' : 'but not as the entities declare it: see `check`';
  return { json: { stamped: result, isAtHeads, operations: found.operations }, summary: `${at}, ${differences}.` };
}

/** Why the comparison was refused: no failure of what was written and stamped before it. */
function reasonFor(error: unknown): string {
  if (MigrationError.is(error)) return error.message;
  throw error;
}
