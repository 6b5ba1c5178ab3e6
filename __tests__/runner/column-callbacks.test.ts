import { expect, test } from '@jest/globals';
import { createRunner, silent, statementsOf, type MigrationsConfig } from 'typeorm-alembic';
import { autogenerate } from 'typeorm-alembic/codegen';
import { catalogFingerprint, entitiesFrom, withDatabase } from '../support/index.ts';

const entities = entitiesFrom(`import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
  @Entity('ticket') export class Ticket {
    @PrimaryGeneratedColumn() id!: number;
    @Column({ length: 50, default: 'none' }) subject!: string;
    @Column({ type: 'int' }) score!: number;
  }`);

const type = (name: string, is: string) => ({ op: 'alterColumn', table: 'ticket', name, type: is, existingType: is });
const changedTypes = [type('id', 'integer'), type('subject', 'character varying(50)'), type('score', 'integer')];
const changedDefault = { op: 'alterColumn', table: 'ticket', name: 'subject', default: "'none'::character varying" };

const answers: readonly (readonly [string, MigrationsConfig, readonly object[]])[] = [
  ['true of types', { compareType: () => true }, changedTypes],
  ['true of defaults, of which there is one', { compareServerDefault: () => true }, [changedDefault]],
  ['true of one column', { compareType: ({ column }) => column === 'score' || undefined }, changedTypes.slice(2)],
  ['false', { compareType: () => false, compareServerDefault: () => false }, []],
  ['undefined', { compareType: () => undefined, compareServerDefault: () => undefined }, []],
  ['null', { compareType: () => null as never, compareServerDefault: () => null as never }, []],
];

test.each(answers)('of columns that are alike, a callback says %s', (_name, callbacks, expected) =>
  withDatabase(async database => {
    const dataSource = await database.dataSource({ entities: [...entities] as never }).initialize();
    await dataSource.synchronize();
    const config: MigrationsConfig = { revisions: [], ...callbacks };
    const { operations } = await createRunner(dataSource, config, { logger: silent }).check();
    expect(sorted(operations)).toEqual(sorted(expected));
    const script = await autogenerate(dataSource, { message: 'm', config, logger: silent });
    expect(sorted(script?.downgrade ?? [])).toEqual(sorted(expected));
    const before = await catalogFingerprint(database);
    for (const operation of [...operations, ...(script?.downgrade ?? [])])
      for (const { sql } of statementsOf(operation)) await database.query(sql);
    expect(await catalogFingerprint(database)).toEqual(before);
  }),
);

const sorted = (operations: readonly object[]): readonly string[] =>
  operations.map(each => JSON.stringify(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();

test('what differs anyway is altered once', () =>
  withDatabase(async database => {
    const dataSource = await database.dataSource({ entities: [...entities] as never }).initialize();
    await dataSource.synchronize();
    await database.query("ALTER TABLE ticket ALTER score TYPE bigint, ALTER subject SET DEFAULT 'other'");
    const config: MigrationsConfig = { revisions: [], compareType: () => true, compareServerDefault: () => true };
    const { operations } = await createRunner(dataSource, config, { logger: silent }).check();
    const altered = operations.map(each => JSON.stringify(each)).filter(each => /"score"|"default"/.test(each));
    expect(altered).toHaveLength(2);
  }));

test.each(['compareType', 'compareServerDefault', 'includeName', 'includeObject'])('%s must not give a promise', key =>
  withDatabase(async database => {
    const dataSource = await database.dataSource({ entities: [...entities] as never }).initialize();
    await dataSource.synchronize();
    const config = { revisions: [], [key]: async () => false } as never;
    await expect(createRunner(dataSource, config, { logger: silent }).check()).rejects.toMatchObject({
      name: 'ConfigurationError',
      message: `The configuration's "${key}" gave a promise; expected true or false: it must answer without waiting.`,
    });
  }),
);
