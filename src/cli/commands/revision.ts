import type { RevisionOptions } from '../../../codegen/autogenerate.ts';
import type { RevisionScript } from '../../../codegen/revision-script.ts';
import type { Renames } from '../../compare/renames.ts';
import type { ResolvedConfig } from '../../config.ts';
import { type ArgumentsOf, defineCommand, type Outcome } from '../command.ts';
import type { Context } from '../context.ts';
import { nameDatabase } from '../name-database.ts';
import { versionPathOption, writeRevisions } from '../new-revisions.ts';
import { describeOperation, impactsOf, statementsUnlessCall } from '../operation-text.ts';
import { renamesFrom } from '../rename-arguments.ts';
import { UsageError } from '../usage-error.ts';

const options = {
  message: { alias: 'm', type: 'string', requiresArg: true, describe: 'What the revision does, in a few words' },
  autogenerate: { type: 'boolean', describe: 'Fill it with what entities and database differ in' },
  empty: {
    type: 'boolean',
    describe: 'Write it though it does nothing yet: with --autogenerate, also where nothing differs',
  },
  rename: {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'OLD:NEW or TABLE.OLD:NEW: it was renamed, not dropped and made anew; may be repeated',
  },
  'dry-run': { type: 'boolean', describe: 'Print the file instead of writing it' },
  head: {
    type: 'string',
    requiresArg: true,
    describe: 'The revision to follow: head by default, label@head, an id, base',
  },
  splice: { type: 'boolean', describe: 'Let --head be a revision that others follow already: it begins a branch' },
  'branch-label': { type: 'string', array: true, requiresArg: true, describe: 'A name for the branch it begins' },
  'depends-on': {
    type: 'string',
    array: true,
    requiresArg: true,
    describe: 'A revision of another branch that must be applied before; may be repeated',
  },
  'version-path': versionPathOption,
  'rev-id': { type: 'string', requiresArg: true, describe: 'Its id, instead of twelve random digits' },
} as const;

type RevisionArguments = ArgumentsOf<Record<never, never>, typeof options>;

export const revision = defineCommand({
  name: 'revision',
  describe: 'Write a new revision: by hand, or from what entities and database differ in',
  details:
    'Without --autogenerate the file is for you to fill in, and no database is needed. With it, every revision must be applied first.',
  options,
  examples: [
    ['revision --autogenerate -m "add satisfaction surveys"', 'after changing entities'],
    ['revision --autogenerate -m "rename state" --rename ticket.state:status', 'a column keeps its rows'],
    ['revision -m "backfill scores"', 'an empty one, for data'],
    ['revision --autogenerate --dry-run', 'look first'],
    ['revision -m "start billing" --head base --branch-label billing', 'begin a branch of its own'],
  ],
  async run(context, args) {
    if (args.rename && !args.autogenerate)
      throw new UsageError('--rename was given without --autogenerate, which alone compares; give both.');
    const project = await context.project();
    if (args.autogenerate && context.verbose) await nameDatabase(context);
    const codegen = await import('../../../codegen/index.ts');
    const wanted = wantedOf(args, context);
    const drafts = args.autogenerate
      ? await codegen.draftRevisions(project.dataSource, {
          ...wanted,
          config: project.migrations,
          directory: project.directory,
          logger: context.logger,
          ...(context.interruption && { signal: context.interruption }),
          renames: await renamesOf(args, context),
        })
      : [];
    await tellDifferences(drafts, context);
    if (args.autogenerate && !args.empty && drafts.length === 0) return nothingToWrite(project.config, context);
    const history = { ...(await context.revisions({ mayBeEmpty: true })), config: project.config };
    const scripts = drafts.length > 0 ? drafts : [codegen.emptyRevision(history, wanted)];
    return writeRevisions(scripts, codegen, context, { versionPath: args['version-path'], dryRun: args['dry-run'] });
  },
});

function wantedOf(args: RevisionArguments, { x }: Context): RevisionOptions {
  const {
    message = 'empty message',
    head,
    splice,
    'rev-id': id,
    'branch-label': branchLabels,
    'depends-on': dependsOn,
  } = args;
  return {
    message,
    x,
    ...(id !== undefined && { revision: id }),
    ...(head !== undefined && { head }),
    ...(splice !== undefined && { splice }),
    ...(branchLabels && { branchLabels }),
    ...(dependsOn && { dependsOn }),
  };
}

async function renamesOf({ rename = [] }: RevisionArguments, { project }: Context): Promise<Renames> {
  if (rename.length === 0) return {};
  const { targetSchema } = await import('../../metadata/target-schema.ts');
  return renamesFrom(rename, await targetSchema((await project()).dataSource));
}

async function tellDifferences(scripts: readonly RevisionScript[], { logger, project }: Context): Promise<void> {
  if (scripts.length === 0) return;
  const { statementsOf } = await import('../../objects/kinds.ts');
  const { config } = await project();
  const operations = scripts.flatMap(({ upgrade }) => upgrade);
  const impacts = impactsOf(
    operations,
    statementsUnlessCall(operation => statementsOf(operation, config.kinds)),
  );
  for (const [i, operation] of operations.entries()) {
    const { sign, text } = describeOperation(operation);
    logger.info(`Detected ${sign} ${text}${impacts[i] && ` (${impacts[i]})`}`);
  }
  const { transactionalComments } = await import('../../../codegen/transactional.ts');
  const comments = scripts.filter(each => each.transactional === undefined).flatMap(transactionalComments);
  if (comments.length > 0) logger.warn(comments.join(' '));
}

/** Standard output has the paths of what was written, for whoever reads it: here none. */
function nothingToWrite({ processRevisionDirectives }: ResolvedConfig, { logger }: Context): Outcome {
  logger.info(
    processRevisionDirectives
      ? 'No revision was written: nothing differs, or `processRevisionDirectives` left nothing to write.'
      : 'No revision was written: entities and database do not differ.',
  );
  return { json: { revisions: [] }, lines: [] };
}
