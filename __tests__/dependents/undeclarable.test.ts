import { expect, test } from '@jest/globals';
import { silent } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, testRun, withDatabase } from '../support/index.ts';
import { evolve, linesAbout } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const ticket = (columns: string) =>
  `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number; @Column() state!: string; ${columns} }`;
const nullsNotDistinct = testRun().serverMajor >= 15 ? ' NULLS NOT DISTINCT' : '';

/** Indexes and constraints that no decorator can say. */
test.each(
  shareOfToday([
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
  ]),
)('autogenerate never drops an index with %s, though the table is the project’s', async (_, sql) => {
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
    expect(renderRevision(script!)).toContain('// Drops the index plain, which no entity declares.');
  }));

test('what goes with a dropped column is said to, whoever made it', () => {
  const other = `@Entity('other') export class Other { @PrimaryColumn() id!: number }`;
  const others = `CREATE INDEX by_code ON ticket (code); CREATE INDEX by_expression ON ticket ((code + 1)); CREATE STATISTICS two ON code, id FROM ticket;
    ALTER TABLE ticket ADD CONSTRAINT positive CHECK (code > 0), ADD CONSTRAINT once UNIQUE (code, id), ADD CONSTRAINT apart EXCLUDE (code WITH =),
      ADD CONSTRAINT of_other FOREIGN KEY (code) REFERENCES other`;
  const before =
    other + ticket(`@Column() code!: number; @Column() more!: number; @Index('by_more') @Column() kept!: number;`);
  const after = other + ticket(`@Column() kept!: number;`);
  return evolve({ before, after, others }, ({ source, start, back }) => {
    const [upgrade = ''] = source!.split('function downgrade');
    const said = [...upgrade.matchAll(/Drops the (.*)\n/g)].map(([, text]) => text).sort();
    expect(said).toEqual([
      'constraint apart of ticket, which goes with the column ticket.code.',
      'constraint once of ticket, which goes with the column ticket.code.',
      'constraint positive of ticket, which goes with the column ticket.code.',
      'foreign key of_other of ticket, which goes with the column ticket.code.',
      'index by_code, which goes with the column ticket.code.',
      'index by_expression, which goes with the column ticket.code.',
      'index by_more, which no entity declares.',
      'statistics object two, which goes with the column ticket.code.',
    ]);
    expect(back).toBe(start);
  });
});

/** What a revision makes by `op` of an index, which no decorator can say. */
const indexesMade: Readonly<Record<string, string>> = {
  i1: `columns: [{ expression: 'lower(state)' }]`,
  i2: `columns: [{ column: 'state', operatorClass: 'varchar_pattern_ops' }]`,
  i3: `columns: [{ column: 'state', order: 'desc' }]`,
  i4: `columns: [{ column: 'state', nulls: 'first' }]`,
  i5: `columns: [{ column: 'state', collation: 'C' }]`,
  i6: `columns: ['state'], include: ['id']`,
  i7: `columns: ['id', { expression: 'lower(state)' }], unique: true`,
};

test('indexes that a revision made, and that no entity can declare, stay; a plain one of its own is dropped', () => {
  const creations = Object.entries({ ...indexesMade, plain: `columns: ['state']` }).map(
    ([name, index]) => `await op.createIndex({ name: '${name}', table: 'ticket', ${index} });`,
  );
  const evolution = { before: ticket(''), after: ticket(`@Column({ default: 0 }) points!: number;`) };
  return evolve({ ...evolution, byHand: creations.join(' ') }, ({ source, start, end, back, again }) => {
    expect(source!.split('downgrade(op)')[0]!.match(/await op\.\w+/g)).toEqual([
      'await op.dropIndex',
      'await op.addColumn',
    ]);
    const made = (fingerprint: string) => linesAbout(fingerprint, /INDEX i\d /);
    expect(made(start)).toHaveLength(Object.keys(indexesMade).length);
    expect(made(end)).toEqual(made(start));
    expect(again).toEqual([]);
    expect(back).toBe(start);
  });
});

/** What a revision makes by `op` of a constraint, and what of it an entity can declare. */
const made: Readonly<Record<string, readonly [operation: string, declared: string]>> = {
  'a check that tables below do not inherit': [
    `await op.createCheckConstraint({ table: 'ticket', name: 'h1', expression: 'points > 0', noInherit: true })`,
    `@Check('h1', 'points > 0')`,
  ],
  'an exclusion with an operator class': [
    `await op.createExclusionConstraint({ table: 'ticket', name: 'h2', definition: 'USING btree (state varchar_pattern_ops WITH =) WHERE ((points > 9))', deferrable: 'initially deferred' })`,
    `@Exclusion('h2', 'USING btree (state varchar_pattern_ops WITH =) WHERE (points > 9)', { deferrable: 'INITIALLY DEFERRED' })`,
  ],
  'a unique constraint that includes a column': [
    `await op.createUniqueConstraint({ table: 'ticket', name: 'h3', columns: ['state'], include: ['points'] })`,
    `@Unique('h3', ['state'])`,
  ],
  'a unique constraint that is deferrable': [
    `await op.createUniqueConstraint({ table: 'ticket', name: 'h4', columns: ['points', 'state'], deferrable: 'initially immediate' })`,
    `@Unique('h4', ['points', 'state'], { deferrable: 'INITIALLY IMMEDIATE' })`,
  ],
};
const others = `
  await op.createCheckConstraint({ table: 'ticket', name: 'n1', expression: 'points > 0', notValid: true });
  await op.createForeignKey({ table: 'ticket', name: 'n2', columns: ['points', 'state'], references: { table: 'client', columns: ['a', 'b'] }, match: 'full', deferrable: 'initially deferred' });
  await op.createForeignKey({ table: 'ticket', name: 'n3', columns: ['points', 'state'], references: { table: 'client', columns: ['a', 'b'] }, notValid: true });
  ${nullsNotDistinct && `await op.createForeignKey({ table: 'ticket', name: 'n4', columns: ['points', 'state'], references: { table: 'client', columns: ['a', 'b'] }, onDelete: 'set null', onDeleteColumns: ['points'] });`}
  await op.dropConstraint({ table: 'ticket', name: 'pk' });
  await op.createPrimaryKey({ table: 'ticket', name: 'pk', columns: ['id'], deferrable: 'initially immediate' });`;
const client = `@Unique('ab', ['a', 'b']) @Entity('client') export class Client { @PrimaryColumn() id!: number; @Column() a!: number; @Column() b!: string }`;
const keyed = (columns: string, decorators = '') =>
  `${client} ${decorators} @Entity('ticket') export class Ticket { @PrimaryColumn({ primaryKeyConstraintName: 'pk' }) id!: number; @Column({ nullable: true }) points!: number; @Column({ nullable: true }) state!: string; ${columns} }`;
const more = `@Column({ default: 0 }) more!: number;`;
const named = /\.[hn]\d |\.pk /;

test('constraints that a revision made, and that no entity can declare, are neither dropped nor created again', () =>
  evolve(
    {
      before: keyed(''),
      after: keyed(more),
      byHand: `await op.createExtension({ name: 'btree_gist' }); ${others} ${made['a check that tables below do not inherit']![0]}; ${made['a unique constraint that includes a column']![0]}`,
    },
    ({ source, start, end, back, again }) => {
      expect(source!.match(/await op\.\w+/g)).toEqual(['await op.addColumn', 'await op.dropColumn']);
      expect(linesAbout(end, named)).toEqual(linesAbout(start, named));
      expect(again).toEqual([]);
      expect(back).toBe(start);
    },
  ));

test('nor are those that an entity declares as far as it can', () =>
  evolve(
    {
      before: keyed(''),
      after: keyed(
        more,
        Object.values(made)
          .map(([, declared]) => declared)
          .join(' '),
      ),
      byHand: `await op.createExtension({ name: 'btree_gist' }); ${others} ${Object.values(made)
        .map(([operation]) => operation)
        .join(';')}`,
    },
    ({ source, start, end, back, again }) => {
      expect(source!.match(/await op\.\w+/g)).toEqual(['await op.addColumn', 'await op.dropColumn']);
      expect(linesAbout(end, named)).toEqual(linesAbout(start, named));
      expect(again).toEqual([]);
      expect(back).toBe(start);
    },
  ));

if (testRun().serverMajor >= 18) {
  const client = `@Entity('client') export class Client { @PrimaryColumn() id!: number }`;
  const ticketOf = (columns: string) => `${client} @Check('few', 'points > 0') @Unique('once', ['points', 'during'])
    @Entity('ticket') export class Ticket { @PrimaryColumn({ primaryKeyConstraintName: 'pk' }) id!: number; @Column({ type: 'daterange' }) during!: string;
      @Column({ default: 0 }) points!: number; @ManyToOne(() => Client) @JoinColumn({ foreignKeyConstraintName: 'fk' }) client!: Relation<Client>; ${columns} }`;
  const notEnforced = `ALTER TABLE ticket ALTER CONSTRAINT fk NOT ENFORCED; ALTER TABLE ticket DROP CONSTRAINT few, ADD CONSTRAINT few CHECK (points > 0) NOT ENFORCED;
    ALTER TABLE ticket ADD CONSTRAINT fewer CHECK (points > 1) NOT ENFORCED, ADD FOREIGN KEY (points) REFERENCES client NOT ENFORCED;`;
  const temporal = `CREATE EXTENSION btree_gist; ALTER TABLE ticket DROP CONSTRAINT once, ADD CONSTRAINT once UNIQUE (points, during WITHOUT OVERLAPS),
    DROP CONSTRAINT pk, ADD CONSTRAINT pk PRIMARY KEY (id, during WITHOUT OVERLAPS), ADD CONSTRAINT other UNIQUE ("clientId", during WITHOUT OVERLAPS),
    ADD CONSTRAINT covered FOREIGN KEY (points, PERIOD during) REFERENCES ticket (id, PERIOD during);`;
  const withPeriod = (source: string) =>
    source.replace(`'daterange' }`, `'daterange', primary: true, primaryKeyConstraintName: 'pk' }`);
  test('constraints that somebody does not enforce stay so', () =>
    evolve(
      { before: ticketOf(''), after: ticketOf(`@Column({ default: 0 }) more!: number;`), others: notEnforced },
      ({ source, start, back, again }) => {
        expect(source!.match(/await op\.\w+/g)).toEqual(['await op.addColumn', 'await op.dropColumn']);
        expect(again).toEqual([]);
        expect(back).toBe(start);
      },
    ));
  test('keys of periods stay so', () =>
    evolve(
      {
        before: withPeriod(ticketOf('')),
        after: withPeriod(ticketOf(`@Column({ default: 0 }) more!: number;`)),
        others: temporal,
      },
      ({ source, start, back, again }) => {
        expect(source!.match(/await op\.\w+/g)).toEqual(['await op.addColumn', 'await op.dropColumn']);
        expect(again).toEqual([]);
        expect(back).toBe(start);
      },
    ));
  test('constraints that are not enforced come back so under another type', () =>
    evolve(
      {
        before: ticketOf(''),
        after: ticketOf('').replaceAll(
          '@PrimaryColumn() id!: number',
          `@PrimaryColumn({ type: 'varchar' }) id!: string`,
        ),
        others: notEnforced.replace(', ADD FOREIGN KEY (points) REFERENCES client NOT ENFORCED', ''),
      },
      ({ source, end, again }) => {
        expect(source).toMatch(/dropForeignKey[^]*createForeignKey[^]*notEnforced: true/);
        expect(linesAbout(end, /\.fk /)[0]).toContain('NOT ENFORCED');
        expect(again).toEqual([]);
      },
    ));
}

test('a declared check that rows were not checked against is validated, without a drop', () =>
  evolve(
    {
      before: keyed(''),
      after: keyed('', `@Check('n1', 'points > 0')`),
      byHand: `await op.createCheckConstraint({ table: 'ticket', name: 'n1', expression: 'points > 0', notValid: true })`,
    },
    ({ source, start, back, again }) => {
      expect(source!.split('downgrade(op)')[0]!.match(/await op\.\w+/g)).toEqual(['await op.validateConstraint']);
      expect(again).toEqual([]);
      expect(back).toBe(start);
    },
  ));

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

test('what rests on a relation that is not read is never dropped', () => {
  const relations = `CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere; CREATE FOREIGN TABLE afar (a integer, b integer) SERVER far;
    CREATE TABLE parted (id integer) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF parted DEFAULT`;
  const resting = `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER by_hand BEFORE INSERT ON afar FOR EACH ROW EXECUTE FUNCTION nothing(); CREATE STATISTICS by_hand ON a, b FROM afar;
    CREATE TRIGGER by_hand BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION nothing(); CREATE POLICY by_hand ON part;
    CREATE RULE by_hand AS ON DELETE TO part DO INSTEAD NOTHING; CREATE INDEX by_hand_too ON part (id); CREATE INDEX by_hand_three ON part ((id + 1))`;
  const evolution = { before: ticket(''), after: ticket(`@Column({ default: 0 }) points!: number;`) };
  return evolve({ ...evolution, others: `${relations}; ${resting}` }, ({ source, start, back, again }) => {
    expect(source!.match(/await op\.\w+/g)).toEqual(['await op.addColumn', 'await op.dropColumn']);
    expect(again).toEqual([]);
    expect(back).toBe(start);
  });
});
