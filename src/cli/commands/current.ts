import type { DatabaseStatus } from '../../runner/runner.ts';
import { circumstancesIn, describeUnfinished, ownOpenRun } from '../../runner/unfinished.ts';
import { defineCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { nameDatabase } from '../name-database.ts';
import { entriesOf, revisionLine, revisionParagraph } from '../revision-text.ts';

export const current = defineCommand({
  name: 'current',
  describe: 'List the revisions the database is at',
  details: 'Of each branch the last one applied. Prints nothing for a database that is at no revision.',
  options: {
    'check-heads': {
      type: 'boolean',
      describe: 'Exit with 2 unless the database is at exactly the heads: for a deployment to ask',
    },
  },
  examples: [
    ['current', 'the ids'],
    ['current --check-heads', 'exit code 0 if the database is at the heads, 2 otherwise'],
  ],
  async run(context, args) {
    const found = await context.revisions();
    if (context.verbose) await nameDatabase(context);
    const status = await (await context.runner()).status();
    const { currentAt } = await import('../../runner/status.ts');
    const ids = currentAt(found, status.heads);
    const entries = ids.filter(id => found.graph.has(id)).map(entriesOf(found));
    const unknown = ids.filter(id => !found.graph.has(id));
    const { style, verbose } = context;
    const elsewhere = (args['check-heads'] ?? false) && !status.isAtHeads;
    const open = ownOpenRun(found, status.unfinished) ?? status.unfinished[0];
    if (open) context.logger.warn(`${describeUnfinished(found, open, circumstancesIn(status, found.graph))}.`);
    else if (elsewhere && !status.contradiction) context.logger.warn(distance(status));
    if (status.contradiction) context.logger.warn(status.contradiction.message);
    return {
      exitCode: elsewhere ? 2 : 0,
      json: { current: [...entries, ...unknown.map(revision => ({ revision }))], ...status },
      lines: [
        ...(verbose ? [`Current revision(s) for database "${await databaseName(context)}":`] : []),
        ...entries.flatMap(entry =>
          verbose ? revisionParagraph(entry, style) : [revisionLine(entry, { tree: true }, style)],
        ),
        ...unknown.map(head => `${style.id(head)} (not in this code, which is older than the database)`),
      ],
    };
  },
});

const distance = ({ heads, target, isAhead }: Pick<DatabaseStatus, 'heads' | 'target' | 'isAhead'>): string =>
  `The database is at ${heads.join(', ') || 'base'}, not at the heads ${target.join(', ')}: ` +
  (isAhead ? 'newer code has migrated it further.' : 'run `upgrade`.');

async function databaseName({ project }: Context): Promise<string> {
  const { dataSource } = await project();
  return dataSource.driver.database ?? '';
}
