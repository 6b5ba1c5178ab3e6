import { describe, expect, test } from '@jest/globals';
import { compare } from '../../src/compare/compare.ts';
import { introspect } from '../../src/database/introspect.ts';
import { schemaOf, statementsOf, type Operation } from '../../src/objects/kinds.ts';
import { catalogFingerprint, withDatabase, type TestDatabase } from '../support/index.ts';
import { schemas } from './schemas.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const everything = { schemas: ['public', 'audit'] };

const apply = async (database: TestDatabase, operations: readonly Operation[]) => {
  for (const operation of operations) for (const { sql } of statementsOf(operation)) await database.query(sql);
};

describe('applying compare(a, b) to a database at a gives b', () => {
  const names = Object.keys(schemas);
  const pairs = names.flatMap(from => names.filter(to => to !== from).map(to => [from, to] as const));
  test.each(shareOfToday(pairs, 4))('%s → %s', async (from, to) => {
    await withDatabase(async target =>
      withDatabase(async database => {
        await target.query(schemas[to]!);
        await database.query(schemas[from]!);
        const [before, after] = [await introspect(database, everything), await introspect(target, everything)];
        await apply(database, compare(before, after));
        expect(await catalogFingerprint(database)).toEqual(await catalogFingerprint(target));
        expect(compare(await introspect(database, everything), after)).toEqual([]);
      }),
    );
  });
});

describe('compare(a, a) is empty', () => {
  test.each(Object.keys(schemas))('%s', async name => {
    await withDatabase(async database => {
      await database.query(schemas[name]!);
      const schema = await introspect(database, everything);
      expect(compare(schema, await introspect(database, everything))).toEqual([]);
      expect(compare(schemaOf({}), schema).length > 0).toBe(name !== 'empty');
    });
  });
});
