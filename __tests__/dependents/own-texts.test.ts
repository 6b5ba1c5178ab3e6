import { expect, test } from '@jest/globals';
import { evolve, linesAbout } from './evolution.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const quoted = (text: string) => '`' + text + '`';
const view = (name: string, select: string, options = '') =>
  `@ViewEntity({ name: '${name}', expression: ${quoted(select)} ${options} }) export class V_${name} { @ViewColumn() id!: number }`;

/** Views of each sort over the column, and views over those: their text is the same whatever type it has. */
const entities = (column: string) => `
  @Entity('item') export class Item { @PrimaryColumn() id!: number; ${column} code!: any }
  ${view('plain', `SELECT id, code FROM item WHERE code = '5'`)}
  ${view('kept', `SELECT id, code FROM item WHERE code BETWEEN '5' AND '7'`, ', materialized: true')}
  ${view('upper', `SELECT id, code FROM plain WHERE code <> '6'`)}
  ${view('top', `SELECT u.id, CASE WHEN u.code = '7' THEN 'seven' END AS word FROM upper u JOIN kept k ON k.id = u.id AND k.code > '1'`)}`;

const columns: Readonly<Record<string, string>> = {
  text: `@Column({ type: 'text' })`,
  varchar: `@Column({ type: 'varchar' })`,
  integer: `@Column({ type: 'integer' })`,
  numeric: `@Column({ type: 'numeric' })`,
  'an enum': `@Column({ type: 'enum', enum: ['5', '6', '7', '1'] })`,
};
const pairs = [
  ['text', 'integer'],
  ['varchar', 'an enum'],
  ['an enum', 'varchar'],
  ['integer', 'text'],
  ['varchar', 'numeric'],
] as const;

test.each(shareOfToday(pairs))('views over a column that changes from %s to %s fit its new type', async (from, to) => {
  const evolution = { before: entities(columns[from]!), after: entities(columns[to]!) };
  await evolve(evolution, ({ start, end, again, back }) => {
    expect(again).toEqual([]);
    expect(linesAbout(end, /^view/)).toHaveLength(4);
    expect(linesAbout(end, /^view/)).not.toEqual(linesAbout(start, /^view/));
    expect(back).toBe(start);
  });
});

test('a view over another view whose column changes its type', async () => {
  const source = (column: string) => `
    @Entity('item') export class Item { @PrimaryColumn() id!: number; @Column() code!: number }
    ${view('plain', `SELECT id, ${column} AS code FROM item`)}
    ${view('upper', `SELECT id FROM plain WHERE code = '6'`)}`;
  await evolve({ before: source('code::text'), after: source('code') }, ({ start, end, again, back }) => {
    expect(again).toEqual([]);
    expect([start, end].map(each => linesAbout(each, /^view.*'6'::text/).length)).toEqual([1, 0]);
    expect(back).toBe(start);
  });
});

test('a view of all columns has those that are added in the same revision, as have the views above it', async () => {
  const source = (more: string) => `
    @Entity('item') export class Item { @PrimaryColumn() id!: number; @Column() code!: number; ${more} }
    ${view('all_of_it', 'SELECT * FROM item')} ${view('kept', 'SELECT i.*, 1 AS one FROM item i', ', materialized: true')}
    ${view('upper', 'SELECT * FROM all_of_it')} ${view('count', 'SELECT count(*) AS id FROM item')}`;
  const evolution = { before: source(''), after: source('@Column({ nullable: true }) extra!: string;') };
  await evolve(evolution, ({ source: revision, start, end, again, back }) => {
    expect(again).toEqual([]);
    expect([start, end].map(each => linesAbout(each, /^view.*extra/).length)).toEqual([0, 3]);
    expect(revision).not.toContain('count');
    expect(back).toBe(start);
  });
});

/** Views of all columns of a table, by itself and under others. */
const stars = (declared: string) => `
  @Entity('item') export class Item { @PrimaryColumn() id!: number; ${declared} }
  ${view('all_of_it', 'SELECT * FROM item WHERE id > 5')} ${view('kept', 'SELECT i.*, 1 AS one FROM item i', ', materialized: true')}
  ${view('upper', 'SELECT * FROM all_of_it')} ${view('top', 'SELECT u.* FROM upper u JOIN kept USING (id)')} ${view('few', 'SELECT id FROM all_of_it')}
  ${view('whole', 'TABLE item')} ${view('parts', '(table item) UNION ALL SELECT * FROM item')}
  ${view('beside', 'SELECT l.id FROM item i, LATERAL (SELECT i.*) l')}`;
const note = `@Column({ nullable: true }) note!: string;`;

const stays = [
  ['lost', stars(note), stars(''), {}, 0],
  ['renamed', stars(note), stars(note.replace('note!', 'memo!')), { columns: { 'item.note': 'memo' } }, 7],
  ['replaced', stars(note), stars(note.replace('note!', 'memo!')), {}, 7],
] as const;
test.each(shareOfToday(stays))(
  'views of all columns, of which one is %s, have those that there are',
  (_, before, after, renames, views) =>
    evolve({ before, after, renames, probes: true }, async ({ start, end, again, back, runner }) => {
      expect(again).toEqual([]);
      expect([start, end].map(each => linesAbout(each, /^view.*note/).length)).toEqual([7, 0]);
      expect(linesAbout(end, /^view.*memo/)).toHaveLength(views);
      expect(back).toBe(start);
      await runner.upgrade();
      expect((await runner.check()).operations).toEqual([]);
    }),
);

test('views of all columns over a view that has fewer', async () => {
  const source = (columns: string) => `
    @Entity('item') export class Item { @PrimaryColumn() id!: number; @Column() note!: string }
    ${view('below', `SELECT ${columns} FROM item`)} ${view('upper', 'SELECT * FROM below')} ${view('top', 'SELECT * FROM upper')}`;
  await evolve({ before: source('id, note'), after: source('id') }, ({ start, end, again, back }) => {
    expect(again).toEqual([]);
    expect([start, end].map(each => linesAbout(each, /^view.*note/).length)).toEqual([3, 0]);
    expect(back).toBe(start);
  });
});

test('what is set of a column of such a view follows its rename, and is said to be lost with it', async () => {
  const others = `COMMENT ON COLUMN all_of_it.note IS 'said'`;
  const memo = stars(note.replace('note!', 'memo!'));
  const renames = { columns: { 'item.note': 'memo' } };
  await evolve(
    { before: stars(note), after: memo, renames, others, probes: true },
    async ({ start, back, runner, database }) => {
      await runner.upgrade();
      const [{ said }] = await database.query(`SELECT col_description('all_of_it'::regclass, attnum) AS said
      FROM pg_attribute WHERE attrelid = 'all_of_it'::regclass AND attname = 'memo'`);
      expect(said).toBe('said');
      expect(back).toBe(start);
    },
  );
  await evolve({ before: stars(note), after: stars(''), others, probes: true }, ({ source, start, back }) => {
    expect(source).toContain('the comment of column note');
    expect(back).toBe(start);
  });
});

test('a new view over a materialized view of others that is created again', async () => {
  const source = (type: string, more = '') =>
    `@Entity('item') export class Item { @PrimaryColumn() id!: number; @Column({ type: '${type}' }) points!: any } ${more}`;
  const others = 'CREATE MATERIALIZED VIEW stats AS SELECT sum(points) AS id FROM item';
  const a = view('a_first', 'WITH b AS (SELECT id FROM stats) SELECT id FROM b');
  await evolve({ before: source('int'), after: source('bigint', a), others }, ({ again, start, back }) => {
    expect(again).toEqual([]);
    expect(back).toBe(start);
  });
});
