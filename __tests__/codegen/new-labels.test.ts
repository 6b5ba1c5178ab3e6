import { expect, test } from '@jest/globals';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silent, statementsOf, type Operation } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom } from '../support/entities-from.ts';
import { withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const imports = `import { Check, Column, Entity, Index, PrimaryGeneratedColumn, ViewColumn, ViewEntity } from 'typeorm';\n`;

/** Two tables: one has columns of the enum, one has none. Its labels grow from the first set of entities to the second. */
const entities = (
  labels: readonly string[],
  { ticket = '', onTicket = '', note = '', onNote = '', others = '' } = {},
) =>
  `${imports}
  @Entity('ticket') ${onTicket} export class Ticket { @PrimaryGeneratedColumn() id!: number;
    @Column({ type: 'enum', enumName: 'kind', enum: ${JSON.stringify(labels)}, default: 'old' }) kind!: string;
    @Column({ type: 'enum', enumName: 'kind', enum: ${JSON.stringify(labels)}, array: true, default: [] }) kinds!: string[];
    @Column({ default: '' }) words!: string;
    ${ticket} }
  @Entity('note') ${onNote} export class Note { @PrimaryGeneratedColumn() id!: number; @Column({ default: '' }) text!: string; ${note} }
  ${others}`;

type Parts = Parameters<typeof entities>[1];

/** What else changes while the label is added, before and after. */
const changes: Readonly<Record<string, readonly [Parts, Parts]>> = {
  nothing: [{}, {}],
  'a default of another table': [{}, { note: `@Column({ default: 'open' }) state!: string;` }],
  'a default of another column': [{}, { ticket: `@Column({ default: 'open' }) state!: string;` }],
  'a default that changes': [
    { ticket: `@Column({ default: 'shut' }) state!: string;` },
    { ticket: `@Column({ default: 'open' }) state!: string;` },
  ],
  'a default that goes': [
    { ticket: `@Column({ default: 'open' }) state!: string;` },
    { ticket: `@Column() state!: string;` },
  ],
  'a default that comes': [
    { note: `@Column() state!: string;` },
    { note: `@Column({ default: 'open' }) state!: string;` },
  ],
  'a label of another enum': [
    {},
    { note: `@Column({ type: 'enum', enum: ['open', 'shut'], default: 'open' }) state!: string;` },
  ],
  'a new table': [
    {},
    {
      others: `@Entity('log') export class Log { @PrimaryGeneratedColumn() id!: number; @Column({ default: 'open' }) a!: string }`,
    },
  ],
  'a comment': [{}, { ticket: `@Column({ default: '', comment: 'open' }) state!: string;` }],
  'a check of another table': [{}, { onNote: `@Check('not_open', "text <> 'open'")` }],
  'an index of another table': [{}, { onNote: `@Index('of_open', ['id'], { where: "text = 'open'" })` }],
  'a new column of the enum': [
    {},
    { note: `@Column({ type: 'enum', enumName: 'kind', enum: ['old', 'open'], default: 'open' }) k!: string;` },
  ],
  'a new column of the enum with an old default': [
    {},
    { note: `@Column({ type: 'enum', enumName: 'kind', enum: ['old', 'open'], default: 'old' }) k!: string;` },
  ],
  'an array of the enum': [
    {},
    {
      note: `@Column({ type: 'enum', enumName: 'kind', enum: ['old', 'open'], array: true, default: ['open'] }) k!: string[];`,
    },
  ],
  'a check of the enum': [{}, { onTicket: `@Check('not_open', "kind <> 'open'")` }],
  'a partial index of the enum': [{}, { onTicket: `@Index('of_open', ['id'], { where: "kind = 'open'" })` }],
  'a view of the enum': [
    {},
    {
      others: `@ViewEntity({ name: 'opened', expression: "SELECT id FROM ticket WHERE kind = 'open'" }) export class Opened { @ViewColumn() id!: number }`,
    },
  ],
};

test.each(shareOfToday(Object.entries(changes)))(
  'a label is added, and %s: one transaction where PostgreSQL takes one',
  async (_, [before, after]) => {
    await withDatabase(async database => {
      const was = entities(['old'], before);
      const is = entities(['old', 'open'], after);
      await synchronized(database, was);
      const dataSource = database.dataSource({ entities: [...entitiesFrom(is)] as never[] });
      const script = (await autogenerate(dataSource, {
        message: 'm',
        directory: await emptyDirectory(),
        logger: silent,
      }))!;
      const [isOne] = [await runsInOneTransaction(database, script.upgrade as Operation[])];
      const source = renderRevision(script, 'esm');
      expect({ isOne, source: /transactional = (.*);/.exec(source)?.[1] }).toEqual({
        isOne,
        source: isOne ? undefined : "'downgrade'",
      });
    });
  },
);

async function synchronized(database: TestDatabase, source: string): Promise<void> {
  const dataSource = database.dataSource({ entities: [...entitiesFrom(source)] as never[] });
  await dataSource.initialize();
  await dataSource.synchronize();
  await dataSource.destroy();
}

const emptyDirectory = () => mkdtemp(join(tmpdir(), 'labels-'));

async function runsInOneTransaction(database: TestDatabase, operations: readonly Operation[]): Promise<boolean> {
  const statements = operations.flatMap(operation => statementsOf(operation)).map(({ sql }) => sql);
  try {
    await database.query(`BEGIN; ${statements.join('; ')}; ROLLBACK`);
    return true;
  } catch (error) {
    await database.query('ROLLBACK');
    expect(String(error)).toContain('unsafe use of new value');
    return false;
  }
}
