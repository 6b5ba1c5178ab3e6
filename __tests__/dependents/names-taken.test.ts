import { describe, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { examine, ticket } from './examine.ts';

const oneKey = ticket(`@PrimaryColumn() id!: number; @Column() code!: string; @Column() title!: string;`);
const note = `@Entity('note') export class Note { @PrimaryGeneratedColumn() id!: number; @Column({ unique: true }) text!: string }`;
const elsewhere = `@Entity({ name: 'book', schema: 'gone' }) export class Book { @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'enum', enum: ['a', 'b'], enumName: 'sort' }) sort!: string }`;

describe('a name that is taken is not created again', () => {
  const report = `@Entity('report') export class Report { @PrimaryColumn() id!: number; }`;
  const named = (taken: string) => new RegExp(`need table report, and the database has ${taken}, which stays`);
  const taken: Readonly<Record<string, readonly [sql: string, refused: RegExp]>> = {
    'by a view': ['CREATE VIEW report AS SELECT 1 AS one', named('view report')],
    'by a materialized view': ['CREATE MATERIALIZED VIEW report AS SELECT 1 AS one', named('materialized view report')],
    'by an index': ['CREATE INDEX report ON ticket (title)', named('index report')],
    'by a sequence': ['CREATE SEQUENCE report', named('sequence report')],
    'by the sequence of a table': [
      'CREATE TABLE log (id serial); ALTER SEQUENCE log_id_seq RENAME TO report',
      named('sequence report'),
    ],
    'by a key': ['CREATE TABLE log (id integer CONSTRAINT report PRIMARY KEY)', named('constraint report of log')],
    'by a composite type': ['CREATE TYPE report AS (a integer)', named('composite type report')],
    'by a domain': ['CREATE DOMAIN report AS text', named('type report')],
    'by an enum': [`CREATE TYPE report AS ENUM ('a')`, named('enum report')],
    'by a foreign table': [
      'CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere; CREATE FOREIGN TABLE report (a integer) SERVER far',
      named('foreign table report'),
    ],
  };
  const far = 'CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere';
  const beside = 'ALTER TABLE ticket RENAME TO ticket_data';
  const replaced: Readonly<Record<string, readonly [sql: string, has: string, more: string]>> = {
    'a view over it under another name': [`${beside}; CREATE VIEW ticket AS TABLE ticket_data`, 'view ticket', 'stays'],
    'a materialized view': [
      `${beside}; CREATE MATERIALIZED VIEW ticket AS TABLE ticket_data`,
      'materialized view ticket',
      'stays',
    ],
    'a foreign table': [
      `${beside}; ${far}; CREATE FOREIGN TABLE ticket (id integer NOT NULL, code varchar NOT NULL, title varchar NOT NULL) SERVER far`,
      'foreign table ticket',
      'stays',
    ],
    'a table of an extension': [
      'CREATE EXTENSION citext; ALTER EXTENSION citext ADD TABLE ticket',
      'table ticket',
      'stays, being a member of the extension citext,',
    ],
  };
  test.each(shareOfToday(Object.entries(replaced)))(
    'by what has taken the place of a table, which an entity may leave as it is: %s',
    async (_, [others, has, more]) => {
      const refused = new RegExp(
        `need table ticket, and the database has ${has}, which ${more} and has .*synchronize: false`,
      );
      await examine({ before: oneKey, after: oneKey, others, refused });
      const left = oneKey.replace("@Entity('ticket'", "@Entity('ticket', { synchronize: false }");
      await examine({ before: oneKey, after: `${left} ${report}`, others, doesNot: /ticket/ });
      // Nor is it dropped for the table that a revision created under its name.
      await examine({ before: oneKey, after: report, others, doesNot: /ticket/ });
    },
  );
  test.each(shareOfToday(Object.entries(taken)))('%s', (_, [others, refused]) =>
    examine({ before: oneKey, after: `${oneKey} ${report}`, others, refused }),
  );
  const key = (decorators: string, code = '@Column() code!: string;') =>
    ticket(
      `@PrimaryColumn({ primaryKeyConstraintName: 'pk' }) id!: number; ${code} @Column() title!: string;`,
      decorators,
    );
  const target = `@Entity('code') export class Code { @PrimaryColumn() code!: string }`;
  const referring = `@ManyToOne(() => Code) @JoinColumn({ name: 'code', foreignKeyConstraintName: 'same' }) code!: Relation<Code>;`;
  test.each([
    ['a unique constraint', key(`@Unique('same', ['code'])`), /need unique constraint ticket\.same/],
    ['a check', key(`@Check('same', 'id > 1')`), /need check constraint ticket\.same/],
    ['a foreign key', key('', referring), /need foreign key constraint ticket\.same/],
  ])('that %s shall get, by another constraint of the table', (name, after, refused) =>
    examine({
      before: `${target} ${key('')}`,
      after: `${target} ${after}`,
      others: `ALTER TABLE ticket ADD CONSTRAINT same ${name === 'a check' ? 'UNIQUE (id, title) INCLUDE (code)' : 'CHECK (id < 100)'}`,
      refused,
    }),
  );
  test('and a check with the name of a column stays', () =>
    examine({
      before: key(''),
      after: key('', '@Column({ default: 7 }) code!: string;'),
      others: 'ALTER TABLE ticket ADD CONSTRAINT code CHECK (id < 100)',
      doesNot: /dropConstraint/,
    }));
  const fed = (name: string, columns = '', schema = '') =>
    `@Entity('${name}'${schema && `, { schema: '${schema}' }`}) export class Note { @PrimaryGeneratedColumn({ primaryKeyConstraintName: 'note_key' }) id!: number; ${columns} }`;
  test.each(
    shareOfToday([
      [
        'when its table is renamed',
        fed('note'),
        fed('memo'),
        'CREATE SEQUENCE memo_id_seq',
        { tables: { note: 'memo' } },
      ],
      [
        'when its table moves',
        fed('note') + elsewhere,
        fed('note', '', 'gone') + elsewhere,
        'CREATE SEQUENCE gone.note_id_seq',
        { tables: { note: 'gone.note' } },
      ],
      [
        'when its column is renamed',
        fed('note', `@Column() @Generated('increment') rank!: number;`),
        fed('note', `@Column() @Generated('increment') grade!: number;`),
        'CREATE SEQUENCE note_grade_seq',
        { columns: { 'note.rank': 'grade' } },
      ],
      [
        'when a column is numbered from now on',
        fed('note', '@Column() rank!: number;'),
        fed('note', `@Column() @Generated('increment') rank!: number;`),
        'CREATE SEQUENCE note_rank_seq',
        {},
      ],
      [
        'when a column is numbered from now on, and another one uses it',
        fed('note', '@Column() rank!: number;'),
        fed('note', `@Column() @Generated('increment') rank!: number;`),
        `CREATE SEQUENCE note_rank_seq; CREATE TABLE log (n integer DEFAULT nextval('note_rank_seq'))`,
        {},
      ],
      [
        'when a column is numbered from now on, and another one owns it',
        fed('note', '@Column() rank!: number; @Column({ default: 0 }) other!: number;'),
        fed('note', `@Column() @Generated('increment') rank!: number; @Column({ default: 0 }) other!: number;`),
        `CREATE SEQUENCE note_rank_seq AS integer OWNED BY note.other; ALTER TABLE note ALTER other SET DEFAULT nextval('note_rank_seq')`,
        {},
      ],
    ]),
  )('that a sequence shall get %s', (_, before, after, others, renames) =>
    examine({
      before,
      after,
      others,
      renames,
      refused: /need sequence .*(memo_id|note_id|note_grade|note_rank)_seq, and the database has sequence/,
    }),
  );
  test('that a table shall get', () =>
    examine({
      before: `${oneKey} ${note}`,
      after: `${oneKey} ${note.replace(`('note')`, `('report')`)}`,
      others: 'CREATE VIEW report AS SELECT 1 AS one',
      renames: { tables: { note: 'report' } },
      refused: /need table report, and the database has view report/,
    }));
  test('that an index shall get', () =>
    examine({
      before: oneKey,
      after: ticket(
        `@PrimaryColumn() id!: number; @Column() code!: string; @Index('report') @Column() title!: string;`,
      ),
      others: 'CREATE TABLE report (id integer)',
      refused: /need index report, and the database has table report/,
    }));
  test('unless PostgreSQL gives way', () =>
    examine({
      before: oneKey,
      after: `${oneKey} ${report.replace(`('report')`, `('_ticket')`)} ${note}`,
      others: 'CREATE SEQUENCE note_id_seq',
      does: /createTable/,
    }));
});

describe('a name that something has within a revision only is refused where it is taken', () => {
  const stated = (...labels: string[]) =>
    ticket(
      `@PrimaryColumn() id!: number; @Column({ type: 'enum', enum: ${JSON.stringify(labels)}, enumName: 'mood', nullable: true }) mood!: string;`,
    );
  const [more, fewer] = [stated('a', 'b', 'c'), stated('a', 'b')];
  const needed = (what: string, taken: string) =>
    new RegExp(`needs the name \\S+ for ${what} while another object takes its place, and the database has ${taken}`);
  const fed = (options: string) =>
    `@Entity('note') export class Note { @PrimaryGeneratedColumn({ ${options} primaryKeyConstraintName: 'note_key' }) id!: number; }`;
  const two = (names: readonly [string, string], schema = '') =>
    names
      .map(
        (name, i) =>
          `@Entity('${name}'${schema}) export class Named${i} { @PrimaryColumn({ primaryKeyConstraintName: 'key_${i}' }) id!: number; @Column() own${i}!: number }`,
      )
      .join('\n');
  const swapped = { tables: { one: 'two', two: 'one' } };
  const cases: readonly (readonly [string, Parameters<typeof examine>[0]])[] = [
    ...(
      [
        ['CREATE TABLE mood__replaced (x integer)', 'table mood__replaced'],
        ['CREATE VIEW mood__replaced AS SELECT 1 AS x', 'view mood__replaced'],
        ['CREATE TYPE mood__replaced AS (x integer)', 'composite type mood__replaced'],
        ['CREATE DOMAIN mood__replaced AS text; CREATE TABLE theirs (x mood__replaced)', 'type mood__replaced'],
        [`CREATE TYPE mood__replaced AS ENUM ('x'); CREATE TABLE theirs (x mood__replaced)`, 'type mood__replaced'],
      ] as const
    ).map(
      ([others, taken]) =>
        [`an enum, by ${taken}`, { before: more, after: fewer, others, refused: needed('enum mood', taken) }] as const,
    ),
    [
      'an enum in the downgrade',
      {
        before: fewer,
        after: more,
        others: 'CREATE TABLE mood__replaced (x integer)',
        refused: needed('enum mood', 'table mood__replaced'),
      },
    ],
    [
      'a sequence',
      {
        before: fed(''),
        after: fed(`type: 'integer', generatedIdentity: 'ALWAYS',`).replace(
          '@PrimaryGeneratedColumn({',
          `@PrimaryGeneratedColumn('identity', {`,
        ),
        others: 'CREATE TABLE note_id_seq__replaced (x integer)',
        refused: needed('the sequence of note\\.id', 'table note_id_seq__replaced'),
      },
    ],
    [
      'a table, by a type',
      {
        before: two(['one', 'two']),
        after: two(['two', 'one']),
        renames: swapped,
        others: 'CREATE DOMAIN one__replaced AS text; CREATE DOMAIN two__replaced AS text',
        refused: needed('table (one|two)', 'type (one|two)__replaced'),
      },
    ],
    [
      'a key',
      {
        before: two(['one', 'two']),
        after: two(['two', 'one']).replace('key_0', 'key_x').replace('key_1', 'key_0').replace('key_x', 'key_1'),
        renames: swapped,
        others: 'CREATE TABLE key_0__replaced (x integer); CREATE TABLE key_1__replaced (x integer)',
        refused: needed('constraint key_[01]', 'table key_[01]__replaced'),
      },
    ],
    [
      'a key, by nothing in its schema',
      {
        before: two(['one', 'two']),
        after: two(['two', 'one']).replace('key_0', 'key_x').replace('key_1', 'key_0').replace('key_x', 'key_1'),
        renames: swapped,
        others:
          'CREATE SCHEMA aside; CREATE TABLE aside.key_0__replaced (x integer); CREATE DOMAIN key_1__replaced AS text',
        does: /key_[01]__replaced/,
      },
    ],
    [
      'no column, which takes another name',
      {
        before: ticket('@PrimaryColumn() id!: number; @Column() a!: number; @Column() b!: string;'),
        after: ticket('@PrimaryColumn() id!: number; @Column() b!: number; @Column() a!: string;'),
        renames: { columns: { 'ticket.a': 'b', 'ticket.b': 'a' } },
        others: 'ALTER TABLE ticket ADD a__replaced integer, ADD b__replaced integer',
        does: /[ab]__replaced__replaced/,
      },
    ],
  ];
  test.each(shareOfToday(cases))('%s', (_, evolution) => examine(evolution));
});

describe('an enum of others with the name of a declared one', () => {
  const plain = ticket(`@PrimaryColumn() id!: number;`);
  const sorted = (...labels: string[]) =>
    ticket(
      `@PrimaryColumn() id!: number; @Column({ type: 'enum', enum: ${JSON.stringify(labels)}, enumName: 'sort', nullable: true }) sort!: string;`,
    );
  const theirs = `CREATE TYPE sort AS ENUM ('a', 'x'); CREATE TABLE theirs (id integer, sort sort)`;
  const refused =
    /need enum sort \('a', .*, and the database has enum sort \('a', 'x'\) of column theirs\.sort, which stays/;
  test.each([
    ['with a label less', theirs, sorted('a', 'b')],
    ['with a label more', theirs, sorted('a', 'x', 'b')],
    ['in another order, and in arrays', theirs.replace('sort sort', 'sort sort[]'), sorted('a', 'b', 'x')],
  ])('is refused where their table has it: %s', (_, others, after) =>
    examine({ before: plain, after, others, refused }),
  );

  test('serves both where it has the same labels', () =>
    examine({ before: plain, after: sorted('a', 'x'), others: theirs, doesNot: /Enum/ }));
  test('is replaced where nothing has it', () =>
    examine({
      before: plain,
      after: sorted('a', 'b'),
      others: `CREATE TYPE sort AS ENUM ('a', 'x')`,
      does: /createEnum/,
    }));
  test('follows the entities where the project made it', () =>
    examine({
      before: sorted('a', 'x'),
      after: sorted('a', 'b'),
      others: 'CREATE TABLE theirs (id integer, sort sort)',
      does: /table: 'theirs'/,
    }));
});
