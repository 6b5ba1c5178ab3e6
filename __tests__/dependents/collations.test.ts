import { expect, test } from '@jest/globals';
import { evolve, linesAbout } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const types = ['character varying', 'text', 'char'];
const each = (print: (column: string, number: number) => string) => types.map((_, i) => print(`c${i}`, i)).join('\n');

const view = (name: string, select: string, options = '') =>
  `@ViewEntity({ name: '${name}', expression: ${'`' + select + '`'} ${options} })
   export class V_${name} { @ViewColumn() id!: number }`;

/** Whatever holds an expression, over columns of each type. */
const entities = (collation: string) => {
  const condition = (column: string) => `${column}${collation} < 'x'`;
  return `
    @Entity('thing')
    ${each((column, i) => `@Check('check_${i}', ${quoted(condition(column))})`)}
    ${each((column, i) => `@Index('partial_${i}', ['id'], { where: ${quoted(condition(column))} })`)}
    ${each((column, i) => `@Exclusion('apart_${i}', ${quoted(`USING btree (id WITH =) WHERE (${condition(column)})`)})`)}
    export class Thing { @PrimaryColumn() id!: number;
      ${each((column, i) => `@Column({ type: '${types[i]}' }) ${column}!: string;`)}
      ${each(
        (column, i) =>
          `@Column({ type: 'boolean', generatedType: 'STORED', asExpression: ${quoted(condition(column))} }) g${i}!: boolean;`,
      )} }
    ${each((column, i) => view(`where_${i}`, `SELECT id FROM thing WHERE ${condition(column)}`))}
    ${each((column, i) => view(`column_${i}`, `SELECT id, ${column}${collation} AS ${column} FROM thing`))}
    ${each((column, i) => view(`stored_${i}`, `SELECT id, ${column}${collation} AS ${column} FROM thing`, ', materialized: true'))}`;
};
const quoted = (text: string) => '`' + text + '`';
const holders = ['check', 'partial', 'exclusion', 'index of the exclusion', 'generated', 'where', 'column', 'stored'];

/** The objects of the fingerprint in whose text a collation is. */
const collated = (fingerprint: string, collation: string): readonly string[] =>
  linesAbout(fingerprint, new RegExp(`COLLATE "?${collation}"?`));

test.each(
  shareOfToday(
    [
      ['none', 'C'],
      ['C', 'POSIX'],
      ['POSIX', 'none'],
    ],
    1,
  ),
)('a change of collation from %s to %s is seen wherever an expression stands', async (from, to) => {
  const [before, after] = [from, to].map(each => entities(each !== 'none' ? ` COLLATE "${each}"` : '')) as [
    string,
    string,
  ];
  await evolve({ before, after, probes: true }, ({ start, end, again, back }) => {
    const count = holders.length * types.length;
    if (from !== 'none') expect([collated(start, from).length, collated(end, from)]).toEqual([count, []]);
    if (to !== 'none') expect([collated(start, to), collated(end, to).length]).toEqual([[], count]);
    expect(again).toEqual([]);
    expect(back).toBe(start);
  });
});

test('a view takes the other one of two columns that only differ in collation', async () => {
  const source = (column: string) =>
    `@Entity('thing') export class Thing { @PrimaryColumn() id!: number; @Column() code!: string }
     ${view('lower', `SELECT id, code AS plain, code COLLATE "C" AS bytes FROM thing`)}
     ${view('upper', `SELECT id, ${column} AS text FROM "lower"`)}`;
  await evolve({ before: source('plain'), after: source('bytes'), probes: true }, ({ end, again }) => {
    expect(linesAbout(end, /\bbytes AS text/)).toHaveLength(1);
    expect(again).toEqual([]);
  });
});
