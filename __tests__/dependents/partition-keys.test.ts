import { expect, test } from '@jest/globals';
import { introspect } from '../../src/database/introspect.ts';
import { statementsOf, type Operation } from '../../src/objects/kinds.ts';
import { handDown } from '../../src/runner/handed-down.ts';
import { testRun, withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const { serverMajor } = testRun();

/** Ways to part a table. */
const tables: Readonly<Record<string, string>> = {
  'by a column': 'PARTITION BY RANGE (id)',
  'by two columns': 'PARTITION BY RANGE (id, b)',
  'by an expression': 'PARTITION BY RANGE ((id + 1))',
  'by a column and an expression': 'PARTITION BY RANGE (id, (b + 1))',
  'on two levels': 'PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF note DEFAULT PARTITION BY LIST (b)',
  'on two levels, by an expression below':
    'PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF note DEFAULT PARTITION BY LIST (abs(b))',
  'by its heirs': '; CREATE TABLE heir () INHERITS (note)',
  'in no way': '',
};

const table = 'note';
const keys: readonly Operation[] = [
  { op: 'createPrimaryKey', table, name: 'pk', columns: ['id'] },
  { op: 'createPrimaryKey', table, name: 'pk', columns: ['b', 'id'] },
  { op: 'createPrimaryKey', table, name: 'pk', columns: ['a'], include: ['id', 'b'] },
  { op: 'createUniqueConstraint', table, name: 'once', columns: ['b'] },
  { op: 'createUniqueConstraint', table, name: 'once', columns: ['a', 'b', 'id'] },
  { op: 'createIndex', table, name: 'once', columns: ['b'], unique: true },
  { op: 'createIndex', table, name: 'once', columns: ['id', { expression: 'lower(a)' }], unique: true },
  {
    op: 'createIndex',
    table,
    name: 'once',
    columns: [{ expression: '(id + 1)' }, { column: 'id' }, 'b'],
    unique: true,
  },
  { op: 'createIndex', table, name: 'often', columns: ['b'] },
  ...(serverMajor < 17
    ? [{ op: 'createExclusionConstraint', table, name: 'alone', definition: '(id WITH =)' } as const]
    : []),
];

/** Whether PostgreSQL refuses an operation, which is rolled back. */
async function isRefused(database: TestDatabase, operation: Operation): Promise<boolean> {
  await database.query('BEGIN');
  try {
    for (const { sql } of statementsOf(operation)) await database.query(sql);
    return false;
  } catch {
    return true;
  } finally {
    await database.query('ROLLBACK');
  }
}

test.each(shareOfToday(Object.entries(tables), 3))(
  'of a table that is parted %s, the unique keys that PostgreSQL refuses are named',
  (_, parted) =>
    withDatabase(async database => {
      await database.query(`CREATE TABLE note (id int NOT NULL, a text NOT NULL, b int NOT NULL) ${parted}`);
      const before = await introspect(database);
      for (const key of keys) {
        const { obstacles } = await handDown(database, [key], { before, old: {}, defaultSchema: 'public' });
        expect([key, obstacles.length > 0]).toEqual([key, await isRefused(database, key)]);
      }
    }),
);
