import { expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { inverse, type Renames } from '../../src/compare/renames.ts';
import { introspect } from '../../src/database/introspect.ts';
import { statementsOf, type Operation } from '../../src/objects/kinds.ts';
import { evolve } from '../dependents/evolution.ts';
import { catalogFingerprint, withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const everything = { schemas: ['public', 's'] };

/** Names that change hands by explicit renames: the structure before and after, and what each table holds then. */
interface Exchange {
  readonly before: string;
  readonly after: string;
  readonly rows: string;
  readonly renames: Renames;
  /** Queries of what must be there after, each with its answer. */
  readonly holds: Readonly<Record<string, unknown>>;
  /** What is added under a name that a rename sets free. */
  readonly adds?: RegExp;
}

const [longTable, longColumn] = ['t'.repeat(58), 'c'.repeat(60)];

const exchanges: Readonly<Record<string, Exchange>> = {
  'two tables': {
    before: `CREATE TABLE a (id serial PRIMARY KEY, one text); CREATE TABLE b (id int PRIMARY KEY, two text, a int REFERENCES a)`,
    after: `CREATE TABLE b (id serial, one text, CONSTRAINT a_pkey PRIMARY KEY (id));
      CREATE TABLE a (id int, two text, a int, CONSTRAINT b_pkey PRIMARY KEY (id), CONSTRAINT b_a_fkey FOREIGN KEY (a) REFERENCES b)`,
    rows: `INSERT INTO a VALUES (1, 'a'); INSERT INTO b VALUES (2, 'b', 1)`,
    renames: { tables: { a: 'b', b: 'a' } },
    holds: { 'SELECT one AS is FROM b': 'a', 'SELECT two AS is FROM a': 'b' },
  },
  'three tables in a ring, and one behind it': {
    before: `CREATE TABLE a (one text); CREATE TABLE b (two text); CREATE TABLE c (three text); CREATE TABLE d (four text)`,
    after: `CREATE TABLE b (one text); CREATE TABLE c (two text); CREATE TABLE a (three text); CREATE TABLE e (four text)`,
    rows: `INSERT INTO a VALUES ('a'); INSERT INTO b VALUES ('b'); INSERT INTO c VALUES ('c'); INSERT INTO d VALUES ('d')`,
    renames: { tables: { a: 'b', b: 'c', c: 'a', d: 'e' } },
    holds: {
      'SELECT one AS is FROM b': 'a',
      'SELECT two AS is FROM c': 'b',
      'SELECT three AS is FROM a': 'c',
      'SELECT four AS is FROM e': 'd',
    },
  },
  'a chain, told from its beginning': {
    before: `CREATE TABLE a (one text); CREATE TABLE b (two text)`,
    after: `CREATE TABLE b (one text); CREATE TABLE c (two text)`,
    rows: `INSERT INTO a VALUES ('a'); INSERT INTO b VALUES ('b')`,
    renames: { tables: { a: 'b', b: 'c' } },
    holds: { 'SELECT one AS is FROM b': 'a', 'SELECT two AS is FROM c': 'b' },
  },
  'a table that moves past tables of both names on its way': {
    before: `CREATE SCHEMA s; CREATE TABLE a (one text); CREATE TABLE b (two text); CREATE TABLE s.a (three text)`,
    after: `CREATE SCHEMA s; CREATE TABLE s.b (one text); CREATE TABLE b (two text); CREATE TABLE s.a (three text)`,
    rows: `INSERT INTO a VALUES ('a')`,
    renames: { tables: { a: 's.b' } },
    holds: { 'SELECT one AS is FROM s.b': 'a' },
  },
  'two columns of a table that moves, with enums that go by the names of both': {
    before: `CREATE SCHEMA s; CREATE TYPE a_x_enum AS ENUM ('one'); CREATE TYPE a_y_enum AS ENUM ('two'); CREATE TABLE a (x a_x_enum, y a_y_enum)`,
    after: `CREATE SCHEMA s; CREATE TYPE s.a_y_enum AS ENUM ('one'); CREATE TYPE s.a_x_enum AS ENUM ('two'); CREATE TABLE s.a (y s.a_y_enum, x s.a_x_enum)`,
    rows: `INSERT INTO a VALUES ('one', 'two')`,
    renames: { tables: { a: 's.a' }, columns: { 'a.x': 'y', 'a.y': 'x' } },
    holds: { 'SELECT y AS is FROM s.a': 'one', 'SELECT x AS is FROM s.a': 'two' },
  },
  'an enum that moves past tables of both names on its way': {
    before: `CREATE SCHEMA s; CREATE TYPE a_x_enum AS ENUM ('one'); CREATE TABLE a (x a_x_enum); CREATE TABLE s.a_x_enum (); CREATE TABLE b_x_enum ()`,
    after: `CREATE SCHEMA s; CREATE TYPE s.b_x_enum AS ENUM ('one'); CREATE TABLE s.b (x s.b_x_enum); CREATE TABLE s.a_x_enum (); CREATE TABLE b_x_enum ()`,
    rows: `INSERT INTO a VALUES ('one')`,
    renames: { tables: { a: 's.b' } },
    holds: { 'SELECT x AS is FROM s.b': 'one' },
  },
  'tables of two schemas': {
    before: `CREATE SCHEMA s; CREATE TABLE a (one text); CREATE TABLE s.a (two text)`,
    after: `CREATE SCHEMA s; CREATE TABLE s.a (one text); CREATE TABLE a (two text)`,
    rows: `INSERT INTO a VALUES ('a'); INSERT INTO s.a VALUES ('s.a')`,
    renames: { tables: { a: 's.a', 's.a': 'a' } },
    holds: { 'SELECT one AS is FROM s.a': 'a', 'SELECT two AS is FROM a': 's.a' },
  },
  'columns of two tables that change names': {
    before: `CREATE TABLE a (x text, y int); CREATE TABLE b (x text)`,
    after: `CREATE TABLE b (y text, x int); CREATE TABLE a (z text)`,
    rows: `INSERT INTO a VALUES ('x', 7); INSERT INTO b VALUES ('b')`,
    renames: { tables: { a: 'b', b: 'a' }, columns: { 'a.x': 'y', 'a.y': 'x', 'b.x': 'z' } },
    holds: { 'SELECT y AS is FROM b': 'x', 'SELECT x AS is FROM b': 7, 'SELECT z AS is FROM a': 'b' },
  },
  labels: {
    before: `CREATE TYPE mood AS ENUM ('new', 'x.y', 'done'); CREATE TABLE t (mood mood DEFAULT 'new')`,
    after: `CREATE TYPE mood AS ENUM ('x.y', 'done', 'new'); CREATE TABLE t (mood mood DEFAULT 'x.y')`,
    rows: `INSERT INTO t DEFAULT VALUES`,
    renames: { enumLabels: { 'mood.new': '"x.y"', 'mood."x.y"': 'done', 'mood.done': 'new' } },
    holds: { 'SELECT mood AS is FROM t': 'x.y' },
  },
  'a column whose name a new one takes': {
    before: `CREATE TABLE t (a int, n serial)`,
    after: `CREATE TABLE t (b int, n serial, a text DEFAULT 'new')`,
    rows: `INSERT INTO t VALUES (7)`,
    renames: { columns: { 't.a': 'b' } },
    holds: { 'SELECT b AS is FROM t': 7, 'SELECT a AS is FROM t': 'new' },
    adds: /addColumn/,
  },
  'a table whose name a new one takes': {
    before: `CREATE TABLE a (one text, CONSTRAINT k UNIQUE (one))`,
    after: `CREATE TABLE b (one text, CONSTRAINT k UNIQUE (one)); CREATE TABLE a (id serial PRIMARY KEY, two int)`,
    rows: `INSERT INTO a VALUES ('a')`,
    renames: { tables: { a: 'b' } },
    holds: { 'SELECT one AS is FROM b': 'a' },
    adds: /createTable/,
  },
  'names whose ends do not fit into those of their sequences': {
    before: `CREATE TABLE ${longTable} (id serial, n int GENERATED ALWAYS AS IDENTITY); CREATE TABLE u (${longColumn} serial)`,
    after: `CREATE TABLE ${longTable}x (id serial, n int GENERATED ALWAYS AS IDENTITY); CREATE TABLE u (${longColumn}x serial)`,
    rows: `INSERT INTO ${longTable} DEFAULT VALUES; INSERT INTO u DEFAULT VALUES`,
    renames: { tables: { [longTable]: `${longTable}x` }, columns: { [`u.${longColumn}`]: `${longColumn}x` } },
    holds: { [`SELECT id AS is FROM ${longTable}x`]: 1, [`SELECT ${longColumn}x AS is FROM u`]: 1 },
  },
  enums: {
    before: `CREATE TYPE one AS ENUM ('a', 'b'); CREATE TYPE two AS ENUM ('c'); CREATE TABLE t (x one, y two)`,
    after: `CREATE TYPE two AS ENUM ('a', 'b'); CREATE TYPE one AS ENUM ('c'); CREATE TABLE t (x two, y one)`,
    rows: `INSERT INTO t VALUES ('b', 'c')`,
    renames: { enums: { one: 'two', two: 'one' } },
    holds: { 'SELECT x AS is FROM t': 'b' },
  },
};

const apply = async (database: TestDatabase, operations: readonly Operation[]) => {
  for (const { sql } of operations.flatMap(each => statementsOf(each))) await database.query(sql);
};

test.each(shareOfToday(Object.entries(exchanges), 4))(
  'explicit renames exchange names and keep rows: %s',
  (_, exchange) =>
    withDatabase(database =>
      withDatabase(async wanted => {
        await wanted.query(exchange.after);
        await database.query(exchange.before);
        await database.query(exchange.rows);
        const start = await catalogFingerprint(database);
        const [before, after] = [await introspect(database, everything), await introspect(wanted, everything)];
        const renames = exchange.renames;
        const operations = compare(before, after, { renames });
        const others = operations.filter(({ op }) => /drop|create|add/.test(op)).map(({ op }) => op);
        expect(others.filter(op => !exchange.adds?.test(op))).toEqual([]);
        await apply(database, operations);
        expect(await catalogFingerprint(database)).toBe(await catalogFingerprint(wanted));
        for (const [query, is] of Object.entries(exchange.holds)) expect(await database.query(query)).toEqual([{ is }]);
        await apply(database, compare(after, before, { renames: inverse(renames) }));
        expect(await catalogFingerprint(database)).toBe(start);
      }),
    ),
);

test('a rename that was made before is passed over, there and back', () =>
  evolve(
    {
      before: `@Entity('b') export class B { @PrimaryColumn() id!: number; @Column() y!: string }
        @Entity('c') export class C { @PrimaryColumn() id!: number }`,
      after: `@Entity('b') export class B { @PrimaryColumn() id!: number; @Column() y!: string }
        @Entity('d') export class D { @PrimaryColumn() id!: number } @Entity('a') export class A { @PrimaryColumn() id!: number }`,
      renames: { tables: { a: 'b', c: 'd' }, columns: { 'b.x': 'y' } },
    },
    ({ source, start, back, again }) => {
      expect(source).toContain("op.renameTable({ from: 'c', to: 'd' })");
      expect(source!.match(/op\.(drop|create)\w+/g)).toEqual(['op.createTable', 'op.dropTable']);
      expect([back, again]).toEqual([start, []]);
    },
  ));

const member = (
  schema: string,
) => `@Entity({ name: 'member', schema: '${schema}' }) @Check('"fee" >= 0') @Check("state in ('a', 'b')")
  @Index('partial', ['fee'], { where: "kind = 'a'" }) export class Member { @PrimaryColumn() id!: number; @Column() state!: string;
  @Column({ type: 'numeric', precision: 8, scale: 2 }) fee!: string; @Column({ type: 'enum', enum: ['a', 'b'], default: 'a' }) kind!: string;
  @Column({ type: 'boolean', asExpression: "state in ('a', 'b')", generatedType: 'STORED' }) flag!: boolean }`;

const moves = [
  ['public', 'folk'],
  ['people', 'folk'],
  ['people', 'public'],
] as const;
test.each(shareOfToday(moves))(
  'a table and its enum move from %s to %s, and nothing on them is made anew',
  (from, to) =>
    evolve(
      {
        before: member(from),
        after: member(to),
        renames: { tables: { [`${from}.member`]: `${to}.member` } },
      },
      ({ source, start, back, again }) => {
        expect(source!.match(/op\.(drop(?!Schema)|create(?!Schema)|alter)\w+/g)).toBeNull();
        expect([back, again]).toEqual([start, []]);
      },
    ),
);

/** Entities of a table with a key of its own, and whatever else, on column `a`. */
const entity = (name: string, of: string, parts = '', columns = '') =>
  `@Entity(${of}) ${parts} export class ${name} { @PrimaryGeneratedColumn() id!: number; @Column({ nullable: true }) a!: number; ${columns} }`;

const [own, moved, other] = ["{ name: 't' }", "{ name: 't', schema: 's' }", "{ name: 'u' }"];
const [named, more] = ["@Index('i', ['a']) @Unique('k', ['id', 'a'])", '@Column({ nullable: true }) more!: string'];
const stands = entity('Stands', "{ name: 'stands', schema: 's' }");

/** What moves by explicit renames, with what has or gets the name of one of its indexes or keys. */
const namesMovedAlong: Readonly<Record<string, Parameters<typeof evolve>[0] & { readonly renames: Renames }>> = {
  'a new table takes its name': {
    before: stands + entity('T', own, named),
    after: stands + entity('T', moved, named) + entity('U', own, '', more),
    renames: { tables: { t: 's.t' } },
  },
  'another table takes its name': {
    before: stands + entity('T', own, named) + entity('U', other, '', more),
    after: stands + entity('T', moved, named) + entity('U', own, '', more),
    renames: { tables: { t: 's.t', u: 't' } },
  },
  'another table gives it its name': {
    before: entity('T', moved, named) + entity('U', own, '', more),
    after: stands + entity('T', own, named) + entity('U', other, '', more),
    renames: { tables: { 's.t': 't', t: 'u' } },
  },
  'another table gets an index and a key of these names': {
    before: stands + entity('T', own, named) + entity('U', other),
    after: stands + entity('T', moved, named) + entity('U', other, named),
    renames: { tables: { t: 's.t' } },
  },
  'another table loses an index and a key of these names': {
    before: stands + entity('T', moved, named) + entity('U', other, named),
    after: stands + entity('T', own, named) + entity('U', other),
    renames: { tables: { 's.t': 't' } },
  },
  'a table of the other schema changes places with it': {
    before: stands + entity('T', own, named) + entity('U', moved, named, more),
    after: stands + entity('T', moved, named) + entity('U', own, named, more),
    renames: { tables: { t: 's.t', 's.t': 't' } },
  },
  'a view with the name of its index goes': {
    before: `${stands} ${entity('T', moved, named)} @ViewEntity({ name: 'i', expression: 'SELECT 1 AS one' }) export class V { @ViewColumn() one!: number }`,
    after: stands + entity('T', own, named),
    renames: { tables: { 's.t': 't' } },
  },
  'a view with the name of an index that others made on it goes': {
    before: `${stands} ${entity('T', moved)} @ViewEntity({ name: 'x', expression: 'SELECT 1 AS one' }) export class V { @ViewColumn() one!: number }`,
    after: stands + entity('T', own),
    others: 'CREATE INDEX x ON s.t (a)',
    renames: { tables: { 's.t': 't' } },
  },
  'it has an index of others, and a key of the same name goes': {
    before: stands + entity('T', moved) + entity('U', other, "@Unique('x', ['id', 'a'])"),
    after: stands + entity('T', own) + entity('U', other),
    others: 'CREATE INDEX x ON s.t (a)',
    renames: { tables: { 's.t': 't' } },
  },
};

test.each(shareOfToday(Object.entries(namesMovedAlong), 2))(
  'indexes and keys move along with a table: %s',
  (_, evolution) =>
    evolve(evolution, ({ start, back, again, source, end }) => {
      expect(source).toContain('op.moveTable({');
      expect(end).not.toContain('__replaced');
      expect([back, again]).toEqual([start, []]);
    }),
);

test('a name that a moved index needs and that others keep is refused', () =>
  expect(
    evolve(
      {
        before: entity('T', moved, named) + stands + entity('U', other),
        after: entity('T', own, named) + stands + entity('U', other),
        others: 'CREATE INDEX i ON u (a)',
        renames: { tables: { 's.t': 't' } },
      },
      () => {},
    ),
  ).rejects.toThrow('The entities need index i of t, and the database has index i of u, which stays'));
