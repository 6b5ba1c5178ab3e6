import { describe, expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { introspect } from '../../src/database/introspect.ts';
import { schemaOf, statementsOf } from '../../src/objects/kinds.ts';
import type { Column } from '../../src/objects/tables/table.ts';
import { quoteText } from '../../src/sql/literal.ts';
import { withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

/** Types with a value that a change may cut, round, pad or refuse. */
const types: Readonly<Record<string, string>> = {
  'bit(4)': '1011',
  'bit(8)': '10110011',
  'bit varying(4)': '1011',
  'bit varying(8)': '10110011',
  'bit varying': '1011001110',
  'bit(1)': '1',
  'bit varying(12)': '010101010101',
  'character varying(4)': '1011',
  'character varying(20)': '10110011',
  'character(5)': '101',
  text: '1234567.891',
  citext: 'Open',
  name: '1011',
  '"char"': '1',
  'numeric(6,2)': '1011.25',
  'numeric(12,4)': '10112233.1234',
  'numeric(3,0)': '101',
  numeric: '1234567890123.5',
  smallint: '1011',
  integer: '1011',
  bigint: '112233445566',
  real: '1.5',
  'double precision': '1e200',
  money: '$5.00',
  oid: '1011',
  boolean: 'true',
  bytea: '\\x3130',
  uuid: '11112222-3333-4444-5555-666677778888',
  date: '2026-01-02',
  'timestamp(0) without time zone': '2026-01-02 03:04:05',
  'timestamp(6) without time zone': '2026-01-02 03:04:05.678901',
  'timestamp with time zone': '2026-01-02 03:04:05+00',
  'time(0) without time zone': '03:04:05',
  'time(3) without time zone': '03:04:05.678',
  'time with time zone': '03:04:05+00',
  interval: '01:02:03',
  inet: '10.0.0.1/8',
  cidr: '10.0.0.0/8',
  macaddr: '08:00:2b:01:02:03',
  macaddr8: '08:00:2b:01:02:03:04:05',
  json: '{"a": 1, "a": 2}',
  jsonb: '"text"',
  xml: '<a/>',
  point: '(1,2)',
  box: '(3,4),(1,2)',
  lseg: '[(1,2),(0,0)]',
  line: '{1,2,3}',
  path: '[(1,2),(0,0)]',
  polygon: '((1,2),(0,0),(3,4))',
  circle: '<(1,2),3>',
  tsvector: `'open'`,
  tsquery: `'open'`,
  hstore: '"a"=>"1"',
  ltree: 'a.b',
  int4range: '[1,5)',
  int8range: '[1,5)',
  numrange: '[1.5,5)',
  daterange: '[2026-01-02,2026-02-02)',
  tsrange: '["2026-01-02 00:00:00","2026-02-02 00:00:00")',
  tstzrange: '["2026-01-02 00:00:00+00","2026-02-02 00:00:00+00")',
  mood: 'fine',
  'mood[]': '{fine,bad}',
  'smallint[]': '{1,2}',
  'integer[]': '{1011,2}',
  'numeric(10,2)[]': '{1.25,2.50}',
  'money[]': '{$5.00,$6.00}',
  'text[]': '{a,b}',
  'character varying(10)[]': '{fine,10}',
  'boolean[]': '{t,f}',
  'uuid[]': '{11112222-3333-4444-5555-666677778888}',
  'date[]': '{2026-01-02}',
  'timestamp without time zone[]': '{"2026-01-02 03:04:05"}',
  'time with time zone[]': '{03:04:05+00}',
  'jsonb[]': '{1}',
};

const others = `CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION ltree; CREATE TYPE mood AS ENUM ('fine', 'bad'); SET timezone = 'UTC'`;

const withColumn = (type: string) => {
  const column: Column = { name: 'v', type, nullable: true };
  return schemaOf({ tables: [{ name: 't', columns: [column] }] });
};

/** `5` and `5.00` are one number. */
const isSame = (one: string, other: string) => one === other || Number(one) === Number(other);

async function change(database: TestDatabase, from: string, to: string, value = quoteText(types[from]!)) {
  const statements = compare(withColumn(from), withColumn(to)).flatMap(each => statementsOf(each));
  const hazards = new Set(statements.flatMap(each => each.hazards.map(({ type }) => type)));
  const [{ was }] = await database.query(
    `DROP TABLE IF EXISTS t; CREATE TABLE t (v ${from}); INSERT INTO t VALUES (${value}); SELECT v::text AS was FROM t`,
  );
  try {
    for (const { sql } of statements) await database.query(sql);
    const [{ v: found }] = await database.query('SELECT v::text FROM t');
    return { hazards, outcome: isSame(found, was) ? 'kept' : 'changed', found: found as string } as const;
  } catch (error) {
    return { hazards, outcome: 'refused', found: undefined, error: (error as Error).message } as const;
  }
}

const WHOLE = /^(boolean|smallint|integer|bigint)/;

/** Changes that keep a value and write it in another way, as 1 is `$1.00` in money, `1.00` in numeric and `"1"` in JSON. */
const isWrittenAnew = (from: string, to: string): boolean =>
  [from, to].some(type => /^(json|bytea)/.test(type)) ||
  (WHOLE.test(from) && /^(money|numeric\(10)/.test(to)) ||
  (from.startsWith('boolean') && (WHOLE.test(to) || /^(numeric|real|double|money|text|character)/.test(to))) ||
  (from === 'date[]' && to.startsWith('timestamp'));

describe('a change of type or length', () => {
  test.each(shareOfToday(Object.keys(types)))('from %s is one that PostgreSQL makes, and says where it fails', from =>
    withDatabase(async database => {
      await database.query(others);
      const wrong: string[] = [];
      for (const to of Object.keys(types).filter(each => each !== from)) {
        const { hazards, outcome, error, found } = await change(database, from, to);
        const isSilent = outcome === 'changed' && !isWrittenAnew(from, to);
        if (isSilent && !hazards.has('changesData')) wrong.push(`${to}: becomes ${found} without a word`);
        if (outcome !== 'refused') continue;
        if (!hazards.has('failsOnRows')) wrong.push(`${to}: fails without a word (${error})`);
        const empty = await change(database, from, to, 'NULL');
        if (empty.outcome === 'refused') wrong.push(`${to}: fails without rows (${empty.error})`);
      }
      expect(wrong).toEqual([]);
    }),
  );

  /** What is too long is refused, whatever it comes from, never cut. */
  test('to a string of any length cuts nothing', () =>
    withDatabase(async database => {
      await database.query(others);
      const wrong: string[] = [];
      for (const from of Object.keys(types))
        for (const [whole, short] of [
          ['text', 'character varying(1)'],
          ['text', 'character(1)'],
          ['text[]', 'character varying(1)[]'],
        ] as const) {
          const [{ found }, { outcome, hazards, found: cut }] = [
            await change(database, from, whole),
            await change(database, from, short),
          ];
          if (outcome === 'refused' ? !hazards.has('failsOnRows') : cut !== found)
            wrong.push(`${from} to ${short}: ${outcome}, ${found} becomes ${cut}`);
        }
      expect(wrong).toEqual([]);
    }));

  test.each(['b', 'c'])('nor does one from an enum that is replaced', column =>
    withDatabase(async database => {
      const schema = (labels: string[], types: Record<string, string>) =>
        schemaOf({
          enums: [{ name: 'mood', labels }],
          tables: [
            { name: 't', columns: Object.entries(types).map(([name, type]) => ({ name, type, nullable: true })) },
          ],
        });
      const before = { a: 'mood', b: 'mood', c: 'mood[]' };
      const [from, to] = [
        schema(['happy', 'sad'], before),
        schema(['happy'], { ...before, [column]: 'character varying(3)[]' }),
      ];
      const run = async (one: typeof from, other: typeof from) => {
        for (const { sql } of compare(one, other).flatMap(each => statementsOf(each))) await database.query(sql);
      };
      await run(schemaOf({}), from);
      await database.query(`INSERT INTO t VALUES ('happy', 'happy', '{happy}')`);
      await expect(run(from, to)).rejects.toThrow(/too long/);
    }),
  );

  test('from bits to more bits, or fewer, changes data and says so', () =>
    withDatabase(async database => {
      const [more, fewer] = [await change(database, 'bit(4)', 'bit(8)'), await change(database, 'bit(8)', 'bit(4)')];
      expect([more, fewer].map(({ outcome, found }) => [outcome, found])).toEqual([
        ['changed', '10110000'],
        ['changed', '1011'],
      ]);
      for (const { hazards } of [more, fewer])
        expect([...hazards]).toEqual(expect.arrayContaining(['changesData', 'rewritesTable']));
    }));

  test.each([
    ['integer', 'real', '16777217'],
    ['bigint', 'real', '16777217'],
    ['bigint', 'double precision', '9007199254740993'],
    ['integer[]', 'real[]', '{16777217}'],
    ['bigint', 'boolean', '5'],
    ['jsonb', 'integer', '1.5'],
    ['json', 'jsonb', '{"a": 1, "a": 2}'],
    ['inet', 'cidr', '10.1.2.3/8'],
    ['timestamp with time zone', 'text', '2026-01-02 03:04:05+00'],
    ['bigint', 'money', '9223372036854775807'],
    ['bytea', 'text', '\\xff00'],
    ['text', 'date', '2024-05-01 23:59'],
    ['character varying', 'time without time zone', '2024-05-01 23:59'],
    ['text', 'timestamp without time zone', '2024-05-01 23:59+02'],
    ['text', 'timestamp with time zone', '2024-05-01 23:59'],
    ['text', 'integer', '007'],
    ['character varying', 'numeric', '007'],
    ['text', 'real', '0.123456789012345678'],
    ['text', 'double precision', '0.12345678901234567890'],
    ['text', 'money', '1.005'],
    ['text', 'jsonb', '{"a":1,"a":2}'],
    ['text', 'tsvector', 'the quick quick fox'],
    ['text', 'tsquery', 'fox&quick'],
    ['text', 'tstzrange', '[2020-01-01,2020-01-02]'],
    ['text', 'int4range', '[1,2]'],
    ['text', 'boolean', 'yes'],
    ['character varying', 'uuid', '{11112222-3333-4444-5555-66667777ABCD}'],
    ['text', 'macaddr', '08-00-2B-01-02-03'],
    ['text', 'inet', '10.1/16'],
    ['text', 'interval', '90 minutes'],
    ['text', 'point', '1,2'],
    ['text', 'circle', '((1,2),3)'],
    ['text', 'character(9)', 'blanks   '],
    ['text[]', 'boolean[]', '{yes}'],
    ['text[]', 'date[]', '{"2024-05-01 23:59"}'],
  ])('from %s to %s says what it does to %s', (from, to, value) =>
    withDatabase(async database => {
      const { hazards, outcome, found } = await change(database, from, to, quoteText(value));
      expect(found).not.toBe(value.replace('+00', ''));
      expect([...hazards]).toContain(outcome === 'refused' ? 'failsOnRows' : 'changesData');
    }),
  );

  const geometry = (from: string, to: string) =>
    compare(withColumn(from), withColumn(to)).flatMap(each => statementsOf(each))[0]!;
  test.each([
    ['geometry(Point,4326)', 'geometry(Point,3857)', 'USING ST_Transform("v", 3857)', ['changesData']],
    ['geometry(Point,3857)', 'geography(Point,4326)', '::geography(Point,4326)', ['changesData', 'failsOnRows']],
    [
      'geography(Point,4326)',
      'geometry(Point,3857)',
      'USING ST_Transform("v"::geometry, 3857)',
      ['changesData', 'failsOnRows'],
    ],
    ['geometry(Point,4326)', 'geometry(Polygon,4326)', 'TYPE geometry(Polygon,4326)', ['failsOnRows']],
    ['geometry(Point)', 'geometry(Point,4326)', 'TYPE geometry(Point,4326)', ['failsOnRows']],
    ['geometry(Point,4326)', 'geometry', 'TYPE geometry', []],
  ])('from %s to %s', (from, to, sql, hazards) => {
    const made = geometry(from, to);
    expect(made.sql).toContain(sql);
    const ofRows = made.hazards.map(({ type }) => type).filter(type => /Data$|Rows$/.test(type));
    expect(ofRows).toEqual(hazards);
  });
});

test('a column may become null by what computes its new type', () =>
  withDatabase(async database => {
    await database.query(`CREATE TABLE t (v boolean NOT NULL DEFAULT false); INSERT INTO t VALUES (true), (false)`);
    const change = { table: 't', name: 'v', type: 'date', existingType: 'boolean', nullable: true, default: null };
    const using = `CASE WHEN v THEN date '2026-01-02' END`;
    for (const { sql } of statementsOf({ op: 'alterColumn', ...change, using })) await database.query(sql);
    expect(await database.query('SELECT v::text FROM t ORDER BY v')).toEqual([{ v: '2026-01-02' }, { v: null }]);
  }));

test('a generated column is made anew with a type that PostgreSQL cannot assign to it', () =>
  withDatabase(async database => {
    const withLength = (type: string) => {
      const generated: Column = { name: 'n', type, nullable: true, generated: 'length(v)' };
      return schemaOf({ tables: [{ name: 't', columns: [{ name: 'v', type: 'text', nullable: true }, generated] }] });
    };
    const steps = [schemaOf({}), withLength('text'), withLength('integer'), withLength('bigint')];
    for (const [i, to] of steps.slice(1).entries()) {
      for (const { sql } of compare(steps[i]!, to).flatMap(each => statementsOf(each))) await database.query(sql);
      if (i === 0) await database.query(`INSERT INTO t VALUES ('abc')`);
    }
    expect(await database.query('SELECT n::text FROM t')).toEqual([{ n: '3' }]);
  }));

describe('a column that is added', () => {
  test.each([
    ['gen_random_uuid()', true],
    ['clock_timestamp()', true],
    ["lower('gen_random_uuid()'::text)", false],
    ['now()', false],
    ['CURRENT_TIMESTAMP(3)', false],
    ["'5'::numeric(5,2)", false],
    ['"My".make()', true],
  ])('with the default %s', (value, rewrites) => {
    const column = { name: 'c', type: 'text', nullable: false, default: value };
    const hazards = statementsOf({ op: 'addColumn', table: 't', column }).flatMap(each => each.hazards);
    expect(hazards.some(({ type }) => type === 'rewritesTable')).toBe(rewrites);
  });
});

test('what indexes and keys are stored with comes back', () =>
  withDatabase(async database => {
    await database.query(`CREATE EXTENSION pg_trgm; CREATE TABLE t (a text, b int PRIMARY KEY WITH (fillfactor=70), UNIQUE (a) WITH (fillfactor=60));
      CREATE INDEX i ON t USING gist (a gist_trgm_ops(siglen=32))`);
    const before = await introspect(database);
    const empty = { ...before, tables: new Map(), indexes: new Map() };
    for (const [from, to] of [
      [before, empty],
      [empty, before],
    ] as const)
      for (const each of compare(from, to).flatMap(operation => statementsOf(operation)))
        await database.query(each.sql);
    expect(await introspect(database)).toEqual(before);
    expect([...before.indexes.values()][0]!.columns).toEqual([
      { column: 'a', operatorClass: 'gist_trgm_ops(siglen=32)' },
    ]);
  }));

test('a unique index says that duplicates make it fail, built concurrently too', () => {
  for (const concurrently of [true, false]) {
    const index = { name: 'i', table: 't', columns: ['a'], unique: true, concurrently } as const;
    const [made] = statementsOf({ op: 'createIndex', ...index });
    expect(made!.hazards).toContainEqual({ type: 'failsOnRows', what: 'duplicates in t' });
  }
});
