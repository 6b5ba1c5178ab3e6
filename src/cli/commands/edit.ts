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
    const found = (await revisionsNamed(context, revision)).map(id => files.get(id)!);
    const { EditorError, openInEditor } = await import('../editor.ts');
    for (const { path, exports } of found)
      if (exports)
        throw new EditorError('it is a module in `revisions`, and which file that came from is not known', path);
    const paths = found.map(({ path }) => path);
    for (const path of paths) await openInEditor(path, context.environment);
    return { json: { paths }, lines: paths.map(path => context.shortPath(path)) };
  },
});
