import { defineCommand } from '../command.ts';
import { revisionsNamed } from '../named-revisions.ts';

export const edit = defineCommand({
  name: 'edit',
  describe: 'Open a revision in $VISUAL or $EDITOR',
  positionals: {
    revision: { required: true, describe: 'An id or its first characters, head, heads … or current' },
  },
  examples: [
    ['edit head', 'the newest revision'],
    ['edit current', 'what the database is at'],
  ],
  async run(context, { revision }) {
    const { files } = await context.revisions();
    const paths = (await revisionsNamed(context, revision)).map(id => files.get(id)!.path);
    const { openInEditor } = await import('../editor.ts');
    for (const path of paths) await openInEditor(path, context.environment);
    return { json: { paths }, lines: paths.map(path => context.shortPath(path)) };
  },
});
