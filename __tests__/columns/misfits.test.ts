import { expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { schemaOf, statementsOf } from '../../src/objects/kinds.ts';
import { describeRisks } from '../../src/sql/hazard.ts';
import { withDatabase, type TestDatabase } from '../support/index.ts';

/** Values of each type, chosen to be ones of as many other types as there are. */
const samples: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'false'],
  smallint: ['0', '1', '12', '101', '1200', '2026', '-5'],
  integer: ['0', '1', '12', '101', '1200', '120000', '20260102', '-5'],
  bigint: ['0', '1', '101', '120000', '20260102', '112233445566', '1122334455667788'],
  numeric: [
    '0',
    '1.5',
    '101',
    '120000',
    '20260102',
    '112233445566',
    '1122334455667788',
    '12345678901234567890123456789012',
  ],
  real: ['0', '1', '1.5', '101', '120000', 'NaN', 'Infinity'],
  'double precision': ['0', '1', '1.5', '101', '120000', '20260102', '112233445566', 'NaN', 'Infinity'],
  money: ['0', '1', '12.5'],
  date: ['2026-01-02', '0001-01-01', 'infinity', '-infinity'],
  'timestamp without time zone': ['2026-01-02 03:04:05', '2026-01-02', 'infinity', '-infinity'],
  'timestamp with time zone': ['2026-01-02 03:04:05+00', '2026-01-02', 'infinity', '-infinity'],
  'time without time zone': ['03:04:05', '00:00', '24:00'],
  'time with time zone': ['03:04:05+00', '00:00+02'],
  interval: ['0', '1', '01:02:03', '1 day', '1 year 2 days', '-5 s'],
  uuid: [
    '00000000-0000-0000-0000-000000000000',
    '11112222-3333-4444-5555-666677778888',
    'aaaabbbb-cccc-dddd-eeee-ffff00001111',
    '20260102-0304-0506-0708-091011121314',
  ],
  inet: ['10.0.0.1', '10.0.0.0/8', '::1', '::'],
  cidr: ['10.0.0.0/8', '10.0.0.1/32', '::/0'],
  macaddr: ['08:00:2b:01:02:03', '00:00:00:00:00:00'],
  macaddr8: ['08:00:2b:01:02:03:04:05', '00:00:00:00:00:00:00:00'],
  json: ['1', 'true', '"text"', 'null', '{"a":1}', '[1,2]', '20260102', '"2026-01-02"', '101', '112233445566'],
  jsonb: ['1', 'true', '"text"', 'null', '{"a":1}', '[1,2]', '20260102', '"2026-01-02"', '101', '112233445566'],
  'bit varying': ['0', '1', '1011', '110101', '101010', '10101010101010101010101010101010'],
  point: ['(1,2)', '(0,0)'],
  box: ['(1,2),(0,0)'],
  lseg: ['[(1,2),(0,0)]'],
  path: ['((1,2),(0,0))', '[(1,2),(0,0)]'],
  polygon: ['((1,2),(0,0),(3,4))', '((1,2))', '((1,2),(0,0))'],
  circle: ['<(1,2),3>'],
  line: ['{1,2,3}'],
  int4range: ['[1,5)', 'empty', '(,)'],
  int8range: ['[1,5)', 'empty', '(,)'],
  numrange: ['[1,5)', 'empty', '(,)'],
  daterange: ['[2026-01-02,2026-02-02)', 'empty', '(,)'],
  tsrange: ['[2026-01-02,2026-02-02)', 'empty', '(,)'],
  tstzrange: ['[2026-01-02,2026-02-02)', 'empty', '(,)'],
};

const withColumn = (type: string) =>
  schemaOf({ tables: [{ name: 't', columns: [{ name: 'v', type, nullable: true }] }] });

/** Which samples the revision's own USING turns into the other type; all, where PostgreSQL assigns by itself. */
async function fitting(database: TestDatabase, from: string, to: string) {
  const operations = compare(withColumn(from), withColumn(to)) as readonly { readonly using?: string }[];
  const using = operations.find(each => each.using)?.using;
  if (using === undefined) return samples[from]!;
  const [{ fits }] = await database.query('SELECT fits($1, $2, $3)', [from, using, samples[from]]);
  return fits as readonly string[];
}

const saysNoneFits = (from: string, to: string): boolean =>
  compare(withColumn(from), withColumn(to))
    .flatMap(each => statementsOf(each))
    .flatMap(({ hazards }) => hazards)
    .some(hazard => hazard.type === 'failsOnRows' && hazard.fits === 'only NULL');

const trying = `CREATE FUNCTION fits(type text, expression text, samples text[]) RETURNS text[] LANGUAGE plpgsql AS $$
  DECLARE
    sample text;
    fitting text[] := '{}';
  BEGIN
    FOREACH sample IN ARRAY samples LOOP
      BEGIN
        EXECUTE format('SELECT %s FROM (SELECT %L::%s) AS s(v)', expression, sample, type);
        fitting := fitting || sample;
      EXCEPTION WHEN OTHERS THEN
        NULL;
      END;
    END LOOP;
    RETURN fitting;
  END $$`;

test('a change of type says that no value fits only where PostgreSQL takes none', () =>
  withDatabase(async database => {
    await database.query(trying);
    const wrong: string[] = [];
    for (const from of Object.keys(samples)) {
      for (const to of Object.keys(samples).filter(each => each !== from && saysNoneFits(from, each))) {
        const fits = await fitting(database, from, to);
        if (fits.length > 0) wrong.push(`${from} to ${to}: ${fits.join(' ')}`);
      }
    }
    expect(wrong).toEqual([]);
  }));

const misfits: Readonly<Record<string, readonly string[]>> = {
  boolean: ['date', 'timestamp with time zone', 'time without time zone', 'interval', 'uuid', 'inet'],
  integer: ['uuid'],
  bigint: ['uuid'],
  date: ['boolean', 'integer', 'uuid'],
  'timestamp with time zone': ['boolean', 'bigint', 'uuid', 'inet'],
  'time without time zone': ['boolean', 'integer', 'numeric', 'date', 'timestamp with time zone', 'uuid'],
  interval: ['boolean', 'integer', 'uuid'],
  uuid: ['boolean', 'integer', 'bigint', 'numeric', 'date', 'timestamp without time zone', 'interval', 'inet'],
  inet: ['boolean', 'integer', 'date', 'uuid'],
  jsonb: ['uuid', 'time without time zone'],
};

const risksOf = (from: string, to: string): readonly string[] =>
  describeRisks(
    compare(withColumn(from), withColumn(to)).flatMap(each => statementsOf(each).flatMap(made => made.hazards)),
  );

test.each(Object.entries(misfits))('from %s, it says so in a sentence', (from, others) => {
  for (const to of others)
    expect(risksOf(from, to)).toEqual([
      `fails on rows that do not fit, which is every row that is not NULL: t.v from ${from} to ${to}`,
    ]);
});

test.each([
  ['text', 'integer', ['may change data and fails on rows that do not fit: t.v from text to integer']],
  ['boolean[]', 'date[]', ['fails on rows that do not fit: t.v from boolean[] to date[]']],
  [
    'text',
    'text[]',
    [
      'may change data: t.v from text to text[] (each value becomes an array of one element; a list such as that of a simple-array column needs `using` with string_to_array)',
    ],
  ],
  [
    'text[]',
    'text',
    [
      'may change data: t.v from text[] to text (each array becomes a text such as {a,b}; the list of a simple-array column needs `using` with array_to_string)',
    ],
  ],
  [
    'integer',
    'integer[]',
    ['may change data: t.v from integer to integer[] (each value becomes an array of one element)'],
  ],
  ['uuid[]', 'uuid', ['may change data: t.v from uuid[] to uuid (the first element of each array is kept)']],
  [
    'text',
    'jsonb',
    [
      'may change data and fails on rows that do not fit: t.v from text to jsonb (spaces, the order of keys, and all but the last of equal keys are not kept)',
    ],
  ],
  ['jsonb', 'text', []],
])('from %s to %s, it says once what becomes of a value', (from, to, risks) => {
  expect(risksOf(from, to)).toEqual(risks);
});

test('a column that no row can be given says that every row fails', async () => {
  const [added] = statementsOf({ op: 'addColumn', table: 't', column: { name: 'n', type: 'text', nullable: false } });
  expect(describeRisks(added!.hazards)).toEqual([
    'fails on rows that do not fit, which is every row: t.n is NOT NULL without a default',
  ]);
  await withDatabase(async database => {
    await database.query(`CREATE TABLE t (v int); INSERT INTO t VALUES (NULL)`);
    await expect(database.query(added!.sql)).rejects.toMatchObject({ code: '23502' });
  });
});
