import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DataSource, TableColumn } from 'typeorm';
import { columnType } from '../../src/metadata/column-types.ts';
import { withDatabase } from '../support/index.ts';

const { driver } = new DataSource({ type: 'postgres' });

const oneOf = <Each>(...each: readonly Each[]): fc.Arbitrary<Each> => fc.constantFrom(...each);
const maybe = <Each>(arbitrary: fc.Arbitrary<Each>) => fc.option(arbitrary, { nil: undefined });
const upTo = (min: number, max: number) => fc.integer({ min, max });

const declarations = fc.oneof(
  fc.record({
    type: oneOf('character varying', 'character', 'bit', 'bit varying'),
    length: oneOf('', '1', '2', '40'),
  }),
  fc.record({
    type: oneOf(
      'timestamp without time zone',
      'timestamp with time zone',
      'time without time zone',
      'time with time zone',
      'interval',
    ),
    precision: maybe(oneOf(null, 0, 1, 3, 6)),
  }),
  fc.record({ type: fc.constant('numeric'), precision: maybe(upTo(20, 30)), scale: maybe(upTo(0, 20)) }),
  fc.record({ type: oneOf('integer', 'text', 'jsonb', 'uuid', 'double precision', 'real', 'boolean', 'int4range') }),
);

test('types are spelled as PostgreSQL spells what TypeORM declares', async () => {
  await withDatabase(async database => {
    await fc.assert(
      fc.asyncProperty(declarations, fc.boolean(), async (declaration, isArray) => {
        const column = new TableColumn({ name: 'c', isArray, ...declaration } as TableColumn);
        const [row] = await database.query<{ type: string }>(
          `DROP TABLE IF EXISTS t; CREATE TABLE t (c ${driver.createFullType(column)});
           SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'c'`,
        );
        expect(columnType(column)).toBe(row?.type);
      }),
      { numRuns: 150 },
    );
  });
});
