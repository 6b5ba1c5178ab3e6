import { isDeepStrictEqual } from 'node:util';
import { expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { introspect } from '../../src/database/introspect.ts';
import { schemaOf, statementsOf, type Schema } from '../../src/objects/kinds.ts';
import { withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const names = ['a', 'b', 'c'] as const;

/** What each of three columns may be: not there, plain, or computed from another one. */
const variants = (name: string): readonly (readonly [name: string, definition: string, from?: string])[] => [
  [name, ''],
  [name, 'integer DEFAULT 1'],
  ...(name === 'c' ? [] : [[name, 'bigint'] as const]),
  ...names
    .filter(other => other !== name)
    .map(other => [name, `bigint GENERATED ALWAYS AS (${other} + 1) STORED`, other] as const),
];

const tables = variants('a').flatMap(a => variants('b').flatMap(b => variants('c').map(c => [a, b, c])));

/** PostgreSQL computes columns from plain ones only. */
const isPossible = (table: (typeof tables)[number]): boolean =>
  table.every(([, , from]) => from === undefined || /^(int|bigint$)/.test(table.find(([name]) => name === from)![1]));

const definitions = tables
  .filter(isPossible)
  .map(table => table.flatMap(([name, definition]) => (definition === '' ? [] : [`${name} ${definition}`])).join(', '));

/** A table as PostgreSQL tells it, whatever the order of its columns. */
const columnsOf = (database: TestDatabase, table: string) =>
  database.query(`
    SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attgenerated, pg_get_expr(d.adbin, d.adrelid) AS expression
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = '${table}'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname`);

interface State {
  readonly name: string;
  readonly definition: string;
  readonly schema: Schema;
  readonly columns: unknown;
}

/** One table for each definition: reading the catalogs once tells them all. */
async function readStates(database: TestDatabase): Promise<readonly State[]> {
  const create = definitions.map((definition, i) => `CREATE TABLE t${i} (${definition})`);
  await database.query(create.join('; '));
  const { tables } = await introspect(database);
  const states: State[] = [];
  for (const [i, definition] of definitions.entries()) {
    const name = `t${i}`;
    const schema = schemaOf({ tables: [tables.get(name)!] });
    states.push({ name, definition, schema, columns: await columnsOf(database, name) });
  }
  await database.query(`DROP TABLE ${states.map(({ name }) => name).join(', ')}`);
  return states;
}

/** What PostgreSQL says of a change, if it is not what it says of the new state. */
async function failure(database: TestDatabase, from: State, to: State): Promise<string | undefined> {
  const operations = compare(from.schema, to.schema, { renames: { tables: { [from.name]: to.name } } });
  try {
    for (const { sql } of operations.flatMap(each => statementsOf(each))) await database.query(sql);
    return isDeepStrictEqual(await columnsOf(database, to.name), to.columns) ? undefined : 'other columns';
  } catch (error) {
    return (error as Error).message;
  }
}

test('plain and computed columns become each other, up and down', () =>
  withDatabase(async database => {
    const states = await readStates(database);
    const failures: string[] = [];
    for (const from of shareOfToday(states))
      for (const to of states.filter(each => each !== from)) {
        await database.query(`CREATE TABLE ${from.name} (${from.definition}); INSERT INTO ${from.name} DEFAULT VALUES`);
        const failed = (await failure(database, from, to)) ?? (await failure(database, to, from));
        if (failed !== undefined) failures.push(`(${from.definition}) ⇄ (${to.definition}): ${failed}`);
        await database.query(`DROP TABLE IF EXISTS ${from.name}, ${to.name}`);
      }
    expect(failures).toEqual([]);
  }));
