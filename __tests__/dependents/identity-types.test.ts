import { describe, expect, test } from '@jest/globals';
import { evolve, linesAbout } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const types = ['smallint', 'integer', 'bigint'] as const;
const options = [
  '',
  'MAXVALUE 900 INCREMENT BY 10 START WITH 7 CYCLE',
  'MAXVALUE 32767',
  'MINVALUE -32768 MAXVALUE 32767 START WITH 1',
  'INCREMENT BY -2 MINVALUE -99 MAXVALUE 5 RESTART WITH 3',
  'START WITH 50 RESTART WITH 60',
  'CACHE 3',
];

interface Numbered {
  readonly name: string;
  readonly type: (typeof types)[number];
  readonly sql: string;
}

/** Columns of all types whose sequences are of all other types, with options. */
const columns: readonly Numbered[] = types.flatMap(type =>
  types
    .filter(own => own !== type)
    .flatMap(own =>
      options.map((each, i) => {
        const name = `${type}_${own}_${i}`;
        return { name, type, sql: `ALTER SEQUENCE doc_${name}_seq AS ${own} ${each}` };
      }),
    ),
);
const others = columns.map(({ sql }) => sql).join('; ');

const doc = (column: (each: Numbered) => string) =>
  `@Entity('doc') export class Doc { @PrimaryColumn() id!: number; ${columns.map(column).join('\n')} }`;
const identity = ({ name, type }: Numbered, to: string = type, generated = 'ALWAYS') =>
  `@Column({ type: '${to}', generatedIdentity: '${generated}' }) @Generated('identity') ${name}!: string;`;
const before = `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number } ${doc(each => identity(each))}`;
const ticket = before.slice(0, before.indexOf("@Entity('doc')"));

/** What becomes of the columns. */
const changes: Readonly<Record<string, readonly [after: string, keeps: boolean]>> = {
  'the table is dropped': ['', false],
  'the columns are dropped': [doc(() => ''), false],
  'they may be given values': [doc(each => identity(each, each.type, 'BY DEFAULT')), true],
  'they are fed by sequences of their own': [
    doc(({ name, type }) => `@Column({ type: '${type}' }) @Generated('increment') ${name}!: number;`),
    true,
  ],
  'they are fed no more': [doc(({ name, type }) => `@Column({ type: '${type}' }) ${name}!: number;`), false],
  ...Object.fromEntries(types.map(type => [`they become ${type}`, [doc(each => identity(each, type)), true]] as const)),
};

const sequencesIn = (fingerprint: string): readonly string[] =>
  linesAbout(fingerprint, /^sequence /).map(line => line.replace(/ owner=.*/, ''));

describe('the sequence of an identity column keeps a type of its own', () => {
  test.each(shareOfToday(Object.entries(changes)))('where %s', (_, [after, keeps]) =>
    evolve({ before, after: ticket + after, others }, ({ start, end, back, again }) => {
      if (keeps) expect(sequencesIn(end)).toEqual(sequencesIn(start));
      expect(again).toEqual([]);
      expect(back).toBe(start);
    }),
  );

  test('and numbers go on where they were', () =>
    evolve({ before, after: ticket + doc(each => identity(each, 'bigint')), others }, async ({ database, runner }) => {
      await database.query('INSERT INTO doc (id) VALUES (1); INSERT INTO doc (id) VALUES (2)');
      const next = async () =>
        (await database.query('INSERT INTO doc (id) SELECT max(id) + 1 FROM doc RETURNING *'))[0]!;
      const third = await next();
      await runner.upgrade();
      const fourth = await next();
      const step = ({ name }: Numbered) => Number(fourth[name]) - Number(third[name]);
      // What a session has cached goes with it.
      const uncached = columns.filter(({ sql }) => !sql.includes('CACHE'));
      expect(uncached.map(each => step(each))).toEqual(
        uncached.map(({ sql }) => Number(/INCREMENT BY (\S+)/.exec(sql)?.[1] ?? 1)),
      );
    }));
});
