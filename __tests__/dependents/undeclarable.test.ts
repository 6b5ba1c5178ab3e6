import { expect, test } from '@jest/globals';
import { silent } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, testRun, withDatabase } from '../support/index.ts';
import { evolve, linesAbout } from './evolution.ts';

const ticket = (columns: string) =>
  `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number; @Column() state!: string; ${columns} }`;
const nullsNotDistinct = testRun().serverMajor >= 15 ? ' NULLS NOT DISTINCT' : '';

/** Indexes and constraints that no decorator can say. */
test.each([
  ['an expression', 'CREATE INDEX by_hand ON ticket (lower(state))'],
  ['an operator class', 'CREATE INDEX by_hand ON ticket (state varchar_pattern_ops)'],
  ['an order', 'CREATE INDEX by_hand ON ticket (state DESC)'],
  ['a place of nulls', 'CREATE INDEX by_hand ON ticket (state NULLS FIRST)'],
  ['a collation', 'CREATE INDEX by_hand ON ticket (state COLLATE "C")'],
  ['columns that are included', 'CREATE INDEX by_hand ON ticket (state) INCLUDE (id)'],
  [
    'a unique constraint that includes columns',
    'ALTER TABLE ticket ADD CONSTRAINT by_hand UNIQUE (state) INCLUDE (id)',
  ],
  [
    'a unique constraint over nulls or in no other way',
    `ALTER TABLE ticket ADD CONSTRAINT by_hand UNIQUE${nullsNotDistinct} (state) INCLUDE (id)`,
  ],
])('autogenerate never drops an index with %s, though the table is the project’s', async (_, sql) => {
  const evolution = { before: ticket(''), after: ticket(`@Column({ default: 0 }) points!: number;`), others: sql };
  await evolve(evolution, ({ source, start, end, again }) => {
    expect(source).not.toContain('by_hand');
    expect(linesAbout(end, /by_hand/)).toEqual(linesAbout(start, /by_hand/));
    expect(again).toEqual([]);
  });
});

/** The database before the first revision is adopted: all parts of a declared table are the project's then. */
test('nor of a table that is adopted, or by a revision', () =>
  withDatabase(async database => {
    await database.query('CREATE TABLE ticket (id integer CONSTRAINT pk PRIMARY KEY, state varchar NOT NULL)');
    await database.query('CREATE INDEX by_hand ON ticket (lower(state)); CREATE INDEX plain ON ticket (state)');
    const source = `import { Column, Entity, PrimaryColumn } from 'typeorm';
      @Entity('ticket') export class Ticket { @PrimaryColumn({ primaryKeyConstraintName: 'pk' }) id!: number; @Column() state!: string }`;
    const dataSource = database.dataSource({ entities: [...entitiesFrom(source)] as never[] });
    const script = await autogenerate(dataSource, { message: 'first', directory: '/nowhere', logger: silent });
    expect(script!.upgrade).toEqual([{ op: 'dropIndex', name: 'plain' }]);
    expect(renderRevision(script!)).toContain('// Drops the index plain, which is declared no longer.');
  }));

test('a storage parameter of a declared index stays', async () => {
  const declared = (columns: string) =>
    ticket(columns).replace('@Column() state', '@Index("by_state") @Column() state');
  const evolution = {
    before: declared(''),
    after: declared(`@Column({ default: 0 }) points!: number;`),
    others: 'ALTER INDEX by_state SET (fillfactor=60)',
  };
  await evolve(evolution, ({ source, again }) => {
    expect(source).not.toContain('by_state');
    expect(again).toEqual([]);
  });
});
