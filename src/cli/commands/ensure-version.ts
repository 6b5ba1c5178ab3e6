import { ownSchemaOf } from '../../database/own-schema.ts';
import { defineCommand } from '../command.ts';
import { nameDatabase } from '../name-database.ts';

export const ensureVersion = defineCommand({
  name: 'ensure-version',
  describe: 'Create the version table, if it is missing',
  details:
    '`upgrade` does so too. By itself it is of use where another role than the one that migrates may create tables.',
  options: { sql: { type: 'boolean', describe: 'Print a script for psql instead of connecting to a database' } },
  examples: [
    ['ensure-version', 'create it'],
    ['ensure-version --sql', 'print how'],
  ],
  async run(context, { sql }) {
    const [runner, { config, dataSource }] = await Promise.all([context.runner(), context.project()]);
    if (sql) {
      const script = runner.ensureVersionTableSql();
      return { json: { sql: script }, verbatim: script.trimEnd() };
    }
    await nameDatabase(context);
    await runner.ensureVersionTable();
    const { versionTable, versionTableSchema = ownSchemaOf(dataSource) ?? null } = config;
    const name = versionTableSchema === null ? versionTable : `${versionTableSchema}.${versionTable}`;
    return { json: { versionTable, versionTableSchema }, summary: `The version table ${name} is there.` };
  },
});
