import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { createRunner, silent } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { ownedBy } from '../../src/compare/ownership.ts';
import type { Operation } from '../../src/objects/kinds.ts';
import { catalogFingerprint, entitiesFrom, withDatabase } from '../support/index.ts';
import { evolve, linesAbout } from './evolution.ts';

const ticket = (columns: string) =>
  `@Entity('ticket') export class Ticket { @PrimaryColumn() id!: number; ${columns} }`;

/** Ways to fill a key. */
const keys: Readonly<Record<string, string>> = {
  plain: '@PrimaryColumn() id!: number;',
  defaulted: '@PrimaryColumn({ default: 7 }) id!: number;',
  serial: '@PrimaryGeneratedColumn() id!: number;',
  always: `@PrimaryGeneratedColumn('identity', { generatedIdentity: 'ALWAYS' }) id!: number;`,
  by_default: `@PrimaryGeneratedColumn('identity', { generatedIdentity: 'BY DEFAULT' }) id!: number;`,
  uuid: `@PrimaryGeneratedColumn('uuid') id!: string;`,
};
const pairs = Object.keys(keys).flatMap(from =>
  Object.keys(keys).flatMap(to => (from === to ? [] : [[from, to] as const])),
);
const keyed = (side: 0 | 1) =>
  pairs
    .map(pair => `@Entity('${pair.join('_to_')}') export class T${pair.join('2')} { ${keys[pair[side]!]} }`)
    .join('\n');

test('a key goes from any way of being filled to any other, and back', () =>
  evolve({ before: keyed(0), after: keyed(1) }, ({ start, end, back, again }) => {
    expect(again).toEqual([]);
    expect(back).toBe(start);
    for (const [from, to] of pairs) {
      const column = (fingerprint: string, name: string) =>
        linesAbout(fingerprint, new RegExp(`^column (public\\.)?${name}\\.id `))
          .join()
          .replaceAll(name, 'NAME');
      const [other] = pairs.find(pair => pair[0] === to)!;
      const like = `${to}_to_${pairs.find(pair => pair[0] === other)![1]}`;
      expect(column(end, `${from}_to_${to}`)).toBe(column(start, like));
    }
  }));

const texts = [
  `type: 'varchar', length: 20`,
  `type: 'varchar', length: 50`,
  `type: 'text'`,
  `type: 'char', length: 10`,
];
const collated = (side: 0 | 1) =>
  ticket(
    texts
      .flatMap((from, i) =>
        texts.map((to, j) => `@Column({ ${[from, to][side]}, collation: 'C' }) c${i}${j}!: string;`),
      )
      .join(' '),
  );

test('the collation stays with each change of type or length', () =>
  evolve({ before: collated(0), after: collated(1) }, ({ start, end, back, again }) => {
    for (const fingerprint of [start, end, back]) {
      const lines = linesAbout(fingerprint, /^column (public\.)?ticket\.c\d\d /);
      expect(lines).toHaveLength(texts.length ** 2);
      expect(lines.filter(line => !line.includes('collation="C"'))).toEqual([]);
    }
    expect(again).toEqual([]);
    expect(back).toBe(start);
  }));

test('a text becomes the only element of an array, whatever is in it', () =>
  evolve(
    {
      before: ticket(`@Column({ type: 'text', nullable: true }) tags!: string | null;`),
      after: ticket(`@Column({ type: 'text', array: true, nullable: true }) tags!: string[] | null;`),
      others: `INSERT INTO ticket VALUES (1, 'a, b'), (2, '{c}'), (3, ''), (4, NULL)`,
    },
    async ({ database, start, back, again }) => {
      expect(again).toEqual([]);
      expect(back).toBe(start);
      // The downgrade casts arrays of one element to text, as PostgreSQL does.
      expect(await database.query('SELECT tags FROM ticket ORDER BY id')).toEqual([
        { tags: '{"a, b"}' },
        { tags: '{"{c}"}' },
        { tags: '{""}' },
        { tags: null },
      ]);
    },
  ));

const long = 'organization_subscription_invoice_line_items';
const lineItems = (labels: string) =>
  `@Entity('${long}') export class LineItem { @PrimaryColumn() id!: number;
    @Column({ type: 'enum', enum: [${labels}], default: 'a' }) settled_state!: string;
    @Column({ type: 'enum', enum: [${labels}], default: 'a' }) settled_stage!: string; }`;

test('enums whose long names begin alike lose a label in one revision, and no comment has the name that they have meanwhile', () =>
  evolve({ before: lineItems(`'a', 'b', 'c'`), after: lineItems(`'a', 'c'`) }, ({ source, start, back, again }) => {
    expect(again).toEqual([]);
    expect(back).toBe(start);
    const comments = source!.split('\n').filter(line => line.trim().startsWith('//'));
    expect(source!.match(/\bto: '\w+__replaced'/g)).toHaveLength(2);
    expect(comments.join()).toMatch(/ from organization_subscription_\w+… \(the former one\) to organization_/);
    expect(comments.join()).not.toContain('__replaced');
  }));

describe('what is said of a generated column', () => {
  const generated = (expression: string) =>
    ticket(`@Column({ default: 1 }) points!: number;
      @Column({ type: 'int', asExpression: '${expression}', generatedType: 'STORED' }) klass!: number;`);

  test('that is computed differently: neither a rename nor a loss', () =>
    evolve({ before: generated('points * 2'), after: generated('points * 3') }, ({ source, again }) => {
      expect(source).not.toMatch(/--rename|Deletes data/);
      expect(source).toContain('// The column ticket.klass is computed again below.');
      expect(again).toEqual([]);
    }));

  test('that goes: no data is deleted with it, but with the column it was computed from', () =>
    evolve({ before: generated('points * 2'), after: ticket('') }, ({ source, back, start }) => {
      expect(source!.match(/Deletes data: .*/g)).toEqual(['Deletes data: column ticket.points']);
      expect(back).toBe(start);
    }));
});

const mood = (labels: string, initial: string) =>
  `import { Column, Entity, PrimaryColumn } from 'typeorm';
  ${ticket(`@Column({ type: 'enum', enum: [${labels}], default: '${initial}' }) mood!: string;`)}`;

test('the label that was the default is removed while a row has it: nothing is half applied, and both ways work', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'label-'));
  await mkdir(join(directory, 'migrations'));
  await withDatabase(async database => {
    const take = async (source: string, revision: string) => {
      const dataSource = database.dataSource({ entities: [...entitiesFrom(source)] as never[] });
      const script = await autogenerate(dataSource, { message: revision, revision, directory, logger: silent });
      const text = renderRevision(script!, 'esm');
      await writeFile(join(directory, 'migrations', `${revision}.mjs`), text);
      return { runner: createRunner(dataSource, {}, { directory, logger: silent }), text };
    };
    const [full, fewer] = [mood(`'good', 'bad', 'new'`, 'new'), mood(`'good', 'bad'`, 'good')];
    await (await take(full, 'one')).runner.upgrade();
    await database.query('INSERT INTO ticket (id) VALUES (1)');
    await database.query('CREATE VIEW report AS SELECT mood FROM ticket');
    const start = await catalogFingerprint(database);
    const { runner, text } = await take(fewer, 'two');
    expect(text).not.toContain('transactional = false');
    await expect(runner.upgrade()).rejects.toThrow('invalid input value for enum');
    expect(await catalogFingerprint(database)).toBe(start);
    expect(await runner.current()).toEqual(['one']);
    await database.query(`UPDATE ticket SET mood = 'bad'`);
    await runner.upgrade();
    expect((await runner.check()).isEmpty).toBe(true);
    await runner.downgrade('one');
    expect(await catalogFingerprint(database)).toBe(start);
    expect(await database.query('SELECT mood FROM report')).toEqual([{ mood: 'bad' }]);
  });
  await rm(directory, { recursive: true, force: true });
});

test('what is owned stays owned: the comment of a renamed column, the indexes of a table that moves to another schema', () => {
  const revisions: readonly (readonly Operation[])[] = [
    [
      {
        op: 'createTable',
        name: 'ticket',
        columns: [{ name: 'state', type: 'text', nullable: false, comment: 'why' }],
      },
      { op: 'createIndex', name: 'by_state', table: 'ticket', columns: ['state'] },
    ],
    [
      { op: 'renameColumn', table: 'ticket', from: 'state', to: 'mood' },
      { op: 'moveTable', table: 'ticket', to: 'audit' },
    ],
    [{ op: 'renameTable', from: 'audit.ticket', to: 'audit.request' }],
  ];
  const owned = ownedBy(revisions.map(upgrade => ({ upgrade, downgrade: [] })));
  expect([...owned.keys()].sort()).toEqual([
    'column:audit.request.mood',
    'comment:audit.request.mood',
    'relation:audit.by_state',
    'relation:audit.request',
  ]);
});

test('the comment of a column that was renamed goes where the entity has it no longer', () =>
  evolve(
    {
      before: ticket(`@Column({ comment: 'why' }) state!: string; @Column({ comment: 'whose' }) owner!: string;`),
      after: ticket('@Column() status!: string; @Column() holder!: string;'),
      byHand: `await op.renameColumn({ table: 'ticket', from: 'state', to: 'status' });`,
      renames: { columns: { 'ticket.owner': 'holder' } },
    },
    ({ start, end, back, again }) => {
      const comments = (fingerprint: string) => linesAbout(fingerprint, /^comment on .*ticket/);
      expect(comments(start)).toHaveLength(2);
      expect(comments(end)).toEqual([]);
      expect(again).toEqual([]);
      expect(back).toBe(start);
    },
  ));
