import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRunner, silent } from 'typeorm-alembic';
import { entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';
import { imports } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const role = `no_temp_${process.pid}_types`;
beforeAll(() => withDatabase(database => database.query(`CREATE ROLE ${role}`)));
afterAll(() => withDatabase(database => database.query(`DROP ROLE ${role}`)));

const item = (column: string, schema: string) =>
  `@Entity('item', { schema: '${schema}' }) export class Item { @PrimaryColumn() id!: number; ${column} code!: any }`;
const text = `@Column({ type: 'text' })`;

async function checked(database: TestDatabase, after: string, extra = '') {
  const warnings: string[] = [];
  const logger = { ...silent, warn: (message: string) => void warnings.push(message) };
  const entities = [...entitiesFrom(imports + after)] as never[];
  const dataSource = database.dataSource({ entities, installExtensions: false, extra: { options: extra } });
  const result = await createRunner(dataSource, {}, { directory: import.meta.dirname, logger }).check();
  return { ...result, warnings };
}

const migrated = (schema: string, others: string, work: (database: TestDatabase) => Promise<void>) =>
  withDatabase(async database => {
    await database.query(
      `CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE TABLE alembic_version (version_num varchar(32))`,
    );
    const dataSource = database.dataSource({ entities: [...entitiesFrom(imports + item(text, schema))] as never[] });
    await (await dataSource.initialize()).synchronize();
    await database.query(others);
    await work(database);
  });

const types: Readonly<Record<string, string>> = {
  'an enum': `@Column({ type: 'enum', enum: ['a', 'b'] })`,
  'an array of enums': `@Column({ type: 'enum', enum: ['a', 'b'], array: true })`,
  'an integer': `@Column({ type: 'integer' })`,
};

/** A check that no entity can declare stays. */
test.each(
  shareOfToday(
    ['public', 'audit'].flatMap(schema => Object.keys(types).map(type => [schema, type] as const)),
    3,
  ),
)('in schema %s, a check of others that does not fit %s is in the way', (schema, type) =>
  migrated(schema, `ALTER TABLE ${schema}.item ADD CONSTRAINT dba CHECK (code <> 'bad') NO INHERIT`, async database => {
    const { obstacles } = await checked(database, item(types[type]!, schema));
    const of = schema === 'public' ? 'item' : 'audit.item';
    expect(obstacles).toEqual([{ dependent: `check dba of ${of}`, on: `the type that ${of}.code had` }]);
  }),
);

test.each(['-c default_transaction_read_only=on', `-c role=${role}`])(
  'with %s, what cannot be tried is said',
  session =>
    migrated('public', `ALTER TABLE item ADD CONSTRAINT dba CHECK (code <> 'bad') NO INHERIT`, async database => {
      await database.query(
        `REVOKE TEMPORARY ON DATABASE "${database.name}" FROM PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
      );
      const { operations, warnings } = await checked(database, item(types['an enum']!, 'public'), session);
      expect(operations.map(({ op }) => op)).toContain('alterColumn');
      expect(warnings.join()).toMatch(
        /Cannot tell whether checks, keys, indexes, views and the like fit.*(GRANT TEMPORARY|read-only)/,
      );
    }),
);

test('a foreign key of others that does not fit the type of the column it refers to is in the way', () =>
  migrated(
    'public',
    `ALTER TABLE item ADD CONSTRAINT by_code UNIQUE (code); CREATE TABLE dba_note (code text CONSTRAINT to_item REFERENCES item (code))`,
    async database => {
      const { obstacles } = await checked(database, item(`@Column({ type: 'integer', unique: true })`, 'public'));
      expect(obstacles).toEqual([{ dependent: 'foreign key to_item of dba_note', on: 'the type that item.code had' }]);
    },
  ));
