import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { createRunner, RenameConflictError, silent, UnknownRenameError, type MigrationsConfig } from 'typeorm-alembic';
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
