import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import {
  createRunner,
  RenameConflictError,
  silent,
  UnknownRenameError,
  type MigrationsConfig,
  type Renames,
} from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, withDatabase } from '../support/index.ts';

const imports = `import { Column, Entity, PrimaryColumn } from 'typeorm';\n`;
const other = `@Entity('other') export class Other { @PrimaryColumn() id!: number }`;
const entity = (table: string, column: string, label: string) =>
  `@Entity('${table}') export class Kept { @PrimaryColumn() id!: number; @Column({ nullable: true }) ${column}!: string;
    @Column({ type: 'enum', enum: ['open', '${label}'], nullable: true }) state!: string }
   ${other}`;

test('a configuration keeps the renames that revisions made, whatever becomes of the names since', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kept-renames-'));
  await mkdir(path.join(directory, 'migrations'));
  await withDatabase(async database => {
    const renames = { tables: {} as Record<string, string>, columns: {}, enumLabels: {} };
    const step = async (number: number, source: string, told: MigrationsConfig['renames'] = {}) => {
      for (const [what, names] of Object.entries(told)) Object.assign(renames[what as 'tables'], names);
      const dataSource = database.dataSource({ entities: [...entitiesFrom(imports + source)] as never[] });
      const options = { message: 'step', revision: `000${number}`, directory, logger: silent, config: { renames } };
      const script = await autogenerate(dataSource, options);
      const text = renderRevision(script!, 'esm');
      await writeFile(path.join(directory, 'migrations', `000${number}.mjs`), text);
      const runner = createRunner(dataSource, { renames }, { directory, logger: silent });
      await runner.upgrade();
      expect((await runner.check()).operations).toEqual([]);
      return text;
    };
    await step(1, entity('item', 'title', 'done'));
    await database.query(`INSERT INTO item VALUES (1, 'kept', 'done')`);
    await step(2, entity('thing', 'subject', 'closed'), {
      tables: { item: 'thing' },
      columns: { 'item.title': 'subject' },
      enumLabels: { 'item_state_enum.done': 'closed' },
    });
    const text = await step(3, entity('article', 'headline', 'shut'), {
      tables: { thing: 'article' },
      columns: { 'thing.subject': 'headline' },
      enumLabels: { 'thing_state_enum.closed': 'shut' },
    });
    expect(text.match(/op\.(drop|create|add)\w+/g)).toBeNull();
    expect(await database.query('SELECT headline, state FROM article')).toEqual([{ headline: 'kept', state: 'shut' }]);
    // The old names are there again.
    const again = await step(
      4,
      entity('article', 'headline', 'shut') + entity('item', 'title', 'done').split(other)[0]!.replace('Kept', 'Again'),
    );
    expect(again.match(/op\.(drop|create|add|rename)\w+/g)).toEqual([
      'op.createEnum',
      'op.createTable',
      'op.dropTable',
      'op.dropEnum',
    ]);
    await step(5, other);
    renames.tables['itme'] = 'article';
    const dataSource = database.dataSource({ entities: [...entitiesFrom(`${imports}${other}`)] as never[] });
    const runner = createRunner(dataSource, { renames }, { directory, logger: silent });
    await expect(runner.check()).rejects.toThrow(UnknownRenameError);
  });
  await rm(directory, { recursive: true });
});

test('what changed its name before and has a namesake since is not renamed again, unless that is asked for', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'kept-renames-'));
  await mkdir(path.join(directory, 'migrations'));
  const pair = (table: string, ...columns: readonly string[]) =>
    `@Entity('${table}') export class ${table} { @PrimaryColumn() id!: number;
      ${columns.map(name => `@Column({ nullable: true }) ${name}!: string;`).join(' ')}
      @Column({ type: 'enum', enum: ['up', 'down'], nullable: true }) way!: string }`;
  await withDatabase(async database => {
    const revisionOf = (number: number) => String(number).padStart(4, '0');
    const step = async (number: number, source: string, config: MigrationsConfig, asked: Renames = {}) => {
      const dataSource = database.dataSource({ entities: [...entitiesFrom(imports + source)] as never[] });
      const options = {
        message: 'step',
        revision: revisionOf(number),
        directory,
        logger: silent,
        config,
        renames: asked,
      };
      const script = await autogenerate(dataSource, options);
      if (!script) return [];
      await writeFile(path.join(directory, 'migrations', `${revisionOf(number)}.mjs`), renderRevision(script, 'esm'));
      await createRunner(dataSource, config, { directory, logger: silent }).upgrade();
      return script.upgrade.map(({ op }) => op);
    };
    const rows = async () =>
      (await database.query(
        'SELECT n.first, n.last, n.way, (SELECT first FROM two) AS two FROM one n',
      )) as readonly object[];
    const both = pair('one', 'first', 'last') + pair('two', 'first');
    await step(1, both, {});
    await database.query(
      `INSERT INTO one (id, way, first, last) VALUES (1, 'up', 'Ada', 'Lovelace');
       INSERT INTO two (id, way, first) VALUES (2, 'down', 'Bea')`,
    );
    const columns = { 'one.first': 'last', 'public.one.last': 'first' };
    const enumLabels = { 'one_way_enum.up': 'down', 'one_way_enum.down': 'up' };
    const renames = { columns, enumLabels };
    expect(await step(2, both, { renames })).toContain('renameColumn');
    const swapped = [{ first: 'Lovelace', last: 'Ada', way: 'down', two: 'Bea' }];
    expect(await rows()).toEqual(swapped);
    expect(await step(3, both, { renames })).toEqual([]);
    expect(await step(3, both + pair('three'), { renames })).toEqual(['createEnum', 'createTable']);
    expect(await rows()).toEqual(swapped);
    // In a ring of tables, under which the columns of the first ring go by another owner.
    const tables = { one: 'two', two: 'one' };
    const crossed = pair('two', 'first', 'last') + pair('one', 'first') + pair('three');
    const all = { tables, columns, enumLabels };
    await step(4, crossed, { renames: all });
    expect(await database.query('SELECT first, last FROM two')).toEqual([{ first: 'Lovelace', last: 'Ada' }]);
    expect(await step(5, crossed, { renames: all })).toEqual([]);
    const again = await step(5, crossed, { renames: all }, { columns: { 'two.first': 'last', 'two.last': 'first' } });
    expect(again).toContain('renameColumn');
    expect(await database.query('SELECT first, last FROM two')).toEqual([{ first: 'Ada', last: 'Lovelace' }]);
    // One rename: the old name is a new column's, and the new name comes back later.
    const three = (...names: readonly string[]) =>
      pair('two', 'first', 'last') + pair('one', 'first') + pair('three', ...names);
    const single = { renames: { ...all, columns: { ...columns, 'three.a': 'b' } } };
    await step(6, three('a'), { renames: all });
    expect(await step(7, three('b'), single)).toEqual(['renameColumn']);
    expect(await step(8, three('a', 'b'), single)).toEqual(['addColumn']);
    expect(await step(9, three('a'), single)).toEqual(['dropColumn']);
    expect(await step(10, three('a', 'b'), single)).toEqual(['addColumn']);
  });
  await rm(directory, { recursive: true });
});

const titled = entity('item', 'title', 'done');

test.each([
  ['a table', { tables: { item: 'typo' } }, 'item to typo', 'a table typo'],
  ['a table of another schema', { tables: { item: 'aside.item' } }, 'item to aside.item', 'a table aside.item'],
  ['a column', { columns: { 'item.title': 'typo' } }, 'item.title to item.typo', 'a column item.typo'],
  [
    'a label',
    { enumLabels: { 'item_state_enum.done': 'typo' } },
    'item_state_enum.done to item_state_enum.typo',
    'an enum label item_state_enum.typo',
  ],
  ['an enum', { enums: { item_state_enum: 'typo' } }, 'item_state_enum to typo', 'an enum typo'],
])('a rename to a name that nothing is declared by says so: %s', (_, renames, told, missing) =>
  withDatabase(async database => {
    const directory = await mkdtemp(path.join(tmpdir(), 'kept-renames-'));
    await mkdir(path.join(directory, 'migrations'));
    const entities = (source: string) => ({ entities: [...entitiesFrom(imports + source)] as never[] });
    const write = async (revision: string, source: string, config: MigrationsConfig) => {
      const options = { message: 'step', revision, directory, logger: silent, config };
      const script = await autogenerate(database.dataSource(entities(source)), options);
      await writeFile(path.join(directory, 'migrations', `${revision}.mjs`), renderRevision(script!, 'esm'));
    };
    await write('0001', titled, {});
    await createRunner(database.dataSource(entities(titled)), {}, { directory, logger: silent }).upgrade();
    for (const after of [titled, entity('thing', 'subject', 'closed')])
      await expect(write('0002', after, { renames })).rejects.toThrow(
        `The rename of ${told} cannot be made: no entity declares ${missing}; give the new name as the entities have it.`,
      );
    await rm(directory, { recursive: true });
  }),
);

test.each([
  ['a table', { tables: { item: 'other' } }, other],
  ['a column', { columns: { 'item.title': 'subject' } }, entity('item', 'subject', 'done')],
  ['a label', { enumLabels: { 'item_state_enum.done': 'open' } }, titled.replace(", 'done'", '')],
  ['an enum', { enums: { item_state_enum: 'mood' } }, titled.replace("'enum',", "'enum', enumName: 'mood',")],
])('a rename onto a name that the database has is refused unless both are declared: %s', (_, renames, after) =>
  withDatabase(async database => {
    const directory = await mkdtemp(path.join(tmpdir(), 'kept-renames-'));
    await mkdir(path.join(directory, 'migrations'));
    const entities = (source: string) => ({ entities: [...entitiesFrom(imports + source)] as never[] });
    const first = await database.dataSource(entities(titled)).initialize();
    await first.synchronize();
    await database.query("ALTER TABLE item ADD COLUMN subject varchar; CREATE TYPE mood AS ENUM ('a')");
    const check = (source: string) =>
      createRunner(
        database.dataSource(entities(source)),
        { allowNoRevisions: true, renames },
        { directory, logger: silent },
      ).check();
    await expect(check(after)).rejects.toThrow(RenameConflictError);
    await expect(check(titled)).resolves.toMatchObject({ operations: expect.anything() });
    await rm(directory, { recursive: true });
  }),
);

test('what belongs to a table or an enum that was renamed before is renamed under the old names of both', () =>
  withDatabase(async database => {
    const directory = await mkdtemp(path.join(tmpdir(), 'kept-renames-'));
    const entities = (source: string) => ({ entities: [...entitiesFrom(imports + source)] as never[] });
    const first = await database.dataSource(entities(entity('thing', 'title', 'done'))).initialize();
    await first.synchronize();
    const renames = {
      tables: { item: 'thing' },
      enums: { item_state_enum: 'thing_state_enum' },
      columns: { 'item.title': 'subject' },
      enumLabels: { 'item_state_enum.done': 'closed' },
    };
    const after = database.dataSource(entities(entity('thing', 'subject', 'closed')));
    const { operations } = await createRunner(
      after,
      { allowNoRevisions: true, renames },
      { directory, logger: silent },
    ).check();
    expect(operations.map(({ op }) => op).sort()).toEqual(['renameColumn', 'renameEnumValue']);
    await rm(directory, { recursive: true });
  }));
