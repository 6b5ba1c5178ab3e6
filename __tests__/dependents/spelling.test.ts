import { expect, test } from '@jest/globals';
import { conditions } from './conditions.ts';
import { evolve } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const table = (decorators: string, more = '') =>
  `@Entity('thing') ${decorators} export class Thing { @PrimaryColumn() id!: number; @Column() code!: string; @Column() points!: number;
   @Column({ type: 'char', length: 9 }) label!: string; @Column({ type: 'timestamp' }) at!: Date; ${more} }`;
const quoted = (text: string) => '`' + text + '`';
const each = (print: (condition: string, number: number) => string) => conditions.map(print).join('\n');

/** PostgreSQL refuses these in a generated column: they depend on the session. */
const isVolatile = (condition: string) => /at >|\|\|/.test(condition);

/** All conditions at once, each in an object of its own. */
const forms: Readonly<Record<string, string>> = {
  'a check': table(each((condition, number) => `@Check('check_${number}', ${quoted(condition)})`)),
  'a partial index': table(
    each((condition, number) => `@Index('index_${number}', ['id'], { where: ${quoted(condition)} })`),
  ),
  'a generated column': table(
    '',
    each((condition, number) =>
      isVolatile(condition)
        ? ''
        : `@Column({ type: 'boolean', asExpression: ${quoted(condition)}, generatedType: 'STORED' }) flag${number}!: boolean;`,
    ),
  ),
  'a view': `${table('')} ${each(
    (condition, number) =>
      `@ViewEntity({ name: 'seen_${number}', expression: ${quoted(`SELECT id FROM thing WHERE ${condition}`)} })
       export class Seen${number} { @ViewColumn() id!: number }`,
  )}`,
};

test.each(shareOfToday(Object.entries(forms)))(
  'a condition settles in %s, as PostgreSQL spells it',
  async (_form, after) => {
    await evolve({ before: table(''), after }, ({ source, again }) => {
      expect(source).toBeDefined();
      expect(again).toEqual([]);
    });
  },
);
