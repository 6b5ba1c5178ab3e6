import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compare } from '../../src/compare/compare.ts';
import { canonical } from '../../src/database/canonical.ts';
import { introspect } from '../../src/database/introspect.ts';
import { schemaOf, statementsOf, type Operation, type Schema } from '../../src/objects/kinds.ts';
import { catalogFingerprint, withDatabase, type TestDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { schema } from './random-schema.ts';

const read = (database: TestDatabase) => introspect(database, { schemas: ['public', 'aside'] });

async function apply(database: TestDatabase, operations: readonly Operation[]): Promise<void> {
  for (const operation of operations) for (const { sql } of statementsOf(operation)) await database.query(sql);
}

async function build(database: TestDatabase, state: Schema): Promise<void> {
  await database.query('DROP SCHEMA IF EXISTS aside CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await apply(database, compare(schemaOf({}), state));
}

const runs = Number(process.env['LAW_RUNS'] ?? shareOfToday([...Array(40).keys()], 20).length);

test('between any two states: there, nothing left to do, and back', async () => {
  await withDatabase(database =>
    withDatabase(async fresh => {
      await fc.assert(
        fc.asyncProperty(schema, schema, async (a, b) => {
          await build(database, a);
          await build(fresh, b);
          const [dumpOfA, dumpOfB] = [await catalogFingerprint(database), await catalogFingerprint(fresh)];
          const live = await read(database);
          const target = await canonical(database, b, live);
          const upgrade = compare(live, target);
          await apply(database, upgrade);
          expect(await catalogFingerprint(database)).toBe(dumpOfB);

          const now = await read(database);
          const spelled = await canonical(database, b, now);
          expect(compare(now, spelled)).toEqual([]);
          expect(await canonical(database, spelled, now)).toEqual(spelled);

          await apply(database, compare(target, live));
          expect(await catalogFingerprint(database)).toBe(dumpOfA);
        }),
        { numRuns: runs },
      );
    }),
  );
}, 600_000);
