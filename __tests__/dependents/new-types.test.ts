import { describe, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { aside, asideKey, examine, ticket, type Case } from './examine.ts';

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
  test.each(
    shareOfToday([
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
    ]),
  )('%s, where the new type has none at all', (_, others, refused) => {
    const coded = (type: string) => state(type).replace('id!: number;', 'id!: number; @Column() code!: string;');
    return examine({ before: coded('varchar'), after: coded('json'), others, ...(refused && { refused }) });
  });
  test.each([
    ['that refers to it', asideKey('state', 'varchar'), /constraint remark_ticket .*depends on column ticket\.state/],
    [
      'that it refers to',
      `${aside} CREATE TABLE aside.word (word varchar PRIMARY KEY); ALTER TABLE ticket ADD CONSTRAINT to_word FOREIGN KEY (state) REFERENCES aside.word`,
      /foreign key to_word of ticket depends on the type that ticket\.state had/,
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
  test.each(
    shareOfToday(
      [
        ['a view', `CREATE VIEW by_hand AS SELECT id FROM ticket WHERE state = 'bad'`],
        ['a materialized view', `CREATE MATERIALIZED VIEW by_hand AS SELECT upper(state) AS state FROM ticket`],
        [
          'a view of a view',
          `CREATE VIEW first AS SELECT id, state FROM ticket; CREATE VIEW by_hand AS SELECT id FROM first WHERE state = 'bad'`,
        ],
      ],
      1,
    ),
  )('%s, whose text has casts to the old type', (_, others) =>
    examine({
      before: state('text'),
      after: state('enum'),
      others,
      refused: /view by_hand depends on the type that ticket\.state had/,
    }),
  );
  test('a view whose text fits both types', () =>
    examine({
      before: state('text'),
      after: state('varchar'),
      others: `CREATE VIEW by_hand AS SELECT id, upper(state) AS state FROM ticket WHERE state = 'bad'`,
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

describe('a label that an enum loses, and that others mention', () => {
  const state = (labels: string) =>
    ticket(`@PrimaryColumn() id!: number; @Column({ type: 'enum', enumName: 'st', enum: ${labels} }) state!: string;`);
  test.each(
    shareOfToday([
      ['a default', "CREATE TABLE o (s st DEFAULT 'c')", /default of column s of o/],
      ['a check', "CREATE TABLE o (s st CONSTRAINT c CHECK (s <> 'c'))", /check c of o/],
      ['a partial index', "CREATE TABLE o (s st, x int); CREATE INDEX i ON o (x) WHERE s = 'c'", /index i of o/],
      ['a view', "CREATE VIEW v AS SELECT id FROM ticket WHERE state = 'c'", /view v/],
    ]),
  )('%s', (_, others, dependent) =>
    examine({
      before: state("['a', 'b', 'c']"),
      after: state("['a', 'b']"),
      others,
      refused: new RegExp(`${dependent.source} depends on a label that st loses`),
    }),
  );
  test.each(
    shareOfToday([
      ['a default', "CREATE TABLE o (s st DEFAULT 'a')"],
      ['a check', "CREATE TABLE o (s st CONSTRAINT c CHECK (s <> 'a'))"],
      ['a partial index', "CREATE TABLE o (s st, x int); CREATE INDEX i ON o (x) WHERE s = 'b'"],
      ['a view', "CREATE VIEW v AS SELECT id FROM ticket WHERE state = 'b'"],
    ]),
  )('%s that mentions another label', (_, others) =>
    examine({ before: state("['a', 'b', 'c']"), after: state("['a', 'b']"), others, does: /createEnum/ }),
  );
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
  test.each(shareOfToday(Object.entries(cases)))('%s', (_, each) => examine(each));
});
