import { describe, expect, test } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import type { MigrationsConfig } from '../../src/config.ts';
import { onDatabase, openRunner, rejection, type TestRevision } from '../runner/project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const NAME = 'Swallows1700000000001';
const FAILING = 'INSERT INTO no_such_table VALUES (1)';

type Up = (queryRunner: QueryRunner, statement: string) => Promise<unknown>;

const attempt = (queryRunner: QueryRunner, statement: string): Promise<unknown> =>
  queryRunner.query(statement).catch(() => 'caught');

/** Migrations that catch the error of a statement in their transaction, and go on. */
const migrations: Readonly<Record<string, Up>> = {
  'commits its transaction': async (queryRunner, statement) => {
    await queryRunner.startTransaction();
    await queryRunner.query('CREATE TABLE made (id int)');
    await attempt(queryRunner, statement);
    await queryRunner.commitTransaction();
  },
  'commits, and catches what comes of that': async (queryRunner, statement) => {
    await queryRunner.startTransaction();
    await queryRunner.query('CREATE TABLE made (id int)');
    await attempt(queryRunner, statement);
    await queryRunner.commitTransaction().catch(() => {});
  },
  'goes on with other statements, which it catches too': async (queryRunner, statement) => {
    await queryRunner.startTransaction();
    await queryRunner.query('CREATE TABLE made (id int)');
    for (const each of [statement, 'CREATE TABLE other (id int)', 'SELECT 1']) await attempt(queryRunner, each);
    await queryRunner.commitTransaction();
  },
  'is over before it commits': async (queryRunner, statement) => {
    await queryRunner.startTransaction();
    await queryRunner.query('CREATE TABLE made (id int)');
    await attempt(queryRunner, statement);
  },
};

/** The same in SQL, which a revision that is no transaction lets a migration do. */
const own: Readonly<Record<string, Up>> = Object.fromEntries(
  ['COMMIT', 'commit and chain', '/* done */ END;', 'SELECT 1; COMMIT'].map(end => [
    `sends ${end}`,
    async (queryRunner, statement) => {
      await queryRunner.query('BEGIN; CREATE TABLE made (id int)');
      await attempt(queryRunner, statement);
      await attempt(queryRunner, end);
    },
  ]),
);

const kinds: readonly (readonly [string, Readonly<Record<string, Up>>, MigrationsConfig, Partial<TestRevision>])[] = [
  ['transactional', migrations, {}, {}],
  ['transactional, all in one', migrations, { transaction: 'all' }, {}],
  ['non-transactional', { ...migrations, ...own }, {}, { transactional: false }],
  ['transactional, in a run without transactions', { ...migrations, ...own }, { transaction: 'none' }, {}],
];
const cases = kinds.flatMap(([kind, ups, config, more]) =>
  Object.entries(ups).map(([name, up]) => ({ name, kind, up, config, more })),
);

describe('a TypeORM migration that catches an error fails with the statement that failed, where it', () => {
  test.each(shareOfToday(cases))('$name ($kind)', ({ up, config, more }) =>
    onDatabase(async (database, project) => {
      let statement = FAILING;
      const Swallows = class {
        readonly name = NAME;
        up = (queryRunner: QueryRunner) => up(queryRunner, statement);
        async down(): Promise<void> {}
      };
      await project.write({ id: 'a1', ...more, upgrade: `await op.runMigration('${NAME}');` });
      const { runner } = openRunner(database, project, config, { migrations: [Swallows] });
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({ name: 'RevisionFailedError', statement: FAILING, cause: { code: '42P01' } });
      expect(error.message).toContain('relation "no_such_table" does not exist');
      expect(await database.query(`SELECT to_regclass('made') AS made`)).toEqual([{ made: null }]);
      expect(await runner.current()).toEqual([]);

      statement = 'INSERT INTO made VALUES (1)';
      expect((await runner.upgrade()).heads).toEqual(['a1']);
      expect(await database.query('SELECT id FROM made')).toEqual([{ id: 1 }]);
    })(),
  );

  test('is refused its COMMIT', () =>
    onDatabase(async (database, project) => {
      let id = 2;
      const Defers = class {
        readonly name = NAME;
        async up(queryRunner: QueryRunner): Promise<void> {
          await queryRunner.startTransaction();
          await queryRunner.query('INSERT INTO part VALUES ($1)', [id]);
          await queryRunner.commitTransaction().catch(() => {});
          await queryRunner.query('SELECT 1');
        }
        async down(): Promise<void> {}
      };
      await database.query(`CREATE TABLE whole (id int PRIMARY KEY); INSERT INTO whole VALUES (1);
        CREATE TABLE part (id int REFERENCES whole DEFERRABLE INITIALLY DEFERRED)`);
      await project.write({ id: 'a1', transactional: false, upgrade: `await op.runMigration('${NAME}');` });
      const { runner } = openRunner(database, project, {}, { migrations: [Defers] });
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({ name: 'RevisionFailedError', statement: 'COMMIT', cause: { code: '23503' } });
      id = 1;
      expect((await runner.upgrade()).heads).toEqual(['a1']);
      expect(await database.query('SELECT id FROM part')).toEqual([{ id: 1 }]);
    })());

  test('goes back to a savepoint, and commits: that is handled', () =>
    onDatabase(async (database, project) => {
      const Handles = class {
        readonly name = NAME;
        async up(queryRunner: QueryRunner): Promise<void> {
          await queryRunner.query('BEGIN');
          await queryRunner.query('CREATE TABLE made (id int)');
          await queryRunner.query('SAVEPOINT risk');
          await attempt(queryRunner, FAILING);
          await queryRunner.query('ROLLBACK TO SAVEPOINT risk');
          await queryRunner.query('COMMIT');
        }
        async down(): Promise<void> {}
      };
      await project.write({ id: 'a1', transactional: false, upgrade: `await op.runMigration('${NAME}');` });
      const { runner } = openRunner(database, project, {}, { migrations: [Handles] });
      expect((await runner.upgrade()).heads).toEqual(['a1']);
      expect(await database.query('SELECT * FROM made')).toEqual([]);
    })());
});
