import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Project, withProject } from '../cli/project.ts';
import { schemaDump, type TestDatabase, withDatabase } from '../support/index.ts';
import { withClient } from '../support/templates.ts';
import {
  classSource,
  entitySource,
  history,
  idOf,
  type LegacyMigration,
  pendingInTypeorm,
  runWithTypeorm,
} from './legacy-history.ts';

const HALF = 16;

interface Setting extends Project {
  readonly database: TestDatabase;
  /** The names of the revisions' files. */
  readonly revisions: () => readonly string[];
  /** Does the work on another database of the same project, where TypeORM has run so many. */
  elsewhere(count: number, work: (run: Project['run'], url: string) => Promise<void>): Promise<void>;
}

const config = (url: string, more = ''): string => `
  import { DataSource } from 'typeorm';
  import * as entities from './entities.ts';
  import * as legacy from './legacy.ts';
  export default new DataSource({ type: 'postgres', url: '${url}', entities, migrations: legacy, migrationsTransactionMode: 'each', ${more} });`;

const sources = (migrations: readonly LegacyMigration[]): string =>
  `import { MigrationInterface, QueryRunner } from 'typeorm';\n${migrations.map(each => classSource(each)).join('\n')}`;

/** A project that lives on TypeORM's migrations, so many of which have been run. */
const onHistory = (
  count: number,
  work: (setting: Setting) => Promise<void>,
  { more = '', migrations = history }: { more?: string; migrations?: readonly LegacyMigration[] } = {},
) =>
  withDatabase(database =>
    withProject(
      { 'ormconfig.ts': config(database.url, more), 'entities.ts': entitySource, 'legacy.ts': sources(migrations) },
      async project => {
        await runWithTypeorm(database.url, history.slice(0, count));
        const elsewhere: Setting['elsewhere'] = (others, task) =>
          withDatabase(async other => {
            await runWithTypeorm(other.url, history.slice(0, others));
            // A module is loaded once, whatever becomes of its file.
            const file = `${other.name}.ts`;
            project.write({ [file]: config(other.url, more) });
            await task((...argv) => project.run(...argv, '-c', file), other.url);
          });
        const folder = join(project.directory, 'migrations');
        const revisions = () => (existsSync(folder) ? readdirSync(folder).sort() : []);
        await work({ ...project, database, revisions, elsewhere });
      },
    ),
  );

const journal = 'SELECT name, count(*)::int AS times FROM journal GROUP BY name ORDER BY length(name), name';
const onceEach = history.map(({ name }) => ({ name, times: 1 }));

/** Without TypeORM's own table, which only TypeORM makes. */
async function structure(url: string): Promise<string> {
  await withClient(url, client => client.query('DROP TABLE IF EXISTS migrations'));
  return schemaDump(url);
}

describe('adopting migrations one by one', () => {
  test('stamps a database half way, runs the other half once, and leaves nothing to generate', () =>
    onHistory(HALF, async ({ run, database, revisions }) => {
      const adopted = await run('adopt');
      expect(adopted).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(`-> ${idOf(history[HALF - 1]!)}`) });
      expect(adopted.stdout).toContain(
        `The database is at ${idOf(history[HALF - 1]!)}; \`upgrade\` runs what is left.`,
      );
      expect(revisions()).toHaveLength(history.length);
      expect((await run('current')).stdout).toContain(idOf(history[HALF - 1]!));
      expect(await database.query(journal)).toEqual(onceEach.slice(0, HALF));

      const upgraded = await run('upgrade');
      expect(upgraded).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Upgraded by 16 revisions') });
      expect(await database.query(journal)).toEqual(onceEach);
      expect(await run('check')).toMatchObject({ exitCode: 0 });
      expect(await pendingInTypeorm(database.url)).toBe(false);
      expect((await run('upgrade')).stdout).toContain('Nothing to upgrade');
    }));

  test('makes a new database what the adopted one is, and takes it down again', () =>
    onHistory(history.length, async ({ run, database, elsewhere }) => {
      expect((await run('adopt')).stdout).toMatch(/The database is at \d+, as the entities declare it\.\n$/);
      await elsewhere(0, async (runThere, url) => {
        expect(await runThere('upgrade')).toMatchObject({ exitCode: 0 });
        expect(await runThere('check')).toMatchObject({ exitCode: 0 });
        expect(await structure(url)).toBe(await structure(database.url));
        expect(await runThere('downgrade', 'base')).toMatchObject({ exitCode: 0 });
        const left = `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1`;
        expect(
          await withClient(url, async client => (await client.query(left)).rows.map(({ relname }) => relname)),
        ).toEqual(['alembic_version', 'alembic_version_log', 'typeorm_metadata']);
      });
    }));

  test('stamps further databases each with what TypeORM ran there', () =>
    onHistory(HALF, async ({ run, elsewhere }) => {
      await run('adopt');
      for (const count of [3, 31]) {
        await elsewhere(count, async (runThere, url) => {
          expect((await runThere('adopt', '--stamp')).stdout).toContain(
            `The database is at ${idOf(history[count - 1]!)};`,
          );
          expect((await runThere('upgrade')).exitCode).toBe(0);
          expect(await withClient(url, async client => (await client.query(journal)).rows)).toEqual(onceEach);
          expect((await runThere('adopt', '--stamp')).stdout).toContain('as the entities declare it');
        });
      }
      await elsewhere(0, async runThere => {
        expect((await runThere('adopt', '--stamp')).stdout).toBe(
          'The database is at base; `upgrade` runs what is left.\n',
        );
      });
    }));

  test('writes a readable revision for each', () =>
    onHistory(HALF, async ({ run, directory, revisions }) => {
      await run('adopt');
      const source = (at: number) => readFileSync(join(directory, 'migrations', revisions()[at]!), 'utf8');
      expect(revisions()[0]).toBe('1700000000000_change_number1_of.ts');
      expect(source(0)).toMatchSnapshot();
      expect(source(1)).toMatchSnapshot();
      expect(source(30)).toContain('export const transactional = false;');
    }));

  test('shows beforehand what it would do', () =>
    onHistory(HALF, async ({ json, run, database, revisions }) => {
      const { stdout } = await run('adopt', '--dry-run');
      expect(stdout.match(/await op\.runMigration\(/g)).toHaveLength(history.length);
      expect(stdout).toMatch(/Would stamp the database with 1700000001500\.\n$/);
      expect((await json('adopt', '--dry-run')).revisions).toHaveLength(history.length);
      expect(revisions()).toEqual([]);
      expect(await database.query(`SELECT to_regclass('alembic_version') AS none`)).toEqual([{ none: null }]);
    }));

  test('writes what is new when it is run again, and stamps that too', () =>
    onHistory(
      HALF,
      async ({ run, revisions, database, write }) => {
        await run('adopt');
        expect(revisions()).toHaveLength(HALF);
        await run('revision', '-m', 'a revision of our own');
        expect((await run('upgrade')).exitCode).toBe(0);
        write({
          'legacy.ts': sources(history),
          'again.ts': config(database.url).replace('legacy.ts', 'more.ts'),
          'more.ts': sources(history),
        });
        expect((await run('adopt', '-c', 'again.ts')).exitCode).toBe(0);
        expect(revisions()).toHaveLength(history.length + 1);
        expect((await run('heads')).stdout).toContain(idOf(history.at(-1)!));
        expect((await run('upgrade', '-c', 'again.ts')).stdout).toContain('Upgraded by 16 revisions');
        expect(await database.query(journal)).toEqual(onceEach);
        expect((await run('adopt', '-c', 'again.ts')).stdout).toBe(
          `The database is at ${idOf(history.at(-1)!)}, as the entities declare it.\n`,
        );
      },
      { migrations: history.slice(0, HALF) },
    ));
});

describe('what stands in the way is named, and nothing is written', () => {
  test('a migration that TypeORM left out', () =>
    onHistory(HALF, async ({ run, database, revisions }) => {
      const [fifth, tenth] = [history[4]!.name, history[9]!.name];
      await database.query('DELETE FROM migrations WHERE name IN ($1, $2)', [fifth, tenth]);
      const { exitCode, stderr } = await run('adopt');
      expect(exitCode).toBe(1);
      expect(stderr).toContain(
        `TypeORM has run ${history[HALF - 1]!.name} in this database, but not ${fifth}, ${tenth}, which come before it: run these with TypeORM first`,
      );
      expect(revisions()).toEqual([]);
    }));

  test.each(['migrations: []', 'migrations: undefined'])('no migrations (%s)', more =>
    onHistory(
      0,
      async ({ run }) => {
        const { exitCode, stderr } = await run('adopt');
        expect(exitCode).toBe(1);
        expect(stderr).toContain('has no migrations in its option `migrations`');
        expect((await run('adopt', '--baseline')).stderr).toContain('holds nothing that a baseline could be made of');
        expect((await run('adopt', '--stamp')).stderr).toContain('run `typeorm-alembic adopt` first');
      },
      { more },
    ),
  );

  test.each([
    [['adopt', '-m', 'x'], '--message was given without --baseline'],
    [['adopt', '--stamp', '--baseline'], '--stamp writes nothing'],
  ])('%p', (argv, message) => onHistory(0, async ({ run }) => expect((await run(...argv)).stderr).toContain(message)));
});

test('oddities are told, and two other writers warned of', () =>
  onHistory(
    HALF,
    async ({ run, database }) => {
      await database.query(
        `INSERT INTO migrations ("timestamp", "name") VALUES (1600000000000, 'Gone1600000000000'), (1700000000000, $1)`,
        [history[0]!.name],
      );
      const { stderr, exitCode } = await run('adopt');
      expect(exitCode).toBe(0);
      expect(stderr).toContain(
        'migrations that are gone, so that a new database will lack what they did: Gone1600000000000',
      );
      expect(stderr).toContain(`has migrations more than once, which were perhaps run as often: ${history[0]!.name}`);
      expect(stderr).toContain(
        'ran these after later ones, and a new database will run them in their order: Gone1600000000000',
      );
      expect(stderr).toContain('migrationsRun: true');
    },
    { more: 'migrationsRun: true' },
  ));

describe('a baseline', () => {
  test('makes a new database what this one is, and leaves to others what is theirs', () =>
    onHistory(history.length, async ({ run, database, revisions, elsewhere, directory }) => {
      await database.query(
        `CREATE FUNCTION touch() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE PUBLICATION feed FOR TABLE item, journal`,
      );
      const { stdout, stderr } = await run('adopt', '--baseline', '-m', 'as of today');
      expect(stderr).toContain('The baseline does not make function touch(), publication feed: add what is needed');
      expect(stdout).toMatch(/The database is at \w+, as the entities declare it\.\n$/);
      expect(revisions()).toEqual([expect.stringMatching(/^\w{12}_as_of_today\.ts$/)]);
      const source = readFileSync(join(directory, 'migrations', revisions()[0]!), 'utf8');
      expect(source).toContain(`await op.createTable({\n    name: 'item',`);
      expect(source).toContain('await op.execute(`CREATE TABLE "journal" (');
      expect(source).not.toContain('migrations"');
      await database.query('DROP FUNCTION touch(); DROP PUBLICATION feed');
      await elsewhere(0, async (runThere, url) => {
        expect(await runThere('upgrade')).toMatchObject({ exitCode: 0 });
        expect(await runThere('check')).toMatchObject({ exitCode: 0 });
        await withClient(database.url, client => client.query('DROP TABLE typeorm_metadata'));
        expect(await structure(url)).toBe(await structure(database.url));
        expect(await runThere('downgrade', 'base')).toMatchObject({ exitCode: 0 });
      });
    }));

  test('is stamped only where all it stands for has been run', () =>
    onHistory(history.length, async ({ run, elsewhere, revisions }) => {
      await run('adopt', '--baseline');
      const id = revisions()[0]!.slice(0, 12);
      await elsewhere(history.length, async runThere => {
        expect((await runThere('adopt', '--stamp')).stdout).toContain(`The database is at ${id}, as the entities`);
      });
      await elsewhere(30, async runThere => {
        const { exitCode, stderr } = await runThere('adopt', '--stamp');
        expect(exitCode).toBe(1);
        expect(stderr).toContain(`TypeORM has not run ${history[30]!.name}, ${history[31]!.name}`);
      });
      await elsewhere(0, async runThere => {
        expect((await runThere('adopt', '--stamp')).stdout).toContain('The database is at base');
      });
    }));

  test('is refused where migrations are left to run, or revisions are there already', () =>
    onHistory(31, async ({ run }) => {
      const { exitCode, stderr } = await run('adopt', '--baseline');
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`TypeORM has not run ${history[31]!.name} there: run them first`);
      await run('revision', '-m', 'ours');
      await run('upgrade');
      expect((await run('adopt', '--baseline')).stderr).toContain('comes before all other revisions, and there are 1');
    }));

  test('of a database without migrations can be made as well, of one without anything not', () =>
    onHistory(
      0,
      async ({ run, database, revisions }) => {
        await database.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
        expect((await run('adopt', '--baseline')).stderr).toContain('holds nothing that a baseline could be made of');
        await database.query(
          'CREATE TABLE owner (id serial CONSTRAINT owner_pkey PRIMARY KEY, name character varying NOT NULL)',
        );
        const { stdout, exitCode } = await run('adopt', '--baseline');
        expect(exitCode).toBe(0);
        expect(stdout).toContain('but not as the entities declare it: see `check`');
        expect(revisions()).toHaveLength(1);
      },
      { more: 'migrations: []' },
    ));

  /** A table that was made by hand, and what the entity says of it. */
  const onMadeByHand = (
    made: string,
    { parts }: { readonly parts: string },
    work: (setting: Project & { readonly database: TestDatabase }) => Promise<void>,
  ) =>
    withDatabase(async database => {
      await database.query(
        `CREATE TABLE t (id int CONSTRAINT pk_t PRIMARY KEY, a int NOT NULL, b int NOT NULL); ${made}`,
      );
      const source = `import { DataSource, EntitySchema } from 'typeorm';
        const columns = { id: { type: 'int', primary: true, primaryKeyConstraintName: 'pk_t' }, a: { type: 'int' }, b: { type: 'int' } };
        const entities = [new EntitySchema({ name: 't', columns, ${parts} })];
        export default new DataSource({ type: 'postgres', url: '${database.url}', entities, migrations: [] });`;
      await withProject({ 'ormconfig.ts': source }, project => work({ ...project, database }));
    });

  test.each([
    [
      'a unique index is declared as a constraint',
      'CREATE UNIQUE INDEX "UQ_a" ON t (a, b)',
      `uniques: [{ name: 'UQ_a', columns: ['a', 'b'] }]`,
    ],
    [
      'a unique constraint is declared as an index',
      'ALTER TABLE t ADD CONSTRAINT "UQ_a" UNIQUE (a, b)',
      `indices: [{ name: 'UQ_a', columns: ['a', 'b'], unique: true }]`,
    ],
  ])('leaves a difference that the next revision settles: %s', (_, made, parts) =>
    onMadeByHand(made, { parts }, async ({ run }) => {
      const adopted = await run('adopt', '--baseline');
      expect(adopted).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('but not as the entities declare it'),
      });
      expect(await run('revision', '--autogenerate', '-m', 'other form')).toMatchObject({ exitCode: 0 });
      expect(await run('upgrade')).toMatchObject({ exitCode: 0 });
      expect(await run('check')).toMatchObject({ exitCode: 0 });
      expect(await run('downgrade', '-1')).toMatchObject({ exitCode: 0 });
    }),
  );

  test('is made, and says what is in the way of the entities where something is', () =>
    onMadeByHand(
      'CREATE UNIQUE INDEX "UQ_a" ON t (a)',
      { parts: `uniques: [{ name: 'UQ_a', columns: ['a', 'b'] }]` },
      async ({ run, directory }) => {
        const { exitCode, stdout } = await run('adopt', '--baseline');
        expect({ exitCode, files: readdirSync(join(directory, 'migrations')).length }).toEqual({
          exitCode: 0,
          files: 1,
        });
        expect(stdout).toMatch(
          /The database is at \w+, but cannot become what the entities declare: The entities need/,
        );
      },
    ));
});
