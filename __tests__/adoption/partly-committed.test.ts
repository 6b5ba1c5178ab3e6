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
  'in its first statement by itself, which is refused': {
    isKept: false,
    up: queryRunner => queryRunner.query('INSERT INTO made SELECT 1 FROM stop()'),
  },
};

const ends = {
  'is interrupted': 'PERFORM pg_terminate_backend(pg_backend_pid()) FROM stops; PERFORM pg_sleep(1) FROM stops;',
  fails: 'PERFORM 1 / (count(*) - 1) FROM stops;',
};
const all = Object.entries(ends).flatMap(([how, body]) =>
  Object.entries(cases).map(([when, { up, isKept }]) => {
    const isUnknown = when.includes('refused') && how === 'is interrupted';
    return { how, when, up, body, isKept: isKept || isUnknown };
  }),
);

test.each(shareOfToday(all))(
  'a migration that commits for itself and $how $when is run again only where nothing of it is committed',
  ({ up, body, isKept }) =>
    onDatabase(async (database, project) => {
      await database.query(`CREATE TABLE made (id int); CREATE TABLE stops (); INSERT INTO stops DEFAULT VALUES;
        CREATE FUNCTION stop() RETURNS int LANGUAGE plpgsql AS $$ BEGIN ${body} RETURN 1; END $$;
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
