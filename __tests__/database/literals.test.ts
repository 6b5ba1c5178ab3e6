import { describe, expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { canonical } from '../../src/database/canonical.ts';
import { introspect } from '../../src/database/introspect.ts';
import type { Schema } from '../../src/objects/kinds.ts';
import { withDatabase, type TestDatabase } from '../support/index.ts';

const strings = ['text', 'varchar', 'varchar(20)', 'char(9)', 'bpchar'];
const spellings = [
  "'CHATFLOW'",
  "'CHATFLOW'::text",
  "'CHATFLOW'::varchar",
  "'CHATFLOW'::bpchar",
  "('CHATFLOW'::text)::varchar",
];
const others: readonly (readonly [type: string, ...spellings: string[]])[] = [
  ['integer', '0', "'0'", "'0'::integer"],
  ['bigint', '-1', "'-1'", "'-1'::bigint"],
  ['numeric(10,2)', '1.5', "'1.5'", "'1.5'::numeric"],
  ['boolean', 'true', "'true'", "'true'::boolean"],
  ['mood', "'it''s'", "'it''s'::mood"],
  ['mood[]', "'{}'", "'{}'::mood[]"],
  ['jsonb', "'{}'", "'{}'::jsonb"],
  ['date', "'2020-02-01'", "'2020-02-01'::date"],
  ['timestamptz', 'now()', 'CURRENT_TIMESTAMP'],
  ['timestamp', 'now()', 'CURRENT_TIMESTAMP', 'current_timestamp'],
  ['timestamp(3)', 'CURRENT_TIMESTAMP(3)', "('now'::text)::timestamp(3) with time zone"],
  ['timestamp', 'LOCALTIMESTAMP', "('now'::text)::timestamp without time zone"],
  ['date', 'CURRENT_DATE', "('now'::text)::date"],
  ['timetz', 'CURRENT_TIME(2)', "('now'::text)::time(2) with time zone"],
  ['time', 'LOCALTIME', "('now'::text)::time without time zone"],
];
/** Without a default, or with one of these, a column holds NULL. */
const nulls: typeof others = [
  ['text', '', 'NULL', 'null', '(NULL)', '(NULL)::text', 'CAST(NULL AS text)'],
  ...[
    'varchar',
    'varchar(5)',
    'char(9)',
    'text[]',
    'jsonb',
    'timestamptz',
    'timestamp(3)',
    'numeric(10,2)',
    'mood',
    'mood[]',
  ].map(type => [type, '', 'NULL', `NULL::${type}`] as const),
];
const matrix = [...strings.map(type => [type, ...spellings] as const), ...others, ...nulls];

/** A column for each pair of spellings: the database has the one, and the other is declared. */
async function columnsOf(database: TestDatabase): Promise<{ live: Schema; declared: Schema }> {
  const pairs = matrix.flatMap(([type, ...all]) => all.flatMap(has => all.map(says => ({ type, has, says }))));
  const columns = pairs.map(({ type, has }, i) => `c${i} ${type} ${has && `DEFAULT ${has}`}`);
  await database.query(`CREATE TYPE mood AS ENUM ('it''s'); CREATE TABLE t (${columns.join(', ')})`);
  const live = await introspect(database);
  const table = live.tables.get('t')!;
  const says = table.columns.map(({ default: _, ...column }, i) => ({
    ...column,
    ...(pairs[i]!.says && { default: pairs[i]!.says }),
  }));
  return { live, declared: { ...live, tables: new Map([['t', { ...table, columns: says }]]) } };
}

describe('defaults that are the same literal', () => {
  test('do not differ, whatever they are spelled like', async () => {
    await withDatabase(async database => {
      const { live, declared } = await columnsOf(database);
      expect(compare(live, await canonical(database, declared, live))).toEqual([]);
    });
  });

  test('are known as such where nothing can be written', async () => {
    await withDatabase(async database => {
      const { live, declared } = await columnsOf(database);
      await database.query('SET default_transaction_read_only = on');
      expect(compare(live, await canonical(database, declared, live))).toEqual([]);
    });
  });

  test('differ where their text does', async () => {
    await withDatabase(async database => {
      await database.query(`CREATE DOMAIN tone AS text DEFAULT 'do';
        CREATE TABLE t (a varchar(20) DEFAULT 'x', b integer DEFAULT 1, c text DEFAULT 'now()', d timestamptz DEFAULT CURRENT_TIMESTAMP,
          e timestamptz DEFAULT CURRENT_TIMESTAMP(3), f tone, g text DEFAULT 'NULL', h boolean)`);
      const live = await introspect(database);
      const table = live.tables.get('t')!;
      const says = [
        "'y'",
        '2',
        'now()',
        "('now'::text)::timestamp(3) with time zone",
        'now()',
        'NULL',
        'NULL',
        'NULL::int IS NULL',
      ];
      const columns = table.columns.map((column, i) => ({ ...column, default: says[i]! }));
      const declared = { ...live, tables: new Map([['t', { ...table, columns }]]) };
      expect(compare(live, await canonical(database, declared, live))).toHaveLength(8);
    });
  });
});
