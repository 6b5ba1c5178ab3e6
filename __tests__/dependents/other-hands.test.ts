import { describe, expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { testRun } from '../support/test-run.ts';
import { createRunner, silent } from 'typeorm-alembic';
import { entitiesFrom } from '../support/entities-from.ts';
import { evolve, imports } from './evolution.ts';
import { aside, asideKey, examine, ticket, type Case } from './examine.ts';

const { serverMajor } = testRun();

const oneKey = ticket(`@PrimaryColumn() id!: number; @Column() code!: string; @Column() title!: string;`);
const anotherKey = ticket(`@PrimaryColumn() id!: number; @PrimaryColumn() code!: string; @Column() title!: string;`);
const unique = (options: string) => ticket(`@PrimaryColumn() id!: number; @Column() code!: string;`, options);
const byConstraint = unique(`@Unique('code_once', ['code'])`);
const byIndex = unique(`@Index('code_index', ['code'], { unique: true })`);
const byBoth = unique(`@Unique('code_once', ['code']) @Index('code_index', ['code'], { unique: true })`);
const serial = ticket('@PrimaryGeneratedColumn() id!: number;');
const plainKey = ticket('@PrimaryColumn() id!: number;');
const note = `@Entity('note') export class Note { @PrimaryGeneratedColumn() id!: number; @Column({ unique: true }) text!: string }`;

const keys: Readonly<Record<string, Case>> = {
  'a view that groups by a key which gets another column': {
    before: oneKey,
    after: anotherKey,
    others: 'CREATE VIEW report AS SELECT id, title FROM ticket GROUP BY id',
    refused: /view report depends on the primary key of ticket/,
  },
  'a view that groups by a key which loses a column': {
    before: anotherKey,
    after: oneKey,
    others: `CREATE VIEW report AS SELECT id, code, title FROM ticket GROUP BY id, code; GRANT SELECT ON report TO pg_monitor`,
    does: /dropView[^]*dropConstraint[^]*createView/,
  },
  'a materialized view that groups by it': {
    before: anotherKey,
    after: oneKey,
    others: `CREATE MATERIALIZED VIEW report AS SELECT id, code, title FROM ticket GROUP BY id, code`,
    does: /dropMaterializedView[^]*dropConstraint[^]*createMaterializedView/,
  },
  'a view of a schema that is not read, that groups by a key': {
    before: anotherKey,
    after: oneKey,
    others: `${aside} CREATE VIEW aside.report AS SELECT id, code, title FROM ticket GROUP BY id, code`,
    refused: /view aside\.report depends on constraint ticket\."?PK_/,
  },
  'a foreign key of a schema that is not read, on a primary key': {
    before: oneKey,
    after: anotherKey,
    others: asideKey('id', 'integer'),
    refused: /constraint remark_ticket .*depends on constraint ticket\."?PK_/,
  },
  'a foreign key of a schema that is not read, on a unique constraint': {
    before: byConstraint,
    after: unique(''),
    others: asideKey('code', 'varchar'),
    refused: /constraint remark_ticket .*depends on constraint ticket\.code_once/,
  },
  'a foreign key of a schema that is not read, on a unique index': {
    before: byIndex,
    after: unique(''),
    others: asideKey('code', 'varchar'),
    refused: /constraint remark_ticket .*depends on relation code_index/,
  },
  'a foreign key on a unique constraint that goes for good': {
    before: byConstraint,
    after: unique(''),
    others: `CREATE TABLE remark (ticket varchar CONSTRAINT remark_ticket REFERENCES ticket (code))`,
    refused: /foreign key remark_ticket of remark depends on a key of ticket \(code\)/,
  },
  'a foreign key that rests on the index, and the index goes': {
    before: byIndex,
    after: byConstraint,
    others: `CREATE TABLE remark (ticket varchar CONSTRAINT remark_ticket REFERENCES ticket (code));
      ALTER TABLE ticket ADD CONSTRAINT code_once UNIQUE (code)`,
    does: /dropForeignKey[^]*dropIndex[^]*createForeignKey/,
  },
  'a foreign key that rests on the constraint, and the index goes': {
    before: byBoth,
    after: byConstraint,
    others: `CREATE TABLE remark (ticket varchar CONSTRAINT remark_ticket REFERENCES ticket (code))`,
    does: /dropIndex/,
  },
  'a foreign key that rests on the constraint, and the constraint goes': {
    before: byBoth,
    after: byIndex,
    others: `CREATE TABLE remark (ticket varchar CONSTRAINT remark_ticket REFERENCES ticket (code))`,
    does: /dropConstraint/,
  },
};

describe('what others made on a key that goes', () => {
  test.each(shareOfToday(Object.entries(keys)))('%s', (_, each) => examine(each));
});

const fed: Readonly<Record<string, Case>> = {
  'a default of another table that takes numbers from the column': {
    before: serial,
    after: plainKey,
    others: `CREATE TABLE remark (id integer DEFAULT nextval('ticket_id_seq'))`,
    refused: /default value for column id of table remark depends on the sequence of ticket\.id/,
  },
  'the same of a schema that is not read, on a table that is dropped': {
    before: `${oneKey} ${note}`,
    after: oneKey,
    others: `${aside} CREATE TABLE aside.remark (id integer DEFAULT nextval('note_id_seq'))`,
    refused: /default value for column id of table aside\.remark depends on relation note/,
  },
  'a foreign key of the same schema, on a table that is dropped': {
    before: `${oneKey} ${note}`,
    after: oneKey,
    others: 'CREATE TABLE remark (note integer CONSTRAINT remark_note REFERENCES note)',
    refused: /foreign key remark_note of remark depends on relation note, which is dropped/,
  },
  'the same, on a table that becomes a view': {
    before: `${oneKey} ${note}`,
    after: `${oneKey} @ViewEntity({ name: 'note', expression: 'SELECT 1 AS id' }) export class Note { @ViewColumn() id!: number }`,
    others: 'CREATE TABLE remark (note integer CONSTRAINT remark_note REFERENCES note)',
    refused: /foreign key remark_note of remark depends on a key of note \(id\), and there is none/,
  },
  'a function that takes rows of a table that is dropped': {
    before: `${oneKey} ${note}`,
    after: oneKey,
    others: `CREATE FUNCTION words(note) RETURNS text LANGUAGE sql AS 'SELECT $1.text'`,
    refused: /function words\(note\) depends on relation note/,
  },
  'a column of the row type of a table that is dropped': {
    before: `${oneKey} ${note}`,
    after: oneKey,
    others: `${aside} CREATE TABLE aside.log (was note)`,
    refused: /column was of table aside\.log depends on relation note/,
  },
  'a foreign key on a unique column that is dropped': {
    before: byConstraint,
    after: ticket('@PrimaryColumn() id!: number;'),
    others: asideKey('code', 'varchar'),
    refused: /constraint remark_ticket .*depends on (constraint ticket\.code_once|column ticket\.code)/,
  },
};

describe('what others made on what goes along with it', () => {
  test.each(shareOfToday(Object.entries(fed)))('%s', (_, each) => examine(each));
});

const elsewhere = `@Entity({ name: 'book', schema: 'gone' }) export class Book { @PrimaryGeneratedColumn() id!: number;
  @Column({ type: 'enum', enum: ['a', 'b'], enumName: 'sort' }) sort!: string }`;

describe('a schema stays while anything of others is in it', () => {
  const contents: Readonly<Record<string, string>> = {
    'a table': 'CREATE TABLE gone.dba_table (id serial)',
    'a view': 'CREATE VIEW gone.dba_view AS SELECT 1 AS one',
    'a function': `CREATE FUNCTION gone.one() RETURNS integer LANGUAGE sql AS 'SELECT 1'`,
    'a domain': 'CREATE DOMAIN gone.word AS text',
    'an enum': `CREATE TYPE gone.mood AS ENUM ('fine')`,
    'a composite type': 'CREATE TYPE gone.pair AS (a integer, b integer)',
    'a sequence': 'CREATE SEQUENCE gone.numbers',
    'a text search configuration': 'CREATE TEXT SEARCH CONFIGURATION gone.words (COPY = simple)',
  };
  test.each(shareOfToday(Object.entries(contents)))('%s', (_, others) =>
    examine({ before: `${oneKey} ${elsewhere}`, after: oneKey, others, does: /dropTable/, doesNot: /dropSchema/ }),
  );
  test('and goes where nothing is', () =>
    examine({ before: `${oneKey} ${elsewhere}`, after: oneKey, does: /dropTable[^]*dropSchema/ }));
  test('and goes when its last table moves', () =>
    examine({
      before: elsewhere,
      after: elsewhere.replace(`, schema: 'gone'`, '').replace(`enumName: 'sort'`, `enumName: 'sort'`),
      renames: { tables: { 'gone.book': 'book' } },
      does: /moveTable[^]*dropSchema/,
    }));
});

test('a foreign key of a revision goes from an unmanaged table with the table that it refers to, and its column stays', () =>
  examine({
    before: `${oneKey} ${note}`,
    after: oneKey,
    byHand: `await op.execute('CREATE TABLE here_before (id integer, note_id integer)');
      await op.createForeignKey({ name: 'of_note', table: 'here_before', columns: ['note_id'], references: { table: 'note', columns: ['id'] } });`,
    does: /dropForeignKey[^]*dropTable/,
    doesNot: /dropColumn|dropTable\(\{ name: 'here_before/,
  }));

if (serverMajor >= 14)
  test('a function with a body in SQL on a table that is dropped', () =>
    examine({
      before: `${oneKey} ${note}`,
      after: oneKey,
      others: 'CREATE FUNCTION words() RETURNS SETOF varchar BEGIN ATOMIC SELECT text FROM note; END',
      refused: /function words\(\) depends on relation note/,
    }));

describe('what comes back is where it was', () => {
  const typed = (type: string) => ticket(`@PrimaryColumn() id!: number; @Column({ type: '${type}' }) state!: string;`);
  test('a trigger and a rule of each tenant', async () => {
    const others = `CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER watch BEFORE UPDATE OF state ON ticket FOR EACH ROW WHEN (NEW.state <> '') EXECUTE FUNCTION nothing();
      CREATE RULE quiet AS ON UPDATE TO ticket WHERE NEW.state = 'quiet' DO INSTEAD NOTHING`;
    await evolve(
      { before: typed('varchar'), after: typed('text'), others },
      async ({ database, directory, source }) => {
        expect(source).toMatch(/dropTrigger[^]*dropRule|dropRule[^]*dropTrigger/);
        expect(source).not.toContain('public.');
        const entities = [...entitiesFrom(imports + typed('text'))] as never[];
        const tenant = createRunner(
          database.dataSource({ schema: 'tenant', entities }),
          {},
          { directory, logger: silent },
        );
        await database.query('CREATE SCHEMA tenant');
        await tenant.upgrade('0000');
        await database.query(`SET search_path TO tenant; ${others}; RESET search_path`);
        await tenant.upgrade();
        const found = await database.query(`SELECT tgname AS name, tgrelid::regclass::text AS table FROM pg_trigger
        UNION ALL SELECT rulename, ev_class::regclass::text FROM pg_rewrite WHERE ev_class = ANY('{ticket,tenant.ticket}'::regclass[]) ORDER BY 1, 2`);
        expect(found).toEqual([
          { name: 'quiet', table: 'tenant.ticket' },
          { name: 'quiet', table: 'ticket' },
          { name: 'watch', table: 'tenant.ticket' },
          { name: 'watch', table: 'ticket' },
        ]);
      },
    );
  });

  test('an index by operators and a collation of another schema', () =>
    examine({
      before: typed('varchar'),
      after: plainKey,
      others: `CREATE SCHEMA ext; CREATE COLLATION ext."Plain" (locale = 'C');
        CREATE OPERATOR CLASS ext.by_text FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=,
          OPERATOR 5 >, FUNCTION 1 bttextcmp(text, text);
        CREATE INDEX by_hand ON ticket (state COLLATE ext."Plain" ext.by_text)`,
      does: /dropIndex/,
    }));
});
