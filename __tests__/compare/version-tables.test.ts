import { expect, test } from '@jest/globals';
import {
  compare,
  createRunner,
  introspect,
  kinds,
  resolveConfig,
  silent,
  targetSchema,
  type MigrationsConfig,
} from 'typeorm-alembic';
import { entitiesFrom, withDatabase } from '../support/index.ts';

const entities = entitiesFrom(`import { Entity, PrimaryGeneratedColumn } from 'typeorm';
  @Entity('ticket') export class Ticket { @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'k' }) id!: number }`);

const config: MigrationsConfig = {
  revisions: [
    {
      revision: 'a1',
      downRevision: null,
      upgrade: op => op.execute('CREATE TABLE IF NOT EXISTS public.ticket (id serial CONSTRAINT k PRIMARY KEY)'),
      downgrade: () => {},
    },
  ],
};

/** What Alembic makes, under another name, and after a rename. */
const OF_ALEMBIC = `CREATE TABLE versions (version_num VARCHAR(32) NOT NULL, CONSTRAINT versions_pkc PRIMARY KEY (version_num));
  CREATE TABLE former (version_num VARCHAR(255) NOT NULL, CONSTRAINT earlier_pkc PRIMARY KEY (version_num))`;

/** Tables that only resemble them. */
const OTHERS = `CREATE TABLE version (version_num varchar(32) PRIMARY KEY);
  CREATE TABLE document (version_num varchar(32), body text, CONSTRAINT document_pkc PRIMARY KEY (version_num));
  CREATE TABLE sent_log (id bigint PRIMARY KEY, revision text, direction text)`;

test("version tables and their logs, the tool's own and Alembic's, are neither dropped nor created", () =>
  withDatabase(async database => {
    const dataSource = await database.dataSource({ entities: [...entities] as never }).initialize();
    await database.query('CREATE SCHEMA bookkeeping');
    for (const own of [config, { ...config, versionTable: 'steps', versionTableSchema: 'bookkeeping' }])
      await createRunner(dataSource, own, { logger: silent }).upgrade();
    await database.query(OF_ALEMBIC);
    const schemas = ['public', 'bookkeeping'];
    const live = await introspect(dataSource, { schemas });
    expect([...live.tables.keys()].sort()).toEqual([
      ...['alembic_version', 'alembic_version_log', 'bookkeeping.steps', 'bookkeeping.steps_log'],
      ...['former', 'ticket', 'versions'],
    ]);
    // As it is written, resolved, or no more of it than matters.
    for (const given of [undefined, config, resolveConfig(config), { kinds }, { defaultSchema: 'public' }]) {
      const target = await targetSchema(dataSource, given);
      expect(withoutSchemas(compare(live, target))).toEqual([]);
      expect(withoutSchemas(compare(target, live))).toEqual([]);
    }
    await database.query(OTHERS);
    const operations = compare(await introspect(dataSource), await targetSchema(dataSource));
    expect(operations.map(({ op, name }: any) => `${op} ${name}`).sort()).toEqual([
      'dropTable document',
      'dropTable sent_log',
      'dropTable version',
    ]);
  }));

const withoutSchemas = (operations: ReturnType<typeof compare>) =>
  operations.filter(({ op }) => !op.endsWith('Schema'));

test('targetSchema refuses what is no key of a configuration', () =>
  withDatabase(async database => {
    const given = { includeNames: () => true } as never;
    await expect(targetSchema(database.dataSource({ entities: [...entities] as never }), given)).rejects.toThrow(
      'targetSchema() was given an unknown option "includeNames"; did you mean "includeName"?',
    );
  }));
