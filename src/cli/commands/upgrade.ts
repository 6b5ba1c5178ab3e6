import { defineCommand } from '../command.ts';
import { migrate, migrateOptions } from '../migrate.ts';

export const upgrade = defineCommand({
  name: 'upgrade',
  describe: 'Run the revisions that are missing up to a target',
  details:
    'Each revision is a transaction, unless it says otherwise; a lock keeps other processes from migrating meanwhile. Where nothing is missing, nothing is done.',
  positionals: {
    target: {
      default: 'heads',
      describe: 'heads, head, an id or its first characters, +2, label@head; with --sql also FROM:TO',
    },
  },
  options: migrateOptions,
  examples: [
    ['upgrade', 'everything'],
    ['upgrade +1', 'the next revision'],
    ['upgrade 3f2a', 'up to the revision whose id begins with 3f2a'],
    ['upgrade --dry-run', 'what it would do'],
    ['upgrade --sql 3f2a:head > upgrade.sql', 'a script for a database at 3f2a'],
  ],
  run: (context, { target, sql, tag, 'dry-run': dryRun }) =>
    migrate(context, { direction: 'upgrade', target, sql, tag, dryRun }),
});
