import { expect, test } from '@jest/globals';
import { evolve, linesAbout } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const quoted = (text: string) => '`' + text + '`';
const view = (name: string, select: string, options = '') =>
  `@ViewEntity({ name: '${name}', expression: ${quoted(select)}${options} }) export class V_${name} { @ViewColumn() id!: number }`;
const item = (more = '', states = ['a']) => `
  @Entity('item') export class Item { @PrimaryColumn() id!: number; @Column() title!: string;
    @Column({ type: 'enum', enum: ${JSON.stringify(states)} }) st!: any; ${more} }
  ${view('other', 'SELECT id, title FROM item')}`;
const extra = `@Column({ nullable: true }) extra!: string;`;

/** Entities that give a view something to read which is not there yet. */
const news: Readonly<Record<string, (read: (columns: string, from: string) => string) => string>> = {
  'a column': read => item(extra) + read('extra', 'item'),
  'a column, with all others': read =>
    item(extra).replace('SELECT id, title FROM item', 'SELECT * FROM item') + read('title, extra', 'other'),
  'a table': read =>
    `${item()} @Entity('more') export class More { @PrimaryColumn() id!: number; @Column() extra!: string; @Column() title!: string }` +
    read('extra', 'more'),
  'a label': read => item('', ['a', 'b']) + read(`'x' AS extra`, `(SELECT * FROM item WHERE st <> 'b') i`),
  'an enum': read =>
    item(`@Column({ type: 'enum', enum: ['x', 'y'], nullable: true }) kind!: any;`) +
    read('kind AS extra', `(SELECT * FROM item WHERE kind = 'x') i`),
  'another view': read => item(extra) + view('inner', 'SELECT * FROM item') + read('extra', '"inner"'),
  'a column, in groups of a key': read =>
    item(extra) + read('max(extra) AS extra', 'item').replace(/FROM item/g, '$& GROUP BY id'),
};

const sets = [
  `COMMENT ON COLUMN seen.title IS 'of title'; COMMENT ON COLUMN seen.id IS 'of id'`,
  `GRANT SELECT (title) ON seen TO pg_monitor; GRANT SELECT (id) ON seen TO pg_monitor`,
  `ALTER VIEW seen ALTER title SET DEFAULT 'x'; ALTER VIEW seen ALTER id SET DEFAULT 7`,
].join(';');
const about = /(column public\.seen\.|comment .*public\.seen\.|comment .*seen)/;

test.each(shareOfToday(Object.entries(news)))(
  'of a view that also reads %s, what its SELECT has keeps its settings',
  async (_, after) => {
    const before = item() + view('seen', 'SELECT id, title FROM item');
    const withTitle = after((columns, from) =>
      view('seen', `SELECT id, ${columns.replace('title, ', '')}, title FROM ${from}`),
    );
    const without = after((columns, from) => view('seen', `SELECT id, ${columns.replace('title, ', '')} FROM ${from}`));
    await evolve({ before, after: without, others: sets }, ({ source, start, end, again, back }) => {
      expect(source).toContain('the comment of column title');
      expect(source).toContain('the default of column title');
      expect(source).toContain('the privileges of pg_monitor on column title');
      const kept = linesAbout(start, about).filter(line => /\bid\b/.test(line));
      expect(kept.length).toBeGreaterThan(1);
      expect(linesAbout(end, about)).toEqual(expect.arrayContaining(kept as string[]));
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
    await evolve({ before, after: withTitle, others: sets }, ({ start, end, again, back }) => {
      const kept = linesAbout(start, about);
      expect(linesAbout(end, about)).toEqual(expect.arrayContaining(kept as string[]));
      expect(again).toEqual([]);
      expect(back).toBe(start);
    });
  },
);

test('of a table that becomes a view, the privileges on columns that its SELECT lacks are named', async () => {
  const source = (seen: string) => `@Entity('item') export class Item { @PrimaryColumn() id!: number } ${seen}`;
  const before = source(`@Entity('seen') export class Seen { @PrimaryColumn() id!: number; @Column() title!: string }`);
  const after = source(view('seen', 'SELECT id FROM item'));
  const others = 'GRANT SELECT (id, title) ON seen TO pg_monitor';
  await evolve({ before, after, others }, ({ source: revision, end, again }) => {
    expect(revision).toContain('the privileges of pg_monitor on column title');
    expect(linesAbout(end, /seen.*pg_monitor=SELECT/)).toHaveLength(1);
    expect(again).toEqual([]);
  });
});

test.each(
  shareOfToday([
    ['aud.item', 'id'],
    ['"aud" . "item" i', 'i.id'],
    ['"public"."Item" AS "t"', 't.id'],
    ['"Item" t', 't.id'],
    ['aud.item JOIN public."Item" t USING (id)', 'aud.item.id'],
    ['/* aud.other */ "Item" t JOIN "aud"."Item" a USING (id) JOIN item USING (id)', 'a.id'],
  ]),
)('it keeps them however it spells what it reads: %s', async (from, id) => {
  const source = (more: string, select: string) => `
    @Entity('item', { schema: 'aud' }) export class A { @PrimaryColumn() id!: number; ${more} }
    @Entity('Item', { schema: 'aud' }) export class B { @PrimaryColumn() id!: number }
    @Entity('Item') export class C { @PrimaryColumn() id!: number; ${more} }
    @Entity('item') export class D { @PrimaryColumn() id!: number }
    ${view('seen', `SELECT ${select} FROM ${from}`)}`;
  const evolution = {
    before: source('', `${id} AS id`),
    after: source(extra, `extra, ${id} AS id`).replace(/extra, (?=.*JOIN public)/, 't.extra, '),
    others: `COMMENT ON COLUMN seen.id IS 'x'`,
  };
  await evolve(evolution, ({ source: revision, start, end, again, back }) => {
    expect(revision).not.toContain('the comment of column id');
    expect(linesAbout(end, /comment.*seen/)).toHaveLength(1);
    expect(again).toEqual([]);
    expect(back).toBe(start);
  });
});

test('a check option stays where the new SELECT can be updated, and is named where it cannot', async () => {
  const before = item() + view('seen', 'SELECT id FROM item WHERE id > 0');
  const others = 'ALTER VIEW seen SET (check_option=local, security_barrier=true)';
  for (const [select, isUpdatable] of [
    ['SELECT id, extra FROM item', true],
    ['SELECT DISTINCT id, extra FROM item', false],
  ] as const) {
    await evolve(
      { before, after: item(extra) + view('seen', select), others },
      ({ source, end, again, back, start }) => {
        expect(linesAbout(end, /seen.*security_barrier=true/)).toHaveLength(1);
        expect(linesAbout(end, /seen.*check_option=local/)).toHaveLength(isUpdatable ? 1 : 0);
        expect(source!.includes('Drops') && source!.includes('the option check_option=local')).toBe(!isUpdatable);
        expect(again).toEqual([]);
        expect(back).toBe(start);
      },
    );
  }
});
