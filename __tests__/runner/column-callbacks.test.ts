import { describe, expect, test } from '@jest/globals';
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
const changedTypes = [
  { ...type('id', 'integer'), sequence: 'ticket_id_seq' },
  type('subject', 'character varying(50)'),
  type('score', 'integer'),
];
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

const rich = entitiesFrom(`import { Check, Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
  @Entity('ticket') @Unique('once', ['score', 'subject']) @Check('positive', 'score > 0') @Index('by_score', { synchronize: false })
  export class Ticket {
    @PrimaryGeneratedColumn() id!: number;
    @Column({ length: 50, default: 'none' }) subject!: string;
    @Column({ type: 'int' }) score!: number;
    @Column({ type: 'int', nullable: true, asExpression: '(score * 2)', generatedType: 'STORED' }) doubled!: number;
  }`);

/** What PostgreSQL does not allow on a column that gets a type, or makes anew for it, and what is a column's own. */
const DEPENDENTS = `
  ALTER TABLE ticket ALTER subject SET STORAGE external;
  INSERT INTO ticket (subject, score) VALUES ('a', 1), ('b', 2);
  CREATE INDEX by_score ON ticket ((score + 1)) WHERE subject <> '';
  CREATE TABLE note (score int, subject varchar(50), FOREIGN KEY (score, subject) REFERENCES ticket (score, subject));
  CREATE VIEW scores AS SELECT score, subject FROM ticket; CREATE VIEW above AS SELECT max(score) AS most FROM scores;
  CREATE MATERIALIZED VIEW counted AS SELECT score, count(*) AS tickets FROM ticket GROUP BY score;
  CREATE UNIQUE INDEX counted_once ON counted (score);
  CREATE POLICY good ON ticket USING (score > 0 AND subject <> '');
  CREATE RULE kept AS ON DELETE TO ticket WHERE old.score > 5 DO INSTEAD NOTHING;
  CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER changed BEFORE UPDATE OF score ON ticket FOR EACH ROW WHEN (new.subject <> '') EXECUTE FUNCTION f();
  CREATE STATISTICS st ON score, subject FROM ticket;
  CREATE TABLE heir (more int) INHERITS (ticket); CREATE VIEW of_heir AS SELECT score, subject FROM heir`;

const insisting: readonly (readonly [string, MigrationsConfig, alterations: number])[] = [
  ['types', { compareType: ({ table }) => table === 'ticket' || undefined }, 3],
  ['types of all tables', { compareType: () => true }, 3],
  ['one type', { compareType: ({ column }) => column === 'score' || undefined }, 1],
  ['defaults', { compareServerDefault: () => true }, 1],
  [
    'the type of one that is renamed',
    {
      compareType: ({ column }) => column === 'score' || undefined,
      renames: { columns: { 'ticket.points': 'score' } },
    },
    1,
  ],
];

describe('a column under all that may depend on one, of which a callback insists on', () => {
  test.each(insisting)('%s', (_name, callbacks, alterations) =>
    withDatabase(async database => {
      const dataSource = await database.dataSource({ entities: [...rich] as never }).initialize();
      await dataSource.synchronize();
      await database.query(DEPENDENTS);
      const after = await catalogFingerprint(database);
      if (callbacks.renames) await database.query('ALTER TABLE ticket RENAME score TO points');
      const before = await catalogFingerprint(database);
      const config: MigrationsConfig = { revisions: [], ...callbacks };
      const script = await autogenerate(dataSource, { message: 'm', config, logger: silent });
      const { upgrade, downgrade } = script!;
      for (const [operations, expected] of [
        [upgrade, after],
        [downgrade, before],
      ] as const) {
        expect(operations.filter(({ op }) => op === 'alterColumn')).toHaveLength(alterations);
        for (const { sql } of operations.flatMap(each => statementsOf(each))) await database.query(sql);
        expect(await catalogFingerprint(database)).toEqual(expected);
      }
      if (callbacks.renames) return;
      // A filter that leaves the columns alone has the last word.
      const filters: readonly MigrationsConfig[] = [
        { includeObject: (_object, _name, type) => type !== 'column' },
        { includeObject: (_object, name) => name !== 'ticket' },
        { includeName: (_name, type) => type !== 'column' },
      ];
      for (const filter of filters) {
        const { operations } = await createRunner(dataSource, { ...config, ...filter }, { logger: silent }).check();
        expect(operations).toEqual([]);
      }
    }),
  );
});

test('what differs anyway is altered once, and not at all where a callback says that it does not', () =>
  withDatabase(async database => {
    const dataSource = await database.dataSource({ entities: [...entities] as never }).initialize();
    await dataSource.synchronize();
    await database.query(
      'ALTER TABLE ticket ALTER score TYPE bigint, ALTER subject TYPE varchar(50) COLLATE "C", ALTER subject SET DEFAULT \'other\'',
    );
    const config: MigrationsConfig = { revisions: [], compareType: () => true, compareServerDefault: () => true };
    const { operations } = await createRunner(dataSource, config, { logger: silent }).check();
    const altered = operations.map(each => JSON.stringify(each)).filter(each => /"score"|"default"/.test(each));
    expect(altered).toHaveLength(2);
    const same: MigrationsConfig = { ...config, compareType: () => false, compareServerDefault: () => false };
    expect((await createRunner(dataSource, same, { logger: silent }).check()).operations).toEqual([]);
  }));

const unusable: readonly (readonly [problem: string, keys: readonly string[], callback: unknown])[] = [
  [
    'gave a promise; expected true or false: it must answer without waiting.',
    ['compareType', 'compareServerDefault', 'includeName', 'includeObject'],
    async () => Promise.reject(new Error('refused')),
  ],
  [
    'gave undefined; expected true or false for whatever it is asked about.',
    ['includeName', 'includeObject'],
    (_: unknown, type: string) => (type === 'table' ? true : undefined),
  ],
  ['gave null; expected true or false for whatever it is asked about.', ['includeName', 'includeObject'], () => null],
  [
    'failed: out of order.',
    ['compareType', 'compareServerDefault', 'includeName', 'includeObject'],
    () => {
      throw new Error('out of order');
    },
  ],
];

test('a callback that does not answer is an error that names it', () =>
  withDatabase(async database => {
    const dataSource = await database.dataSource({ entities: [...entities] as never }).initialize();
    await dataSource.synchronize();
    for (const [problem, keys, callback] of unusable)
      for (const key of keys) {
        const config = { revisions: [], [key]: callback } as never;
        await expect(createRunner(dataSource, config, { logger: silent }).check()).rejects.toMatchObject({
          name: 'ConfigurationError',
          message: `The configuration's "${key}" ${problem}`,
        });
      }
  }));
