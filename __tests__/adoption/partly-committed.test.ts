import { expect, test } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { onDatabase, openRunner, rejection, table } from '../runner/project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const NAME = 'Commits1700000000001';

type Up = (queryRunner: QueryRunner) => Promise<unknown>;

const insert: Up = queryRunner => queryRunner.query('INSERT INTO made VALUES (1)');
const inTransaction = async (queryRunner: QueryRunner, work: Up) => {
  await queryRunner.startTransaction('SERIALIZABLE');
  await work(queryRunner);
  await queryRunner.commitTransaction();
};
/** Ends the session, or fails, the first time. */
const stop: Up = queryRunner => queryRunner.query('SELECT stop()');

/** What begins like a query, and writes. */
const writing: Readonly<Record<string, string>> = {
  'a function that writes': 'SELECT make()',
  'a function that writes, as a table': 'SELECT * FROM make() AS m (a)',
  'a quoted function that writes': `SELECT "make"()`,
  'a function that writes, as an attribute': 'SELECT (one).made_of FROM (VALUES (ROW(1)::one)) v (one)',
  'a view of a function that writes': 'SELECT * FROM making',
  'an operator that writes': 'SELECT 1 ~~~~ 1',
  'an aggregate that writes': 'SELECT makes(1)',
  'a function that writes, among values': 'VALUES (make())',
  'a WITH that writes': 'WITH w AS (INSERT INTO made VALUES (1) RETURNING id) SELECT * FROM w',
  'an EXPLAIN ANALYZE of what writes': 'EXPLAIN ANALYZE INSERT INTO made VALUES (1)',
  'a query that runs text': `SELECT query_to_xml('SELECT make()', true, true, '')`,
};

const reading: Readonly<Record<string, string>> = {
  'a query': 'SELECT id FROM made',
  'a WITH that reads': 'WITH w AS (SELECT 1 AS a) SELECT a FROM w',
  'a setting': "SET application_name = 'migration'",
  'an EXPLAIN': 'EXPLAIN SELECT id FROM late',
};

interface Case {
  readonly up: Up;
  /** Whether a part of it may be committed when it stops. */
  readonly isKept: boolean;
}

const cases: Readonly<Record<string, Case>> = {
  'in its transaction': {
    isKept: false,
    up: queryRunner =>
      inTransaction(queryRunner, async () => {
        await insert(queryRunner);
        await stop(queryRunner);
      }),
  },
  'in its COMMIT': {
    isKept: false,
    up: queryRunner => inTransaction(queryRunner, () => queryRunner.query('INSERT INTO late VALUES (1)')),
  },
  'after its transaction': {
    isKept: true,
    up: async queryRunner => {
      await inTransaction(queryRunner, insert);
      await stop(queryRunner);
    },
  },
  'in a later transaction': {
    isKept: true,
    up: async queryRunner => {
      await inTransaction(queryRunner, insert);
      await inTransaction(queryRunner, stop);
    },
  },
  'after a transaction that only reads': {
    isKept: false,
    up: async queryRunner => {
      await inTransaction(queryRunner, () => queryRunner.query('SET TRANSACTION READ ONLY'));
      await stop(queryRunner);
      await insert(queryRunner);
    },
  },
  'after a statement by itself': {
    isKept: true,
    up: async queryRunner => {
      await insert(queryRunner);
      await stop(queryRunner);
    },
  },
  'before any': {
    isKept: false,
    up: async queryRunner => {
      await stop(queryRunner);
      await insert(queryRunner);
    },
  },
  'behind the COMMIT of a text': {
    isKept: true,
    up: queryRunner => queryRunner.query('INSERT INTO made VALUES (1); COMMIT; SELECT stop()'),
  },
  'behind the COMMIT of a text, which ends an open transaction': {
    isKept: true,
    up: async queryRunner => {
      await queryRunner.startTransaction();
      await insert(queryRunner);
      await queryRunner.query('COMMIT; SELECT stop()');
    },
  },
  'behind a text that rolls an open transaction back': {
    isKept: true,
    up: async queryRunner => {
      await queryRunner.startTransaction();
      await insert(queryRunner);
      await queryRunner.query('ROLLBACK; INSERT INTO made VALUES (1)');
      await stop(queryRunner);
    },
  },
  'in its first statement by itself, which is refused': {
    isKept: false,
    up: queryRunner => queryRunner.query('INSERT INTO made SELECT 1 FROM stop()'),
  },
  'in its first statement by itself, which no transaction can hold': {
    isKept: true,
    up: async queryRunner => {
      await queryRunner.query('VACUUM late');
      await stop(queryRunner);
      await insert(queryRunner);
    },
  },
  ...Object.fromEntries(
    Object.entries(writing).map(([what, sql]) => [
      `after ${what} by itself`,
      {
        isKept: true,
        up: async (queryRunner: QueryRunner) => {
          await queryRunner.query(sql);
          await stop(queryRunner);
        },
      },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(reading).map(([what, sql]) => [
      `after ${what} by itself`,
      {
        isKept: false,
        up: async (queryRunner: QueryRunner) => {
          await queryRunner.query(sql);
          await stop(queryRunner);
          await insert(queryRunner);
        },
      },
    ]),
  ),
};

const ends = {
  'is interrupted': 'PERFORM pg_terminate_backend(pg_backend_pid()) FROM stops; PERFORM pg_sleep(1) FROM stops;',
  fails: 'PERFORM 1 / (count(*) - 1) FROM stops;',
};
const all = Object.entries(ends).flatMap(([how, body]) =>
  Object.entries(cases).map(([when, { up, isKept }]) => ({ how, when, up, body, isKept })),
);

test.each(shareOfToday(all))(
  'a migration that commits for itself and $how $when is run again only where nothing of it is committed',
  ({ up, body, isKept }) =>
    onDatabase(async (database, project) => {
      await database.query(`CREATE TABLE made (id int); CREATE TABLE stops (); INSERT INTO stops DEFAULT VALUES;
        CREATE FUNCTION stop() RETURNS int LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN 1; END $$;
        CREATE FUNCTION make() RETURNS int LANGUAGE sql AS 'INSERT INTO made VALUES (1) RETURNING id';
        CREATE TYPE one AS (id int);
        CREATE FUNCTION made_of(one) RETURNS int LANGUAGE sql AS 'INSERT INTO made VALUES ($1.id) RETURNING id';
        CREATE VIEW making AS SELECT make() AS made;
        CREATE FUNCTION make(int, int) RETURNS int LANGUAGE sql AS 'INSERT INTO made VALUES ($1) RETURNING id';
        CREATE OPERATOR ~~~~ (LEFTARG = int, RIGHTARG = int, FUNCTION = make);
        CREATE AGGREGATE makes(int) (SFUNC = make, STYPE = int, INITCOND = '1');
        CREATE TABLE late (id int);
        CREATE FUNCTION stop_late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM stop(); INSERT INTO made VALUES (1); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER stop AFTER INSERT ON late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION stop_late()`);
      const Commits = class {
        readonly name = NAME;
        up = up;
        async down(): Promise<void> {}
      };
      await project.write(table('a1'), {
        id: 'b1',
        transactional: false,
        upgrade: `await op.runMigration('${NAME}');`,
      });
      const { runner } = openRunner(database, project, {}, { migrations: [Commits] });
      const error = await rejection(runner.upgrade());
      if (isKept) {
        expect(error.message).toContain(`what the migration ${NAME} has committed stays: look at what it has done`);
        expect(error.message).not.toMatch(/run (the same )?again/);
      }
      const before = await database.query('SELECT id FROM made');
      await database.query('DELETE FROM stops');
      if (isKept) {
        expect(await rejection(runner.upgrade())).toMatchObject({ name: 'PartlyCommittedError', revision: 'b1' });
        expect(await database.query('SELECT id FROM made')).toEqual(before);
        await database.query('DELETE FROM made');
        await runner.stamp('a1');
      }
      expect((await runner.upgrade()).heads).toEqual(['b1']);
      expect(await database.query('SELECT id FROM made')).toEqual([{ id: 1 }]);
    })(),
);

test(
  'a COMMIT of its own that the client did not wait for counts as committed where it was',
  onDatabase(async (database, project) => {
    await database.query(`CREATE TABLE made (id int);
      CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END';
      CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON made DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()`);
    const Commits = class {
      readonly name = NAME;
      up = (queryRunner: QueryRunner) => inTransaction(queryRunner, insert);
      async down(): Promise<void> {}
    };
    await project.write({ id: 'a1', transactional: false, upgrade: `await op.runMigration('${NAME}');` });
    const options = { migrations: [Commits] };
    const impatient = openRunner(database, project, {}, { ...options, extra: { query_timeout: 700 } }).runner;
    const { message } = await rejection(impatient.upgrade());
    expect(message).toContain(`what the migration ${NAME} has committed stays`);
    expect(message).not.toMatch(/run (the same )?again|rolled back/);
    const { runner } = openRunner(database, project, {}, options);
    expect(await rejection(runner.upgrade())).toMatchObject({ name: 'PartlyCommittedError' });
    expect(await database.query('SELECT id FROM made')).toEqual([{ id: 1 }]);
  }),
);
