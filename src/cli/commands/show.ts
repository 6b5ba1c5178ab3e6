import { defineCommand } from '../command.ts';
import { revisionsNamed } from '../named-revisions.ts';
import { entriesOf, revisionParagraph } from '../revision-text.ts';

export const show = defineCommand({
  name: 'show',
  describe: 'Show all there is to say of a revision',
  positionals: {
    revision: { required: true, describe: 'An id or its first characters, head, heads, label@head, -1 … or current' },
  },
  examples: [
    ['show head', 'the newest revision'],
    ['show 3f2a', 'the revision whose id begins with 3f2a'],
    ['show current', 'what the database is at'],
  ],
  async run(context, { revision }) {
    const found = await context.revisions();
    const entries = (await revisionsNamed(context, revision)).map(entriesOf(found));
    return {
      json: { revisions: entries },
      lines: entries.flatMap(entry => revisionParagraph(entry, context.style)),
    };
  },
});
