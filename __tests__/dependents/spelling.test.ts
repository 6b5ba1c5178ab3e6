import { expect, test } from '@jest/globals';
import { shareOfToday } from '../support/share-of-today.ts';
import { conditions } from './conditions.ts';
import { evolve } from './evolution.ts';

const table = (decorators: string, more = '') =>
  `@Entity('thing') ${decorators} export class Thing { @PrimaryColumn() id!: number; @Column() code!: string; @Column() points!: number;
   @Column({ type: 'char', length: 9 }) label!: string; @Column({ type: 'timestamp' }) at!: Date; ${more} }`;
const quoted = (text: string) => '`' + text + '`';

const forms: Readonly<Record<string, (condition: string) => string>> = {
  check: condition => table(`@Check('by_name', ${quoted(condition)})`),
  'partial index': condition => table(`@Index('by_name', ['id'], { where: ${quoted(condition)} })`),
  'generated column': condition =>
    /at >|\|\|/.test(condition)
      ? table('')
      : table(
          '',
          `@Column({ type: 'boolean', asExpression: ${quoted(condition)}, generatedType: 'STORED' }) flag!: boolean;`,
        ),
  view: condition =>
    `${table('')} @ViewEntity({ name: 'seen', expression: ${quoted(`SELECT id FROM thing WHERE ${condition}`)} }) export class Seen { @ViewColumn() id!: number }`,
};

const cases = Object.entries(forms).flatMap(([name, form]) =>
  conditions.map(condition => [name, condition, form(condition)] as const),
);

test.each(shareOfToday(cases))('%s settles: %s', async (_name, _condition, after) => {
  await evolve({ before: table(''), after }, ({ again }) => expect(again).toEqual([]));
});
