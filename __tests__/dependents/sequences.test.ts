import { describe, expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { introspect } from '../../src/database/introspect.ts';
import { statementsOf, type Operation } from '../../src/objects/kinds.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { catalogFingerprint, testRun, withDatabase, type TestDatabase } from '../support/index.ts';
import { evolve } from './evolution.ts';

const { serverMajor } = testRun();
const ticket = `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number }`;
const doc = (columns: string) => `@Entity('doc') export class Doc { @PrimaryColumn() id!: number; ${columns} }`;
const numbered = doc(`@Column({ default: '' }) no!: string; @Column({ default: 0 }) rank!: number;`);
const everything = `CREATE SEQUENCE "Doc's" AS integer INCREMENT BY 5 MAXVALUE 900 CYCLE OWNED BY doc.no;
  COMMENT ON SEQUENCE "Doc's" IS 'why'; GRANT USAGE ON SEQUENCE "Doc's" TO pg_monitor WITH GRANT OPTION;
  ALTER TABLE doc ALTER no SET DEFAULT 'D' || nextval('"Doc''s"')`;

const identity = 'ALTER TABLE doc ALTER rank DROP DEFAULT, ALTER rank ADD GENERATED ALWAYS AS IDENTITY';
const serial = `CREATE SEQUENCE doc_rank_seq AS integer OWNED BY doc.rank; ALTER TABLE doc ALTER rank SET DEFAULT nextval('doc_rank_seq')`;

/** What may belong to a column without being the one that feeds it. */
const sequences: Readonly<Record<string, string>> = {
  'a default of more than the next value': everything,
  'a default that counts in steps':
    'CREATE SEQUENCE steps OWNED BY doc.rank; ALTER TABLE doc ALTER rank SET DEFAULT nextval($$steps$$) * 10',
  'a default of text': `CREATE SEQUENCE words OWNED BY doc.no; ALTER TABLE doc ALTER no SET DEFAULT nextval('words')`,
  'a default of another sequence': `CREATE SEQUENCE own OWNED BY doc.rank; CREATE SEQUENCE other; COMMENT ON SEQUENCE other IS 'why';
    ALTER TABLE doc ALTER rank SET DEFAULT nextval('other')`,
  'two sequences': `CREATE SEQUENCE one OWNED BY doc.rank; CREATE SEQUENCE two OWNED BY doc.rank;
    ALTER TABLE doc ALTER rank SET DEFAULT nextval('two')`,
  'an identity, and a sequence beside it': `ALTER TABLE doc ALTER rank DROP DEFAULT, ALTER rank ADD GENERATED ALWAYS AS IDENTITY;
    COMMENT ON SEQUENCE doc_rank_seq IS 'why'; CREATE SEQUENCE one OWNED BY doc.rank`,
  'a sequence of a column without a default': 'CREATE SEQUENCE one OWNED BY doc.rank',
  ...(serverMajor >= 15 && {
    'unlogged sequences': `${identity}; ALTER SEQUENCE doc_rank_seq SET UNLOGGED; CREATE UNLOGGED SEQUENCE one OWNED BY doc.rank`,
    'a serial column of an unlogged table': `${serial}; ALTER TABLE doc SET UNLOGGED`,
    'a richer one': `${serial}; COMMENT ON SEQUENCE doc_rank_seq IS 'why'; ALTER TABLE doc SET UNLOGGED`,
    'a logged sequence of an unlogged table': `${serial}; ALTER TABLE doc SET UNLOGGED; ALTER SEQUENCE doc_rank_seq SET LOGGED`,
    'an identity of an unlogged table': `${identity}; ALTER TABLE doc SET UNLOGGED`,
    'a logged identity of an unlogged table': `${identity}; ALTER TABLE doc SET UNLOGGED; ALTER SEQUENCE doc_rank_seq SET LOGGED`,
  }),
};

describe('a sequence that belongs to a column comes back', () => {
  test.each(shareOfToday(Object.entries(sequences)))('with the table: %s', (_, others) =>
    evolve({ before: `${ticket} ${numbered}`, after: ticket, others }, ({ start, back, again }) => {
      expect(again).toEqual([]);
      expect(back).toBe(start);
    }),
  );
  test.each(shareOfToday(Object.entries(sequences)))('with the column: %s', (_, others) =>
    evolve({ before: numbered, after: doc(''), others }, ({ start, back, again }) => {
      expect(again).toEqual([]);
      expect(back).toBe(start);
    }),
  );
});

test('a sequence that counts in steps becomes that of a serial column, and back', () =>
  evolve(
    {
      before: doc('@Column({ default: 0 }) rank!: number;'),
      after: doc(`@Column() @Generated('increment') rank!: number;`),
      others: `CREATE SEQUENCE doc_rank_seq OWNED BY doc.rank; ALTER TABLE doc ALTER rank SET DEFAULT nextval('doc_rank_seq') * 10;
        INSERT INTO doc (id) SELECT generate_series(1, 3)`,
    },
    async ({ database, runner, start, back, again }) => {
      expect(again).toEqual([]);
      expect(back).toBe(start);
      expect(await database.query('INSERT INTO doc (id) VALUES (4) RETURNING rank')).toEqual([{ rank: 40 }]);
      await runner.upgrade();
      expect(await database.query('INSERT INTO doc (id) VALUES (5) RETURNING rank')).toEqual([{ rank: 5 }]);
    },
  ));

test.each(['DROP DEFAULT', 'SET DEFAULT 7'])(
  'a sequence that fed a column until %s feeds it again, and stays in the downgrade',
  change =>
    evolve(
      {
        before: doc(`@Column(${change.startsWith('SET') ? '{ default: 7 }' : ''}) rank!: number;`),
        after: doc(`@Column() @Generated('increment') rank!: number;`),
        others: `CREATE SEQUENCE doc_rank_seq AS integer INCREMENT BY 5 OWNED BY doc.rank; SELECT setval('doc_rank_seq', 500);
        COMMENT ON SEQUENCE doc_rank_seq IS 'why'; GRANT USAGE ON SEQUENCE doc_rank_seq TO pg_monitor;
        CREATE VIEW standing AS SELECT last_value FROM doc_rank_seq`,
      },
      async ({ database, source, start, back, again }) => {
        expect([back, again]).toEqual([start, []]);
        expect(source).not.toMatch(/Does not keep|PostgreSQL refuses/);
        expect(await database.query('SELECT last_value::int AS last FROM standing')).toEqual([{ last: 500 }]);
      },
    ),
);

test.each(
  shareOfToday([
    ['serial', `@Column() @Generated('increment')`, '@Column()', 'the sequence doc_rank_seq'],
    ['identity', `@PrimaryGeneratedColumn('identity')`, '@PrimaryColumn()', 'the identity doc.rank'],
  ]),
)('what goes with a column that is %s no longer is named, or comes back', (_, generated, plain, what) =>
  evolve(
    {
      before: doc(`${generated} rank!: number;`),
      after: doc(`${plain} rank!: number;`),
      others: `INSERT INTO doc (id) VALUES (1), (2); SELECT setval('doc_rank_seq', 500); GRANT USAGE ON SEQUENCE doc_rank_seq TO pg_monitor;
        COMMENT ON SEQUENCE doc_rank_seq IS 'why'; ALTER SEQUENCE doc_rank_seq INCREMENT BY 5 CACHE 3;
        ${serverMajor >= 15 ? 'ALTER SEQUENCE doc_rank_seq SET UNLOGGED' : ''}`,
    },
    async ({ database, source, start, back, again }) => {
      const [upgrade] = source!.split('function downgrade');
      expect(upgrade).toContain(`Does not keep where ${what} stands`);
      expect([back, again]).toEqual([start, []]);
      expect(await database.query('INSERT INTO doc (id) VALUES (3) RETURNING rank > 2 AS beyond')).toEqual([
        { beyond: true },
      ]);
    },
  ),
);

describe('a sequence of its own comes back with', () => {
  const apply = async (database: TestDatabase, operations: readonly Operation[]) => {
    for (const { sql } of operations.flatMap(each => statementsOf(each))) await database.query(sql);
  };
  test.each(
    shareOfToday([
      [
        'its parameters',
        'CREATE SEQUENCE s AS smallint INCREMENT BY -2 MINVALUE -99 MAXVALUE -1 START WITH -3 CACHE 4 CYCLE',
      ],
      ...(serverMajor >= 15 ? [['its persistence', 'CREATE UNLOGGED SEQUENCE s START WITH 5'] as const] : []),
      [
        'a comment, an owner and privileges',
        `CREATE SEQUENCE s; COMMENT ON SEQUENCE s IS 'why'; ALTER SEQUENCE s OWNER TO pg_monitor; GRANT USAGE ON SEQUENCE s TO PUBLIC`,
      ],
      [
        'bounds that it does not start at',
        'CREATE SEQUENCE s MINVALUE -5 MAXVALUE 9 START WITH 1; CREATE SEQUENCE d INCREMENT BY -1 MAXVALUE 9 START WITH -1',
      ],
      ['less than its owner’s privileges', 'CREATE SEQUENCE s; REVOKE ALL ON SEQUENCE s FROM CURRENT_USER'],
      [
        'none of the privileges that new sequences get',
        'CREATE SEQUENCE s; ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO pg_monitor',
      ],
    ]),
  )('%s', (_, sql) =>
    withDatabase(async database => {
      const without = await introspect(database);
      await database.query(sql);
      const [live, start] = [await introspect(database), await catalogFingerprint(database.url)];
      await apply(database, compare(live, without));
      expect(await catalogFingerprint(database.url)).not.toBe(start);
      await apply(database, compare(without, live));
      expect(await catalogFingerprint(database.url)).toBe(start);
    }),
  );
});
