import { describe, expect, test } from '@jest/globals';
import { evolve } from './evolution.ts';

const conditions = [
  `code IN ('open', 'closed')`,
  `code NOT IN ('open', 'closed')`,
  `code = ANY (ARRAY['open', 'closed'])`,
  `code LIKE 'o%' OR code IS NULL`,
  `coalesce(code, 'x') <> ''`,
  `lower(code) = 'open'`,
  `points IN (1, 2)`,
  `points BETWEEN 1 AND 9`,
  `points::text <> '5'`,
  `points > -1`,
  `CASE WHEN points > 0 THEN code ELSE 'none' END <> 'none'`,
  `(code, points) IS DISTINCT FROM ('open', 1)`,
  `label IN ('a', 'b')`,
  `at > '2020-02-01'`,
  `code || '-' || points <> 'x-1'`,
];

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

describe.each(Object.entries(forms))('%s', (_, form) => {
  test.each(conditions)('settles: %s', async condition => {
    await evolve({ before: table(''), after: form(condition) }, ({ again }) => expect(again).toEqual([]));
  });
});
