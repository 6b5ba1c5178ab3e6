import { defineCommand } from '../command.ts';
import { entriesOf, revisionLine, revisionParagraph } from '../revision-text.ts';

export const branches = defineCommand({
  name: 'branches',
  describe: 'List the revisions that several others follow, with these',
  details: 'Reads files only, no database.',
  examples: [
    ['branches', 'each branch point and what it branches into'],
    ['branches -v', 'the same at length'],
  ],
  async run({ revisions, style, verbose }) {
    const found = await revisions();
    const entryOf = entriesOf(found);
    const points = found.graph
      .historyRange()
      .map(entryOf)
      .filter(entry => entry.isBranchPoint)
      .map(entry => ({ ...entry, branches: entry.children.map(entryOf) }));
    const parts = { labels: true, tree: true };
    return {
      json: { branches: points },
      lines: points.flatMap(point => [
        ...(verbose ? revisionParagraph(point, style) : [revisionLine(point, parts, style)]),
        ...point.branches.map(
          child =>
            `${' '.repeat(point.revision.length)} -> ${revisionLine(child, { ...parts, message: verbose }, style)}`,
        ),
        '',
      ]),
    };
  },
});
