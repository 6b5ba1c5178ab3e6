import { expect, test } from '@jest/globals';
import { createRunner, type Logger } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';
import { evolve } from './evolution.ts';

const source = `import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
  @Entity('ticket') export class Ticket {
    @PrimaryColumn({ primaryKeyConstraintName: 'ticket_pkey' }) id!: number;
    @Index('by_state') @Column() state!: string;
  }`;
const table = `CREATE TABLE ticket (id integer CONSTRAINT ticket_pkey PRIMARY KEY, state varchar NOT NULL);
  CREATE INDEX by_state ON ticket (state); INSERT INTO ticket VALUES (1, 'a');`;
const invalidate = (...names: readonly string[]) =>
  names.map(name => `UPDATE pg_index SET indisvalid = false WHERE indexrelid = '${name}'::regclass`).join(';');

/** What autogenerate writes and warns of. */
async function generate(database: TestDatabase) {
  const warnings: string[] = [];
  const logger: Logger = { info: () => {}, warn: message => void warnings.push(message) };
  const dataSource = database.dataSource({ entities: [...entitiesFrom(source)] as never[] });
  const options = { directory: '/nowhere', logger };
  const script = await autogenerate(dataSource, { message: 'm', ...options });
  const { operations } = await createRunner(dataSource, { allowNoRevisions: true }, options).check();
  expect(operations).toEqual(script?.upgrade ?? []);
  return { operations, warnings, source: script && renderRevision(script) };
}

/** REINDEX CONCURRENTLY as it fails: what an index computes cannot be computed any more. */
async function failReindex(database: TestDatabase, index: string): Promise<void> {
  const computing = (body: string) =>
    `CREATE OR REPLACE FUNCTION computed(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN ${body}; END $$`;
  await database.query(computing('RETURN $1'));
  await database.query(`CREATE INDEX ${index} ON ticket (computed(state))`);
  await database.query(computing(`RAISE 'broken'`));
  await expect(database.query(`REINDEX INDEX CONCURRENTLY ${index}`)).rejects.toThrow('broken');
}

test('what an interrupted REINDEX CONCURRENTLY leaves is named with what to do, and neither dropped nor taken for a declared index', () =>
  withDatabase(async database => {
    await database.query(table);
    await failReindex(database, 'by_hand');
    await database.query(
      `CREATE INDEX by_state_ccold ON ticket (state); CREATE UNIQUE INDEX ticket_pkey_ccnew1 ON ticket (id);
       DROP INDEX by_state; ${invalidate('by_state_ccold', 'ticket_pkey_ccnew1')}`,
    );
    const { operations, warnings } = await generate(database);
    expect(operations).toEqual([{ op: 'createIndex', name: 'by_state', table: 'ticket', columns: ['state'] }]);
    const told = [...new Set(warnings)].sort();
    expect(told).toEqual([
      'The index by_hand_ccnew of ticket is INVALID, so PostgreSQL does not use it: an interrupted REINDEX CONCURRENTLY left it beside the index that it was to replace; run `DROP INDEX CONCURRENTLY "by_hand_ccnew"`, and REINDEX INDEX CONCURRENTLY again.',
      'The index by_state_ccold of ticket is INVALID, so PostgreSQL does not use it: REINDEX CONCURRENTLY left it when its replacement was in place; run `DROP INDEX CONCURRENTLY "by_state_ccold"`.',
      'The index ticket_pkey_ccnew1 of ticket is INVALID, so PostgreSQL does not use it: an interrupted REINDEX CONCURRENTLY left it beside the index that it was to replace; run `DROP INDEX CONCURRENTLY "ticket_pkey_ccnew1"`, and REINDEX INDEX CONCURRENTLY again.',
    ]);
    for (const [, statement] of told.join('\n').matchAll(/run `(.*?)`/g)) await database.query(statement!);
    await database.query('CREATE INDEX by_state ON ticket (state)');
    expect(await generate(database)).toEqual({ operations: [], warnings: [], source: undefined });
  }));

test('a declared index that is INVALID is dropped and created again, with a word', () =>
  withDatabase(async database => {
    await database.query(table + invalidate('by_state'));
    const { operations, warnings, source } = await generate(database);
    expect(operations.map(({ op }) => op)).toEqual(['dropIndex', 'createIndex']);
    expect(source).toContain('// Drops the index by_state and creates it again below.');
    expect(warnings[0]).toContain('The index by_state of ticket is INVALID');
    expect(warnings[0]).toContain('the next revision drops it and creates it again');
  }));

const evolving = (columns: string) =>
  `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number; ${columns} }`;

test('one that nobody declares, on a table of the project, stays', () =>
  evolve(
    {
      before: evolving(''),
      after: evolving('@Column({ default: 0 }) points!: number;'),
      others: `CREATE UNIQUE INDEX by_hand ON ticket (id); ${invalidate('by_hand')}`,
    },
    ({ source, start, end, back, again }) => {
      expect(source).not.toContain('by_hand');
      expect(end).toContain('by_hand');
      expect(again).toEqual([]);
      expect(back).toBe(start);
    },
  ));
