import { describe, expect, test } from '@jest/globals';
import { ownedBy } from '../../src/compare/ownership.ts';
import type { Operation } from '../../src/objects/kinds.ts';
import { quoteName, qualify } from '../../src/sql/name.ts';
import { type TestDatabase, withDatabase } from '../support/index.ts';

/** Names that PostgreSQL writes with and without quotes, and that are words of SQL or hold several. */
const NAMES = ['state', 'itemState', 'item state', 'order', 'État', 'a"b', 'a.b', '_x$1'];

const expressions: readonly (readonly [text: (name: string) => string, another: (name: string) => string])[] = [
  [name => `length((${name})::text) > 0`, name => `length((${name})::text) < 0`],
  [name => `${name} = '-1'`, name => `${name} = '1'`],
  [name => `${name} ~ '^a' AND (${name} || kept) <> 'b'`, name => `${name} ~ '^a' OR (${name} || kept) <> 'b'`],
  [name => `(kept, ${name}) IN (('a', 'b'), ('c', 'd'))`, name => `(kept, ${name}) IN (('a', 'b'), ('c', 'e'))`],
  [name => `CASE WHEN NOT ${name} IS NULL THEN kept END = upper(${name})`, name => `kept = upper(${name})`],
];

/** The checks as PostgreSQL writes them while the column has a name. */
async function spelled(database: TestDatabase, name: string, side: 0 | 1): Promise<readonly string[]> {
  const column = quoteName(qualify(undefined, name));
  const checks = expressions.map((each, index) => `CONSTRAINT c${index} CHECK (${each[side](column)})`);
  await database.query(`CREATE TABLE t (${column} text, kept text, ${checks.join(', ')})`);
  const rows = await database.query<{ text: string }>(
    `SELECT pg_get_expr(conbin, conrelid) AS text FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'c' ORDER BY conname`,
  );
  await database.query('DROP TABLE t');
  return rows.map(({ text }) => text);
}

const check = (expression: string) =>
  [
    { op: 'dropConstraint', table: 't', name: 'c' },
    { op: 'createCheckConstraint', table: 't', name: 'c', expression },
  ] as unknown as readonly [Operation, Operation];

/** Whether the project owns the check of somebody else's that a revision which renames the column drops and creates. */
function owns(from: string, to: string, before: string, after: string): boolean {
  const rename = (name: string, newName: string) =>
    ({ op: 'renameColumn', table: 't', from: name, to: newName }) as unknown as Operation;
  const [drop, create] = check(after);
  const [dropNew, createOld] = check(before);
  const revision = {
    upgrade: [drop, rename(from, to), create],
    downgrade: [dropNew, rename(to, from), createOld],
  };
  return [...ownedBy([revision]).keys()].some(address => address.includes('c'));
}

describe("somebody else's check that a revision creates again", () => {
  test('stays unmanaged whatever the names before and after a rename are, and is owned where it is another', () =>
    withDatabase(async database => {
      const spellings = new Map<string, readonly (readonly string[])[]>();
      for (const name of NAMES)
        spellings.set(name, [await spelled(database, name, 0), await spelled(database, name, 1)]);
      const wrong = NAMES.flatMap(from =>
        NAMES.filter(to => to !== from).flatMap(to =>
          expressions.flatMap((_, index) => {
            const [before, after] = [spellings.get(from)!, spellings.get(to)!];
            const isOwned = [0, 1].map(side => owns(from, to, before[0]![index]!, after[side]![index]!));
            return isOwned[0] || !isOwned[1] ? [{ from, to, before: before[0]![index], isOwned }] : [];
          }),
        ),
      );
      expect(wrong).toEqual([]);
    }));
});
