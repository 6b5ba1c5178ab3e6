import type { DatabaseStatus } from '../../runner/runner.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { entriesOf, revisionLine, revisionParagraph } from '../revision-text.ts';

export const current = defineCommand({
  name: 'current',
  describe: 'List the revisions the database is at',
  details: 'Of each branch the last one applied. Prints nothing for a database that is at no revision.',
  options: {
    'check-heads': { type: 'boolean', describe: 'Exit with 2 unless every head is applied: for a deployment to ask' },
  },
  examples: [
    ['current', 'the ids'],
    ['current --check-heads', 'exit code 0 if nothing is pending, 2 otherwise'],
  ],
  async run(context, args) {
    const found = await context.revisions();
    const status = await (await context.runner()).status();
    const entries = found.graph.current(status.heads).map(entriesOf(found));
    const { style, verbose } = context;
    const behind = (args['check-heads'] ?? false) && !status.isAtHeads;
    if (behind) context.logger.warn(pending(status));
    return {
      exitCode: behind ? 2 : 0,
      json: { current: entries, ...status },
      lines: [
        ...(verbose ? [`Current revision(s) for database "${await databaseName(context)}":`] : []),
        ...entries.flatMap(entry =>
          verbose ? revisionParagraph(entry, style) : [revisionLine(entry, { tree: true }, style)],
        ),
      ],
    };
  },
});

const pending = ({ heads, target }: DatabaseStatus): string =>
  `The database is at ${heads.join(', ') || 'base'}, not at the heads ${target.join(', ')}: run \`upgrade\`.`;

async function databaseName({ project }: Context): Promise<string> {
  const { dataSource } = await project();
  return dataSource.driver.database ?? '';
}
