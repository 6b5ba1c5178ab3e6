import { describe, expect, test } from '@jest/globals';
import { createRunner, silent, statementsOf } from 'typeorm-alembic';
import { autogenerate } from 'typeorm-alembic/codegen';
import { entitiesFrom, testRun, withDatabase } from '../support/index.ts';

const imports = `import { Column, Entity, PrimaryColumn } from 'typeorm';\n`;

/** Elements of each type, and what they are in JSON where that is something else. */
const texts = [
  'a',
  '',
  ' ',
  'b c',
  ' d ',
  'a,b',
  '{',
  '}',
  '{a,b}',
  '"',
  '"a,b"',
  `it's`,
  `it''s`,
  '\\',
  'a\\b',
  'null',
  'NULL',
  null,
  'line\nbreak',
  '\t',
  '(1,2)',
  '[1,5)',
  '\\x00',
  '::text',
  '$1',
  '--',
  '/*',
  'ä€😀',
  'true',
  '1',
  'now',
];
const defaults: readonly (readonly [type: string, elements: readonly unknown[], json?: unknown])[] = [
  ['text', texts],
  ['varchar', texts],
  ['text', []],
  ['text', ['']],
  [
    'text',
    [
      ['a', 'b,c'],
      ['', 'null'],
    ],
  ],
  ['text', [undefined, 'a'], [null, 'a']],
  ['int', [1, -2, null]],
  [
    'int',
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ['bigint', ['9007199254740992', 2], [9007199254740992, 2]],
  ['numeric', [1.5, '2.25'], [1.5, 2.25]],
  ['float', [0.1, 1e21, 'NaN'], [0.1, 1e21, 'NaN']],
  ['boolean', [true, false, null]],
  ['uuid', ['b3a1c2d4-0000-0000-0000-000000000000']],
  ['date', ['2020-01-01']],
  ['timestamptz', ['2020-01-01 00:00:00+00'], ['2020-01-01T00:00:00+00:00']],
  ['interval', ['1 day 02:00:00']],
  ['bytea', ['\\x6162'], ['\\x6162']],
  ['point', ['(1,2)', '(3,4)']],
  ['box', ['(1,1),(0,0)', '(2,2),(0,0)']],
  ['int4range', ['[1,5)', 'empty', null]],
  [
    'jsonb',
    [{ a: [1, `x'y`, '"'] }, null, [1, [2]], 5, true, '{"b":2}', 'plain', ''],
    [{ a: [1, `x'y`, '"'] }, null, [1, [2]], 5, true, { b: 2 }, 'plain', ''],
  ],
  ['json', [{ a: '' }, '"text"'], [{ a: '' }, 'text']],
  ['inet', ['10.0.0.0/8', '::1']],
  ['citext', ['A,b', '']],
];
const enums = ['a', '', 'b,c', `d'e`, 'null', '"', 'f g', '\\'];

/** A source for a value that JSON does not have. */
const literal = (value: unknown): string =>
  value === undefined
    ? 'undefined'
    : Array.isArray(value)
      ? `[${value.map(literal).join(', ')}]`
      : JSON.stringify(value);

const columns = [
  ...defaults.map(([type, elements]) => `type: '${type}', array: true, default: ${literal(elements)}`),
  `type: 'enum', enumName: 'label', enum: ${literal(enums)}, array: true, default: ${literal(enums)}`,
  `type: 'timestamptz', array: true, default: [new Date(0), new Date(-1e14)]`,
  `type: 'bytea', array: true, default: [Buffer.from('ab,')]`,
  `type: 'bigint', array: true, default: [12n]`,
];
const expected = [
  ...defaults.map(([, elements, json = elements]) => json),
  enums,
  ['1970-01-01T00:00:00+00:00', '1200-02-15T14:13:20+00:00 BC'],
  ['\\x61622c'],
  [12],
];

describe('the default of an array column', () => {
  test('is the array that the entity gives, whatever is in it', () =>
    withDatabase(async database => {
      await database.query('CREATE EXTENSION citext');
      const entities = entitiesFrom(
        `${imports}@Entity('item') export class Item { @PrimaryColumn() id!: number;
          ${columns.map((column, i) => `@Column({ ${column} } as any) c${i}!: any;`).join('\n')} }`,
      );
      const dataSource = database.dataSource({ entities: [...entities] as never[], installExtensions: false });
      const options = { directory: testRun().directory, logger: silent };
      const config = { allowNoRevisions: true, versionLocations: ['.'] };
      const script = await autogenerate(dataSource, { message: 'arrays', config, ...options });
      for (const { sql } of script!.upgrade.flatMap(each => statementsOf(each))) await database.query(sql);
      await database.query(`SET TIME ZONE 'UTC'; INSERT INTO item (id) VALUES (1)`);
      const [{ row }] = await database.query('SELECT to_json(i) AS row FROM item i');
      expect(columns.map((column, i) => [column, row[`c${i}`]])).toEqual(
        columns.map((column, i) => [column, expected[i]]),
      );
      expect((await createRunner(dataSource, config, options).check()).operations).toEqual([]);
    }));

  test('does not differ from what synchronize() makes of plain elements', () =>
    withDatabase(async database => {
      const entities = entitiesFrom(
        `${imports}@Entity('item') export class Item { @PrimaryColumn() id!: number;
          @Column({ type: 'text', array: true, default: ['a', 'b c', 'd-e'] }) a!: string[];
          @Column({ type: 'int', array: true, default: [1, 2] }) b!: number[];
          @Column({ type: 'boolean', array: true, default: [true] }) c!: boolean[];
          @Column({ type: 'enum', enum: ['x', 'y'], array: true, default: ['y', 'x'] }) d!: string[];
          @Column({ type: 'text', array: true, default: [] }) e!: string[];
          @Column({ type: 'text', array: true, default: '{f,g}' }) f!: string[];
          @Column({ type: 'numeric', array: true, default: [1.5, -2] }) g!: string[] }`,
      );
      const dataSource = await database
        .dataSource({ entities: [...entities] as never[], installExtensions: false })
        .initialize();
      await dataSource.synchronize();
      const options = { directory: testRun().directory, logger: silent };
      const config = { allowNoRevisions: true, versionLocations: ['.'] };
      expect((await createRunner(dataSource, config, options).check()).operations).toEqual([]);
    }));
});
