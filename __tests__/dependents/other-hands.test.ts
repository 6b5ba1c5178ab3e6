import { describe, expect, test } from '@jest/globals';
import { testRun } from '../support/test-run.ts';
import { createRunner, silent } from 'typeorm-alembic';
import { entitiesFrom } from '../support/entities-from.ts';
import { evolve, imports, type Evolution } from './evolution.ts';

const { serverMajor } = testRun();

/** What the revision is for, and what others made before: it runs up, down and up again, or the error names the dependant. */
interface Case extends Evolution {
  /** What the error says; left out where the revision is written and runs. */
  readonly refused?: RegExp;
  /** What the upgrade must or must not do. */
  readonly does?: RegExp;
  readonly doesNot?: RegExp;
}

async function examine({ refused, does = /./, doesNot = /(?!)/, ...evolution }: Case): Promise<void> {
  if (refused) {
    await expect(evolve(evolution, () => {})).rejects.toThrow(refused);
    return;
  }
  await evolve(evolution, async ({ runner, source, start, back, again }) => {
    const upgrade = source?.split('function downgrade')[0] ?? '';
    expect(upgrade).toMatch(does);
    expect(upgrade).not.toMatch(doesNot);
    expect(back).toBe(start);
    expect(again).toEqual([]);
    await runner.upgrade();
    expect((await runner.check()).operations).toEqual([]);
  });
}

const ticket = (columns: string, options = '') => `@Entity('ticket') ${options} export class Ticket { ${columns} }`;
const oneKey = ticket(`@PrimaryColumn() id!: number; @Column() code!: string; @Column() title!: string;`);
const anotherKey = ticket(`@PrimaryColumn() id!: number; @PrimaryColumn() code!: string; @Column() title!: string;`);
const unique = (options: string) => ticket(`@PrimaryColumn() id!: number; @Column() code!: string;`, options);
const byConstraint = unique(`@Unique('code_once', ['code'])`);
const byIndex = unique(`@Index('code_index', ['code'], { unique: true })`);
const byBoth = unique(`@Unique('code_once', ['code']) @Index('code_index', ['code'], { unique: true })`);
const serial = ticket('@PrimaryGeneratedColumn() id!: number;');
const plainKey = ticket('@PrimaryColumn() id!: number;');
const note = `@Entity('note') export class Note { @PrimaryGeneratedColumn() id!: number; @Column({ unique: true }) text!: string }`;

const aside = 'CREATE SCHEMA aside;';
const asideKey = (column: string, type: string) =>
  `${aside} CREATE TABLE aside.remark (ticket ${type} CONSTRAINT remark_ticket REFERENCES ticket (${column}))`;

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
  test.each(Object.entries(keys))('%s', (_, each) => examine(each));
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
  test.each(Object.entries(fed))('%s', (_, each) => examine(each));
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
  test.each(Object.entries(contents))('%s', (_, others) =>
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

if (serverMajor >= 14)
  test('a function with a body in SQL on a table that is dropped', () =>
    examine({
      before: `${oneKey} ${note}`,
      after: oneKey,
      others: 'CREATE FUNCTION words() RETURNS SETOF varchar BEGIN ATOMIC SELECT text FROM note; END',
      refused: /function words\(\) depends on relation note/,
    }));

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
  test.each(Object.entries(taken))('%s', (_, [others, refused]) =>
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
  test.each([
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
  ])('that a sequence shall get %s', (_, before, after, others, renames) =>
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

describe('a constraint or an index of others that the new type has no operator for', () => {
  const state = (type: string) =>
    ticket(
      `@PrimaryColumn() id!: number; @Column({ type: '${type}', ${type === 'enum' ? `enum: ['a', 'b'], ` : ''} }) state!: string;`,
    );
  test.each([
    [
      'a check',
      `ALTER TABLE ticket ADD CONSTRAINT by_hand CHECK (state <> 'bad')`,
      /check by_hand of ticket depends on the type that ticket\.state had/,
    ],
    [
      'a partial index',
      `CREATE INDEX by_hand ON ticket (id) WHERE state <> 'bad'`,
      /index by_hand of ticket depends on the type that ticket\.state had/,
    ],
  ])('%s', (_, others, refused) => examine({ before: state('text'), after: state('enum'), others, refused }));
  test.each([
    ['a plain index', 'CREATE INDEX by_hand ON ticket (state)', /index by_hand/],
    ['an index that includes it', 'CREATE INDEX by_hand ON ticket (id) INCLUDE (state)', undefined],
    ['an index with operators', 'CREATE INDEX by_hand ON ticket (state varchar_pattern_ops)', /index by_hand/],
    [
      'a unique constraint',
      'ALTER TABLE ticket ADD CONSTRAINT by_hand UNIQUE (id, state) INCLUDE (code)',
      /unique by_hand/,
    ],
    [
      'a unique index with a foreign key on it',
      'CREATE UNIQUE INDEX by_hand ON ticket (state); CREATE TABLE remark (state varchar REFERENCES ticket (state))',
      /(remark_state_fkey|index by_hand)/,
    ],
    [
      'an exclusion',
      'CREATE EXTENSION btree_gist; ALTER TABLE ticket ADD CONSTRAINT by_hand EXCLUDE USING gist (code WITH <>, state WITH =)',
      /exclusion by_hand/,
    ],
  ])('%s, where the new type has none at all', (_, others, refused) => {
    const coded = (type: string) => state(type).replace('id!: number;', 'id!: number; @Column() code!: string;');
    return examine({ before: coded('varchar'), after: coded('json'), others, ...(refused && { refused }) });
  });
  test.each([
    ['that refers to it', asideKey('state', 'varchar'), /constraint remark_ticket .*depends on column ticket\.state/],
    [
      'that it refers to',
      `${aside} CREATE TABLE aside.word (word varchar PRIMARY KEY); ALTER TABLE ticket ADD CONSTRAINT to_word FOREIGN KEY (state) REFERENCES aside.word`,
      /foreign key to_word cannot be made: ticket\.state is of type integer, and aside\.word\.word, .* of type character varying/,
    ],
  ])('a foreign key of a schema that is not read, %s', (_, others, refused) => {
    const coded = (type: string) => state(type).replace('@Column({', '@Column({ unique: true,');
    return examine({ before: coded('varchar'), after: coded('int'), others, refused });
  });
  test('a foreign key of a schema that is not read, where the types still go together', () =>
    examine({
      before: ticket('@PrimaryColumn() id!: number;'),
      after: ticket(`@PrimaryColumn({ type: 'bigint' }) id!: string;`),
      others: asideKey('id', 'integer'),
      does: /alterColumn/,
    }));
  test('unless it has', () =>
    examine({
      before: state('text'),
      after: state('varchar'),
      others: `ALTER TABLE ticket ADD CONSTRAINT by_hand CHECK (state <> 'bad')`,
      does: /alterColumn/,
    }));
});

describe('an index by which logical replication tells rows apart', () => {
  const coded = (code: string, decorators = '') =>
    ticket(
      `@PrimaryColumn() id!: number; @Column(${code}) code!: string; @Column({ nullable: true }) more!: string;`,
      decorators,
    );
  const [notNull, nullable] = ['', '{ nullable: true }'];
  const sorted = `@Index('by_code', ['code'], { unique: true })`;
  const identity = 'ALTER TABLE ticket REPLICA IDENTITY USING INDEX by_code';
  const cases: Readonly<Record<string, Case>> = {
    'when its column may be null': {
      before: coded(notNull),
      after: coded(nullable),
      others: `CREATE UNIQUE INDEX by_code ON ticket (code); ${identity}`,
      refused: /the replica identity of ticket \(index by_code\) depends on NOT NULL of column ticket\.code/,
    },
    'when the column of its constraint may be null': {
      before: coded(notNull),
      after: coded(nullable),
      others: `ALTER TABLE ticket ADD CONSTRAINT by_code UNIQUE (id, code); ${identity}`,
      refused: /the replica identity of ticket \(constraint by_code\) depends on NOT NULL of column ticket\.code/,
    },
    'when it gets another column, which may be null': {
      before: coded(notNull, sorted),
      after: coded(notNull, sorted.replace(`['code']`, `['code', 'more']`)),
      others: identity,
      refused: /the replica identity of ticket \(index by_code\) depends on NOT NULL of column ticket\.more/,
    },
    'when it gets another column': {
      before: coded(notNull, sorted),
      after: coded(notNull, sorted.replace(`['code']`, `['code', 'id']`)),
      others: identity,
      does: /dropIndex[^]*createIndex[^]*replicaIdentity: true/,
    },
    'when its constraint gets another column, which may be null': {
      before: coded(notNull, `@Unique('by_code', ['code'])`),
      after: coded(notNull, `@Unique('by_code', ['code', 'more'])`),
      others: identity,
      refused: /the replica identity of ticket \(constraint by_code\) depends on NOT NULL of column ticket\.more/,
    },
    'when it goes, and its column may be null': {
      before: coded(notNull, sorted),
      after: coded(nullable),
      others: identity,
      does: /by_code as the replica identity of ticket[^]*dropIndex[^]*alterColumn/,
    },
    'when its constraint goes': {
      before: coded(notNull, `@Unique('by_code', ['code'])`),
      after: coded(nullable),
      others: identity,
      does: /by_code as the replica identity of ticket[^]*dropConstraint[^]*alterColumn/,
    },
    'when it is not the one': {
      before: coded(notNull, sorted),
      after: coded(nullable, sorted),
      others: 'ALTER TABLE ticket REPLICA IDENTITY FULL',
      does: /alterColumn/,
    },
  };
  test.each(Object.entries(cases))('%s', (_, each) => examine(each));
});
