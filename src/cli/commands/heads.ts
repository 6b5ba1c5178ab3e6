import { defineCommand } from '../command.ts';
import { entriesOf, revisionLine, revisionParagraph } from '../revision-text.ts';

export const heads = defineCommand({
  name: 'heads',
  describe: 'List the ends of the branches',
  details:
    'More than one head means that revisions were written side by side: `merge heads` joins them, `upgrade heads` applies them all. Reads files only, no database.',
  options: {
    'resolve-dependencies': {
      type: 'boolean',
      describe: 'Leave out heads that another revision depends on: what the version table will hold',
    },
  },
  examples: [
    ['heads', 'every head with its branch labels'],
    ['heads -v', 'the same at length'],
  ],
  async run({ revisions, style, verbose }, args) {
    const found = await revisions();
    const ids = found.graph.heads({ resolveDependencies: args['resolve-dependencies'] });
    const entries = ids.map(entriesOf(found));
    return {
      json: { heads: entries },
      lines: entries.flatMap(entry =>
        verbose ? revisionParagraph(entry, style) : [revisionLine(entry, { labels: true }, style)],
      ),
    };
  },
});
