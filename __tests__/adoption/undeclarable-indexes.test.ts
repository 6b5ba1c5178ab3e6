import { expect, test } from '@jest/globals';
import { withProject } from '../cli/project.ts';
import { withDatabase } from '../support/index.ts';
import { classSource, runWithTypeorm, type LegacyMigration } from './legacy-history.ts';

/** Indexes that no entity can declare, made as raw SQL of a migration of TypeORM's. */
const migration: LegacyMigration = {
  name: 'CreateTickets1700000000001',
  up: [
    'CREATE TABLE ticket (id integer CONSTRAINT pk PRIMARY KEY, state varchar NOT NULL)',
    'CREATE INDEX kept_expression ON ticket (lower(state))',
    'CREATE INDEX kept_operators ON ticket (state varchar_pattern_ops)',
    'CREATE INDEX kept_order ON ticket (state DESC)',
    'CREATE INDEX named_first ON ticket (state, (lower(state)))',
    'CREATE INDEX named_between ON ticket (state, (id % 2), id)',
    'CREATE UNIQUE INDEX named_unique ON ticket ((lower(state)), id)',
    'CREATE UNIQUE INDEX kept_inclusion ON ticket (id) INCLUDE (state)',
  ],
  down: ['DROP TABLE ticket'],
};

const config = (url: string, columns: string): string => `
  import { DataSource, EntitySchema } from 'typeorm';
  import * as migrations from './legacy.ts';
  const Ticket = new EntitySchema({ name: 'ticket', columns: {
    id: { type: 'int', primary: true, primaryKeyConstraintName: 'pk' }, state: { type: 'varchar' }, ${columns} },
    indices: [{ name: 'named_first', columns: ['state'] }, { name: 'named_between', columns: ['state', 'id'] },
      { name: 'named_unique', columns: ['id'], unique: true }] });
  export default new DataSource({ type: 'postgres', url: '${url}', entities: [Ticket], migrations });`;

test.each(['adopt', 'adopt --baseline'])(
  'after %s, autogenerate leaves the indexes that entities cannot declare',
  adopt =>
    withDatabase(async ({ url }) => {
      const files = {
        'ormconfig.ts': config(url, ''),
        'later.ts': config(url, `points: { type: 'int', default: 0 },`),
        'legacy.ts': `import { MigrationInterface, QueryRunner } from 'typeorm';\n${classSource(migration)}`,
      };
      await runWithTypeorm(url, [migration]);
      await withProject(files, async ({ run }) => {
        expect(await run(...adopt.split(' '))).toMatchObject({ exitCode: 0 });
        expect((await run('check')).stdout).toBe('Entities and database do not differ.\n');
        const { stdout } = await run('revision', '--autogenerate', '-m', 'more', '--dry-run', '--config', 'later.ts');
        expect(stdout.match(/await op\.\w+/g)).toEqual(['await op.addColumn', 'await op.dropColumn']);
      });
    }),
);
