import { describe, expect, test } from '@jest/globals';
import { compare, introspect, statementsOf, type Operation } from 'typeorm-alembic';
import { evolve } from '../dependents/evolution.ts';
import { catalogFingerprint, withDatabase, type TestDatabase } from '../support/index.ts';

const read = (database: TestDatabase) => introspect(database, { schemas: ['public', 'tools'] });

async function apply(database: TestDatabase, operations: readonly Operation[]): Promise<void> {
  for (const operation of operations) for (const { sql } of statementsOf(operation)) await database.query(sql);
}

const tools = 'CREATE SCHEMA tools;';
const table = 'CREATE TABLE ticket (id integer PRIMARY KEY);';

/** States of a database that differ in its extensions. */
const states = {
  none: tools,
  'in the own schema': `${tools} CREATE EXTENSION hstore VERSION '1.4'`,
  'in another schema': `${tools} CREATE EXTENSION hstore SCHEMA tools VERSION '1.4'`,
  'in another schema, with a column of its type': `${tools} CREATE EXTENSION hstore SCHEMA tools VERSION '1.4'; ALTER TABLE ticket ADD pairs tools.hstore`,
  'in its newest version': `${tools} CREATE EXTENSION hstore; ALTER EXTENSION hstore UPDATE`,
} as const;

async function build(database: TestDatabase, state: State): Promise<void> {
  await database.query('DROP SCHEMA IF EXISTS tools CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await database.query(table + states[state]);
}

type State = keyof typeof states;

/** PostgreSQL updates an extension; it has no way back to an older version. */
const isUpdate = (from: State, to: State) => from === 'in its newest version' && to !== from && to !== 'none';

const pairs = Object.keys(states).flatMap(from =>
  Object.keys(states).flatMap(to => (isUpdate(from as State, to as State) ? [] : [[from, to] as [State, State]])),
);

test('the difference between two databases makes one the other, and nothing is left to do', () =>
  withDatabase(database =>
    withDatabase(async other => {
      for (const [from, to] of pairs) {
        await build(database, from);
        await build(other, to);
        const after = await read(other);
        await apply(database, compare(await read(database), after));
        const [ends, wanted] = [await catalogFingerprint(database), await catalogFingerprint(other)];
        expect(`${from} → ${to}\n${ends}`).toBe(`${from} → ${to}\n${wanted}`);
        expect([from, to, compare(await read(database), after)]).toEqual([from, to, []]);
      }
    }),
  ));

const ticket = (columns: string) =>
  `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number; ${columns} }`;
const name = "@Column({ type: 'citext', nullable: true }) name!: string | null;";

describe('entities declare neither schema nor version', () => {
  test.each([
    ['in another version', "UPDATE pg_extension SET extversion = '1.0' WHERE extname = 'citext'"],
    ['in another schema', 'CREATE SCHEMA tools; ALTER EXTENSION citext SET SCHEMA tools'],
    ['one that nobody declares', 'CREATE SCHEMA tools; CREATE EXTENSION hstore SCHEMA tools'],
  ])('%s', (_, others) =>
    evolve(
      {
        before: ticket(`${name.replaceAll('name', 'alias')} @Column({ default: 0 }) points!: number;`),
        after: ticket(
          `${name.replaceAll('name', 'alias')} @Column({ default: 0 }) points!: number; @Column({ default: 1 }) rank!: number;`,
        ),
        others,
      },
      ({ source, start, back, again }) => {
        expect(source).not.toMatch(/Extension|alias/);
        expect(again).toEqual([]);
        expect(back).toBe(start);
      },
    ),
  );
});

test('the downgrade of what creates an extension says that it may have been there before', () =>
  evolve({ before: ticket(''), after: ticket(name) }, ({ source }) => {
    expect(source).toContain(
      '// Drops the extension citext, even if it was there before this revision: remove this where others use it.\n  await op.dropExtension',
    );
  }));
