import { expect, test } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import {
  canonical,
  compare,
  createRunner,
  introspect,
  kinds,
  resolveConfig,
  schemaOf,
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

const bookkeeping: readonly (readonly [string, object])[] = [
  ['usual names', {}],
  [
    'names of their own',
    { migrationsTableName: 'done', metadataTableName: 'notes', cache: { type: 'database', tableName: 'kept' } },
  ],
];

test.each(bookkeeping)("TypeORM's own tables are neither dropped nor created, under %s", (_name, options) =>
  withDatabase(async database => {
    class First1700000000001 {
      name = 'First1700000000001';
      async up(runner: QueryRunner) {
        await runner.query('CREATE TABLE gone (id int)');
      }
      async down() {}
    }
    const withView = [...entities, ...entitiesFrom(VIEW)] as never;
    const made = { entities: withView, migrations: [First1700000000001], cache: true, ...options } as never;
    const dataSource = await database.dataSource(made).initialize();
    await dataSource.runMigrations();
    await dataSource.synchronize();
    const live = await introspect(dataSource);
    expect(live.tables.size).toBe(5);
    // The query cache is one of TypeORM's entities where it is on.
    const off = database.dataSource({ ...(made as object), cache: false } as never);
    const target = await canonical(dataSource, await targetSchema(off), live);
    expect(compare(live, target)).toEqual([{ op: 'dropTable', name: 'gone' }]);
    expect(compare(target, live)).toMatchObject([{ op: 'createTable', name: 'gone' }]);
    const runner = createRunner(dataSource, { ...config, revisions: [] }, { logger: silent });
    expect((await runner.check()).operations).toEqual([]);
  }),
);

/** TypeORM notes it in its table of metadata. */
const VIEW = `import { ViewColumn, ViewEntity } from 'typeorm';
  @ViewEntity({ name: 'one', expression: 'SELECT 1 AS one' }) export class One { @ViewColumn() one!: number }`;

test("a table that has the name of one of TypeORM's is an entity's where one declares it, and nobody's where it is another", () =>
  withDatabase(async database => {
    const own = entitiesFrom(`import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
      @Entity('migrations') export class Migration { @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'm' }) id!: number;
        @Column('bigint') timestamp!: string; @Column() name!: string; @Column({ nullable: true }) more?: string }`);
    const target = await targetSchema(database.dataSource({ entities: [...own] as never }));
    expect(compare(await introspect(database), target)).toMatchObject([{ op: 'createTable', name: 'migrations' }]);
    await database.query(
      'CREATE TABLE migrations (id serial CONSTRAINT m PRIMARY KEY, timestamp bigint NOT NULL, name varchar NOT NULL)',
    );
    const live = await introspect(database);
    expect(compare(live, target)).toMatchObject([{ op: 'addColumn', table: 'migrations', column: { name: 'more' } }]);
    expect(compare(live, schemaOf({}))).toEqual([]);
    expect(compare(live, await canonical(database, target, live))).toMatchObject([{ op: 'addColumn' }]);
    await database.query('ALTER TABLE migrations ADD other int');
    const other = await introspect(database);
    for (const [before, after] of [
      [live, other],
      [other, live],
    ] as const)
      expect(compare(before, after)).toEqual([]);
    await database.query('ALTER TABLE migrations DROP timestamp');
    expect(compare(await introspect(database), schemaOf({}))).toEqual([{ op: 'dropTable', name: 'migrations' }]);
  }));

test('targetSchema refuses what is no key of a configuration', () =>
  withDatabase(async database => {
    const given = { includeNames: () => true } as never;
    await expect(targetSchema(database.dataSource({ entities: [...entities] as never }), given)).rejects.toThrow(
      'targetSchema() was given an unknown option "includeNames"; did you mean "includeName"?',
    );
  }));
