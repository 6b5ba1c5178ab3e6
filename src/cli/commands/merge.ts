import { defineCommand } from '../command.ts';
import { versionPathOption, writeRevisions } from '../new-revisions.ts';

export const merge = defineCommand({
  name: 'merge',
  describe: 'Join branches with a new revision that follows several',
  details: 'For heads that were written side by side, as on two branches of a repository. Reads and writes files only.',
  positionals: {
    revisions: { required: true, several: true, describe: 'The revisions to join: ids, or heads for all' },
  },
  options: {
    message: {
      alias: 'm',
      type: 'string',
      requiresArg: true,
      describe: 'What is joined; names the revisions by default',
    },
    'branch-label': {
      type: 'string',
      array: true,
      requiresArg: true,
      describe: 'A name for the branch that begins there',
    },
    'rev-id': { type: 'string', requiresArg: true, describe: 'Its id, instead of twelve random digits' },
    splice: { type: 'boolean', describe: 'Join revisions that others follow already' },
    'version-path': versionPathOption,
    'dry-run': { type: 'boolean', describe: 'Print the file instead of writing it' },
  },
  examples: [
    ['merge heads -m "join billing and support"', 'all heads'],
    ['merge 3f2a 91c0', 'these two'],
  ],
  async run(context, args) {
    const project = await context.project();
    const found = await context.revisions();
    const joined = found.graph.resolve(args.revisions);
    if (joined.length === 1)
      context.logger.warn(`${joined[0]} is the only one: what is written follows it, and joins nothing.`);
    const codegen = await import('../../../codegen/index.ts');
    const { 'rev-id': id, 'branch-label': branchLabels, splice } = args;
    const script = codegen.emptyRevision(
      { ...found, config: project.config },
      {
        message: args.message ?? `merge ${joined.join(' and ')}`,
        head: args.revisions,
        ...(id !== undefined && { revision: id }),
        ...(branchLabels && { branchLabels }),
        ...(splice !== undefined && { splice }),
      },
    );
    return writeRevisions([script], codegen, context, { versionPath: args['version-path'], dryRun: args['dry-run'] });
  },
});
