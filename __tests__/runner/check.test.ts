import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createRunner,
  DatabaseNotAtHeadError,
  silent,
  UnknownRenameError,
  type MigrationsConfig,
  type Operation,
} from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { entitiesFrom, withDatabase, type TestDatabase } from '../support/index.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'check-'));
  await mkdir(join(directory, 'migrations'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const imports = `import { Check, Column, Entity, Index, ManyToOne, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';\n`;
const ticket = (rest = '') =>
  `${imports}@Entity('ticket') export class Ticket { @PrimaryGeneratedColumn() id!: number; @Column({ length: 50 }) subject!: string; ${rest} }`;

const dataSourceOf = (database: TestDatabase, source: string, options = {}) =>
  database.dataSource({ entities: [...entitiesFrom(source)] as never, installExtensions: false, ...options });

async function migrate(database: TestDatabase, source: string, config: MigrationsConfig = {}): Promise<string> {
  const dataSource = dataSourceOf(database, source);
  const script = await autogenerate(dataSource, { message: 'm', config, directory, logger: silent });
  const text = script ? renderRevision(script, 'esm') : '';
  if (script) await writeFile(join(directory, 'migrations', `${script.revision}.mjs`), text);
  await createRunner(dataSource, config, { directory, logger: silent }).upgrade();
  return text;
}

const check = async (
  database: TestDatabase,
  source: string,
  config: MigrationsConfig = {},
  options = {},
): Promise<readonly Operation[]> =>
  (await createRunner(dataSourceOf(database, source, options), config, { directory, logger: silent }).check())
    .operations;

describe('includeSchemas', () => {
  const both = `${ticket()} @Entity('event', { schema: 'audit' }) export class Event { @PrimaryColumn() id!: number; }`;
  test.each([
    ['selects schemas', ['public', 'audit'], undefined],
    ['may leave some out', ['audit'], undefined],
    ['may name one that other databases have', ['public', 'audit', 'elsewhere'], undefined],
    [
      'must not leave out all entities',
      ['pubilc'],
      /leaves out the entities of public, audit, and there is no schema pubilc; correct/,
    ],
    [
      'must not leave out all entities for an existing schema',
      ['empty'],
      /leaves out the entities of .*add that schema/,
    ],
    [
      'must not misspell the one that is left out',
      ['public', 'auditt'],
      /leaves out the entities of audit, and there is no/,
    ],
  ])('%s: %j', (_, includeSchemas, message) =>
    withDatabase(async database => {
      await database.query('CREATE SCHEMA empty');
      const found = check(database, both, { includeSchemas, allowNoRevisions: true });
      if (message) await expect(found).rejects.toThrow(message);
      else expect(await found).not.toEqual([]);
    }),
  );
});

describe('includeName', () => {
  test('hides tables, columns, indexes and constraints of both sides', async () => {
    await withDatabase(async database => {
      await database.query(
        `CREATE TABLE temp_x (id integer); CREATE TABLE ticket (id serial CONSTRAINT k PRIMARY KEY, subject varchar(9), legacy text)`,
      );
      const asked: string[] = [];
      const includeName: MigrationsConfig['includeName'] = (name, type, parents) => {
        asked.push(`${type} ${parents.table_name ?? ''}.${name}`);
        return (
          !(type === 'table' && /^temp_/.test(name!)) &&
          !(type === 'column' && (name === 'legacy' || name === 'subject'))
        );
      };
      const operations = await check(database, ticket(), { includeName });
      expect(operations.map(({ op }) => op)).toEqual(['renameConstraint']);
      expect(JSON.stringify(operations)).not.toContain('subject');
      expect(asked).toEqual(expect.arrayContaining(['table .temp_x', 'table .ticket', 'column ticket.legacy']));
    });
  });

  test('is never asked about what lies in a table it refused', async () => {
    await withDatabase(async database => {
      await database.query(
        'CREATE TABLE temp_x (id integer, CONSTRAINT c CHECK (id > 0)); CREATE INDEX i ON temp_x (id)',
      );
      const asked: string[] = [];
      await check(database, ticket(), {
        includeName: (name, type, parents) => (asked.push(`${type} ${parents.table_name}`), name !== 'temp_x'),
      });
      expect(asked.filter(each => each.includes('temp_x'))).toEqual([]);
    });
  });
});

describe('includeObject', () => {
  test('is told both sides, and leaves alone what it refuses', async () => {
    await withDatabase(async database => {
      await migrate(database, ticket());
      const asked: unknown[][] = [];
      const includeObject: MigrationsConfig['includeObject'] = (_object, name, type, reflected, compareTo) => {
        asked.push([name, type, reflected, compareTo !== undefined && compareTo !== null]);
        return !(type === 'column' && name === 'subject') && !(type === 'table' && name === 'other');
      };
      const after = `${ticket('@Column({ nullable: true }) body!: string;').replace('length: 50', 'length: 70')} @Entity('other') export class Other { @PrimaryGeneratedColumn() id!: number }`;
      expect((await check(database, after, { includeObject })).map(({ op }) => op)).toEqual(['addColumn']);
      expect(asked).toEqual(
        expect.arrayContaining([
          ['ticket', 'table', false, true],
          ['other', 'table', false, false],
          ['subject', 'column', false, true],
          ['body', 'column', false, false],
        ]),
      );
    });
  });

  test('does not see inside a table that was refused', async () => {
    await withDatabase(async database => {
      await migrate(
        database,
        `${ticket()} @Entity('gone') export class Gone { @PrimaryGeneratedColumn() id!: number; @Index('ix_gone') @Column() a!: number }`,
      );
      expect((await check(database, ticket())).map(({ op }) => op)).toEqual(['dropTable']);
      expect(
        await check(database, ticket(), {
          includeObject: (_object, name, type) => !(type === 'table' && name === 'gone'),
        }),
      ).toEqual([]);
    });
  });
});

describe('what other hands made', () => {
  test('is left alone in tables of this history', async () => {
    await withDatabase(async database => {
      await migrate(database, ticket());
      await database.query(
        "ALTER TABLE ticket ADD extra text; CREATE INDEX by_hand ON ticket (subject); CREATE TABLE foreign_table (id integer); CREATE VIEW v AS SELECT subject FROM ticket; COMMENT ON TABLE ticket IS 'x'",
      );
      expect(await check(database, ticket())).toEqual([]);
      expect((await check(database, ticket().replace('length: 50', 'length: 60'))).map(({ op }) => op)).toEqual([
        'dropView',
        'alterColumn',
        'createView',
      ]);
    });
  });

  test('is left alone where it is a sequence or an extension', async () => {
    await withDatabase(async database => {
      await migrate(database, ticket());
      await database.query('CREATE SEQUENCE counter; CREATE EXTENSION citext');
      expect(await check(database, ticket())).toEqual([]);
      const asked: string[] = [];
      await check(database, ticket(), {
        includeObject: (_object, name, type) => (asked.push(`${type} ${name}`), true),
      });
      expect(asked).not.toContain('sequence counter');
    });
  });

  test('goes from a table that was there before the history', async () => {
    await withDatabase(async database => {
      await database.query('CREATE TABLE ticket (id serial PRIMARY KEY, subject varchar(50) NOT NULL, extra text)');
      const operations = await check(database, ticket(), {}, {});
      expect(operations.map(({ op }) => op)).toEqual(expect.arrayContaining(['dropColumn']));
    });
  });
});

describe('check', () => {
  test('asks for pending revisions to be applied first', async () => {
    await withDatabase(async database => {
      await writeFile(
        join(directory, 'migrations', 'a.mjs'),
        "export const revision = 'a'; export const downRevision = null; export async function upgrade() {} export async function downgrade() {}",
      );
      await expect(check(database, ticket())).rejects.toThrow(DatabaseNotAtHeadError);
    });
  });

  test('compareType and compareServerDefault decide', async () => {
    await withDatabase(async database => {
      await migrate(database, ticket("@Column({ default: 'a' }) state!: string;"));
      const after = ticket("@Column({ default: 'b', length: 9 }) state!: string;");
      expect(await check(database, after, { compareType: false, compareServerDefault: false })).toEqual([]);
      expect(
        await check(database, after, {
          compareType: ({ column }) => (column === 'state' ? false : undefined),
          compareServerDefault: () => undefined,
        }),
      ).toEqual([{ op: 'alterColumn', table: 'ticket', name: 'state', default: "'b'::character varying" }]);
    });
  });

  test('an unknown rename is an error', async () => {
    await withDatabase(async database => {
      await expect(check(database, ticket(), { renames: { tables: { nope: 'ticket_x' } } })).rejects.toThrow(
        UnknownRenameError,
      );
    });
  });

  test('names with quotes, dots, spaces, upper case, reserved words and more than 63 bytes', async () => {
    const long = 'x'.repeat(70);
    const source = `${imports}
      @Entity('we.ird "t" Select') @Check('chk "q".d', '"a""b.c" > 0') export class A { @PrimaryColumn({ name: 'select' }) id!: number; @Column({ name: 'a"b.c', default: 1 }) b!: number;
        @Index('ix "x".y') @Column({ name: 'User Name', type: 'enum', enum: ["it's", 'x"y', 'a.b'], enumName: 'My "Kind"', default: "a.b" }) c!: string }
      @Entity('Order') export class B { @PrimaryGeneratedColumn() id!: number; @ManyToOne(() => A, { onDelete: 'CASCADE' }) user!: A; @Column({ name: '${long}' }) d!: string; @Column({ unique: true, name: 'Ünï' }) e!: string }`;
    await withDatabase(async database => {
      await migrate(database, source);
      expect(await check(database, source)).toEqual([]);
      const runner = createRunner(dataSourceOf(database, source), {}, { directory, logger: silent });
      await runner.downgrade('base');
      await runner.upgrade();
      expect(await check(database, source)).toEqual([]);
    });
  });

  test('the last entity of a schema takes its tables along', async () => {
    await withDatabase(async database => {
      const event = `@Entity('event', { schema: 'audit' }) export class Event { @PrimaryGeneratedColumn() id!: number }`;
      await migrate(database, `${ticket()} ${event}`);
      const operations = await check(database, ticket());
      expect(operations.map(({ op }) => op)).toEqual(['dropTable', 'dropSchema']);
    });
  });

  test('also where somebody else had made the schema, which stays', async () => {
    await withDatabase(async database => {
      await database.query('CREATE SCHEMA audit; CREATE SCHEMA other; CREATE TABLE other.t (id integer)');
      const event = `@Entity('event', { schema: 'audit' }) export class Event { @PrimaryGeneratedColumn() id!: number }`;
      await migrate(database, `${ticket()} ${event}`);
      expect((await check(database, ticket())).map(({ op }) => op)).toEqual(['dropTable']);
    });
  });
});
