import { defineCommand } from '../command.ts';
import { migrate, migrateOptions } from '../migrate.ts';

export const downgrade = defineCommand({
  name: 'downgrade',
  describe: 'Downgrade to a target revision',
  details: 'The target stays applied. What depends on a revision that goes, goes too.',
  positionals: {
    target: {
      required: true,
      describe: 'An id or its first characters, base, -1, label@base; with --sql it is FROM:TO',
    },
  },
  options: migrateOptions,
  examples: [
    ['downgrade -1', 'the last revision'],
    ['downgrade base', 'everything'],
    ['downgrade 3f2a --dry-run', 'what it would do, and which rows it would cost'],
    ['downgrade --sql head:-1 > downgrade.sql', 'a script'],
  ],
  run: (context, { target, sql, tag, 'dry-run': dryRun }) =>
    migrate(context, { direction: 'downgrade', target, sql, tag, dryRun }),
});
