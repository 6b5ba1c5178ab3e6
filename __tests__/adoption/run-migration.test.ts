import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { onDatabase, openRunner, rejection, type TestProject, type TestRevision } from '../runner/project.ts';
import { entitiesFrom, type TestDatabase, type TestDataSourceOptions } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const entities = entitiesFrom(`
  import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
  @Entity() export class User { @PrimaryGeneratedColumn() id: number; @Column() email: string; }`);

class CreateUsers1700000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('CREATE TABLE "user" (id serial PRIMARY KEY, email text NOT NULL)');
    await queryRunner.query('INSERT INTO "user" (email) VALUES ($1)', ["it's@example.org"]);
  }
  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE "user"');
  }
}

/** A class of migrations with these bodies, which see \`queryRunner\`. */
function migration(name: string, up: (queryRunner: QueryRunner) => Promise<unknown>, more: object = {}) {
  return class {
    readonly name = name;
    constructor() {
      Object.assign(this, more);
    }
    up = up;
    async down(queryRunner: QueryRunner): Promise<void> {
      await queryRunner.query('DROP TABLE IF EXISTS made');
    }
  };
}

const runs = (name: string, more: Partial<TestRevision> = {}): TestRevision => ({
  id: name.slice(-13),
  message: name,
  upgrade: `await op.runMigration('${name}');`,
  downgrade: `await op.revertMigration('${name}');`,
  ...more,
});

async function opened(
  database: TestDatabase,
  project: TestProject,
  migrations: NonNullable<TestDataSourceOptions['migrations']>,
  revisions: readonly TestRevision[] = [],
) {
  await project.write(...revisions);
  return openRunner(database, project, {}, { migrations, entities: [...entities] });
}

const users = runs('CreateUsers1700000000001');
const legacy = `CREATE TABLE "migrations" ("id" SERIAL NOT NULL, "timestamp" bigint NOT NULL, "name" character varying NOT NULL,
  CONSTRAINT "PK_8c82d7f526340ab734260ea46be" PRIMARY KEY ("id"))`;

describe('a migration of TypeORM runs', () => {
  test.each([true, false])('with all the queries that it does not wait for (transactional: %s)', transactional =>
    onDatabase(async (database, project) => {
      const Hasty = migration('Hasty1700000000009', async queryRunner => {
        void queryRunner.query('CREATE TABLE made (n int)');
        const insert = async (n: number) => {
          await setTimeout(10);
          await queryRunner.query('INSERT INTO made VALUES ($1)', [n]);
        };
        [1, 2].forEach(n => void insert(n));
      });
      const mode = transactional ? {} : { transactional };
      const { runner } = await opened(database, project, [Hasty], [runs('Hasty1700000000009', mode)]);
      await runner.upgrade();
      expect(await database.query('SELECT n FROM made ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
    })(),
  );

  test(
    "up and down in the revision's transaction",
    onDatabase(async (database, project) => {
      const { runner, queries } = await opened(database, project, [CreateUsers1700000000001], [users]);
      await runner.upgrade();
      expect(await database.query('SELECT email FROM "user"')).toEqual([{ email: "it's@example.org" }]);
      expect(queries.filter(query => query === 'BEGIN')).toHaveLength(1);
      await runner.downgrade('base');
      expect(await database.query(`SELECT to_regclass('"user"') AS gone`)).toEqual([{ gone: null }]);
    }),
  );

  test(
    'with all that TypeORM gives it: helpers, savepoints, entities',
    onDatabase(async (database, project) => {
      const name = 'Everything1700000000002';
      const up = async (queryRunner: QueryRunner): Promise<void> => {
        await queryRunner.createTable(
          new Table({ name: 'made', columns: [{ name: 'id', type: 'int', isPrimary: true }] }),
          true,
        );
        expect(await queryRunner.hasTable('made')).toBe(true);
        expect(queryRunner.isTransactionActive).toBe(true);
        await queryRunner.startTransaction();
        await queryRunner.query('INSERT INTO made VALUES (1)');
        await queryRunner.rollbackTransaction();
        await queryRunner.manager.transaction(manager => manager.save('User', { email: 'a@example.org' }));
        await queryRunner.manager.update('User', { email: 'a@example.org' }, { email: 'b@example.org' });
        expect(await queryRunner.manager.countBy('User', {})).toBe(2);
        await queryRunner.query(
          `INSERT INTO "typeorm_metadata" ("type", "name", "value") VALUES ('VIEW', 'v', 'SELECT 1')`,
        );
      };
      const { runner, queries } = await opened(
        database,
        project,
        [CreateUsers1700000000001, migration(name, up)],
        [users, runs(name)],
      );
      await runner.upgrade();
      expect(
        await database.query('SELECT (SELECT count(*)::int FROM made) AS made, email FROM "user" WHERE id = 2'),
      ).toEqual([{ made: 0, email: 'b@example.org' }]);
      expect(await database.query('SELECT name FROM typeorm_metadata')).toEqual([{ name: 'v' }]);
      expect(queries.filter(query => query.includes('SAVEPOINT typeorm_1'))).toHaveLength(4);
      expect(queries.filter(query => query === 'BEGIN')).toHaveLength(2);
      expect(queries.filter(query => query === 'START TRANSACTION')).toEqual([]);
    }),
  );

  test(
    'by its class as well as by its name',
    onDatabase(async (database, project) => {
      const upgrade = `await op.runMigration(class Late1700000000003 { async up(q) { await q.query('CREATE TABLE made (id int)'); } async down() {} });`;
      const { runner } = await opened(database, project, [], [{ id: 'a1', upgrade }]);
      await runner.upgrade();
      expect(await database.query('SELECT * FROM made')).toEqual([]);
    }),
  );

  test(
    'outside a transaction where it asks for that, and begins its own',
    onDatabase(async (database, project) => {
      const name = 'Index1700000000002';
      const up = async (queryRunner: QueryRunner): Promise<void> => {
        expect(queryRunner.isTransactionActive).toBe(false);
        await queryRunner.query('CREATE INDEX CONCURRENTLY user_email ON "user" (email)');
        await queryRunner.startTransaction();
        await queryRunner.query('CREATE TABLE made (id int)');
        await queryRunner.commitTransaction();
      };
      const { runner } = await opened(
        database,
        project,
        [CreateUsers1700000000001, migration(name, up, { transaction: false })],
        [users, runs(name, { transactional: false })],
      );
      await runner.upgrade();
      expect(
        await database.query(
          `SELECT to_regclass('user_email') IS NOT NULL AND to_regclass('made') IS NOT NULL AS both`,
        ),
      ).toEqual([{ both: true }]);
      await runner.downgrade('-1');
      expect(await database.query(`SELECT to_regclass('made') AS gone`)).toEqual([{ gone: null }]);
    }),
  );
});

describe("TypeORM's table of migrations", () => {
  test(
    'is kept in step where it is there',
    onDatabase(async (database, project) => {
      await database.query(legacy);
      const { runner } = await opened(database, project, [CreateUsers1700000000001], [users]);
      const rows = () => database.query('SELECT "timestamp", "name" FROM migrations');
      await runner.upgrade();
      expect(await rows()).toEqual([{ timestamp: '1700000000001', name: 'CreateUsers1700000000001' }]);
      await runner.downgrade('base');
      expect(await rows()).toEqual([]);
    }),
  );

  test(
    'may have another name and schema',
    onDatabase(async (database, project) => {
      await database.query(`CREATE SCHEMA app; ${legacy.replace('"migrations"', 'app."my migrations"')}`);
      await project.write(users);
      const options = { migrations: [CreateUsers1700000000001], schema: 'app', migrationsTableName: 'my migrations' };
      await openRunner(database, project, {}, options).runner.upgrade();
      expect(await database.query('SELECT name FROM app."my migrations"')).toHaveLength(1);
    }),
  );

  test(
    'is not made where it is not there',
    onDatabase(async (database, project) => {
      const { runner } = await opened(database, project, [CreateUsers1700000000001], [users]);
      await runner.upgrade();
      expect(await database.query(`SELECT to_regclass('migrations') AS gone`)).toEqual([{ gone: null }]);
    }),
  );
});

test(
  'a migration that TypeORM has run itself is not run again',
  onDatabase(async (database, project) => {
    await database.query(
      `${legacy}; INSERT INTO migrations ("timestamp", "name") VALUES (1700000000001, 'CreateUsers1700000000001')`,
    );
    const { runner } = await opened(database, project, [CreateUsers1700000000001], [users]);
    const error = await rejection(runner.upgrade());
    expect(error).toMatchObject({ name: 'RevisionFailedError', cause: { name: 'MigrationRanAlreadyError' } });
    expect(error.message).toContain('typeorm-alembic adopt --stamp');
    expect(await database.query(`SELECT to_regclass('"user"') AS none`)).toEqual([{ none: null }]);
  }),
);

describe('a migration that fails', () => {
  test(
    'is rolled back, and told with its statement',
    onDatabase(async (database, project) => {
      const name = 'Broken1700000000002';
      const broken = migration(name, async queryRunner => {
        await queryRunner.query('CREATE TABLE made (id int)');
        await queryRunner.query('SELECT * FROM nowhere');
      });
      const { runner } = await opened(database, project, [CreateUsers1700000000001, broken], [users, runs(name)]);
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({
        name: 'RevisionFailedError',
        revision: '1700000000002',
        statement: 'SELECT * FROM nowhere',
      });
      expect(await runner.current()).toEqual(['1700000000001']);
      expect(await database.query(`SELECT to_regclass('made') AS gone`)).toEqual([{ gone: null }]);
    }),
  );

  test(
    'without a transaction is run again from its beginning, on a connection without a transaction',
    onDatabase(async (database, project) => {
      const name = 'Broken1700000000002';
      let attempts = 0;
      const broken = migration(name, async queryRunner => {
        await queryRunner.startTransaction();
        await queryRunner.query('CREATE TABLE made (id int)');
        if (++attempts === 1) await queryRunner.query('SELECT * FROM nowhere');
        await queryRunner.commitTransaction();
      });
      const { runner } = await opened(database, project, [broken], [runs(name, { transactional: false })]);
      expect(await rejection(runner.upgrade())).toMatchObject({ statement: 'SELECT * FROM nowhere' });
      expect((await runner.upgrade()).heads).toEqual(['1700000000002']);
      expect(attempts).toBe(2);
    }),
  );

  test.each([
    ['commits', async (q: QueryRunner) => q.commitTransaction(), 'runs COMMIT'],
    [
      'does what no transaction can',
      async (q: QueryRunner) => q.query('CREATE INDEX CONCURRENTLY i ON "user" (email)'),
      'PostgreSQL does not run this statement inside a transaction',
    ],
  ])('because it %s in a transaction is told what to do', (_, up, message) =>
    onDatabase(async (database, project) => {
      const name = 'Wrong1700000000002';
      const { runner } = await opened(
        database,
        project,
        [CreateUsers1700000000001, migration(name, up)],
        [users, runs(name)],
      );
      const error = await rejection(runner.upgrade());
      expect(error.message).toContain(message);
      expect(error.message).toContain('export const transactional = false');
    })(),
  );

  test(
    'to be found is told by name, also of a DataSource without the option',
    onDatabase(async (database, project) => {
      await project.write(users);
      for (const options of [{ migrations: [] }, { migrations: undefined }, {}]) {
        const { runner } = openRunner(database, project, {}, { ...options, entities: [...entities] } as never);
        const error = await rejection(runner.upgrade());
        expect(error.cause ?? error).toMatchObject({ name: 'UnknownMigrationError', migration: users.message });
        expect(error.message).toContain(
          "TypeORM's migration CreateUsers1700000000001 is none of the 0 that the DataSource has",
        );
        expect((await rejection(runner.plan())).message).toContain('is none of the 0');
      }
    }),
  );

  test.each([
    [[migration('NoTimestamp', async () => {})], 'NoTimestamp does not end in a timestamp'],
    [
      [CreateUsers1700000000001, migration('CreateUsers1700000000001', async () => {})],
      'go by the name CreateUsers1700000000001',
    ],
    [
      [
        class {
          readonly name: string;
          constructor() {
            throw new Error('not today');
          }
          async up() {}
          async down() {}
        },
      ],
      'cannot be loaded (not today)',
    ],
  ])('to be loaded is told why', (migrations, message) =>
    onDatabase(async (database, project) => {
      const { runner } = await opened(database, project, migrations as never, [users]);
      expect((await rejection(runner.upgrade())).message).toContain(message);
    })(),
  );
});

describe('in a script', () => {
  test(
    'stands what a migration sends, and the plan is what a run sends',
    onDatabase(async (database, project) => {
      const name = 'Helpers1700000000002';
      const helpers = migration(name, async queryRunner => {
        await queryRunner.createTable(
          new Table({ name: 'made', columns: [{ name: 'id', type: 'int', isPrimary: true }] }),
        );
        await queryRunner.startTransaction();
        await queryRunner.query(`SELECT setval('user_id_seq', 7)`);
        await queryRunner.commitTransaction();
      });
      const { runner, queries } = await opened(
        database,
        project,
        [CreateUsers1700000000001, helpers],
        [users, runs(name)],
      );
      const script = await runner.sql('upgrade', 'heads');
      expect(script).toContain(`INSERT INTO "user" (email) VALUES ('it''s@example.org');`);
      expect(script).toContain('CREATE TABLE "made"');
      const planned = (await runner.plan()).flatMap(({ statements }) => statements.map(({ sql }) => sql));
      await runner.upgrade();
      expect(queries.filter(query => planned.includes(query))).toEqual(planned);
      await database.query(`DROP TABLE "user", made, alembic_version, alembic_version_log`);
      await database.query(script);
      expect(await database.query('SELECT count(*)::int AS users FROM "user"')).toEqual([{ users: 1 }]);
    }),
  );

  test(
    'a migration outside transactions begins its own',
    onDatabase(async (database, project) => {
      const name = 'Own1700000000001';
      const own = migration(name, async queryRunner => {
        await queryRunner.startTransaction();
        await queryRunner.query('CREATE TABLE made (id int)');
        await queryRunner.commitTransaction();
      });
      const { runner } = await opened(database, project, [own], [runs(name, { transactional: false })]);
      const script = await runner.sql('upgrade', 'heads');
      expect(script).toContain('START TRANSACTION;\n\nCREATE TABLE made (id int);\n\nCOMMIT;');
    }),
  );

  test.each<[string, (queryRunner: QueryRunner) => Promise<unknown>]>([
    ['a row', async q => (await q.query('SELECT 1 AS one'))[0]],
    ['how many', async q => (await q.query('SELECT 1')).length],
    ['all of them', async q => [...(await q.query('SELECT 1'))]],
    ['whether there is a table', q => q.hasTable('user')],
    ['a table', q => q.addColumn('user', { name: 'x', type: 'int' } as never)],
    ['an entity', q => q.manager.save('User', { email: '' })],
    [
      'a row, and hides it',
      async q =>
        await q
          .query('SELECT 1 AS one')
          .then((rows: any[]) => rows[0])
          .catch(() => 0),
    ],
  ])('a migration that asks for %s is refused', (_, up) =>
    onDatabase(async (database, project) => {
      const name = 'Asks1700000000002';
      const { runner } = await opened(
        database,
        project,
        [CreateUsers1700000000001, migration(name, up)],
        [users, runs(name)],
      );
      const error = await rejection(runner.sql('upgrade', 'heads'));
      expect(error).toMatchObject({ name: 'RevisionFailedError', cause: { name: 'OfflineError' } });
      expect(error.message).toContain("op.runMigration('Asks1700000000002') needs rows from the database");
      expect(await runner.plan()).toMatchObject([{ needsDatabase: false }, { needsDatabase: true }]);
    })(),
  );
});

describe('a migration that meets locks, in a revision that commits statement by statement', () => {
  const name = 'Busy1700000000007';
  const busy: Readonly<Record<string, (queryRunner: QueryRunner) => Promise<unknown>>> = {
    'a statement by itself': queryRunner => queryRunner.query('ALTER TABLE made ADD COLUMN b int'),
    'a transaction of its own': async queryRunner => {
      await queryRunner.startTransaction();
      await queryRunner.query('CREATE TABLE other ()');
      await queryRunner.query('ALTER TABLE made ADD COLUMN b int');
      await queryRunner.commitTransaction();
    },
    'a concurrent index, and then a statement': async queryRunner => {
      await queryRunner.query('CREATE INDEX CONCURRENTLY IF NOT EXISTS made_n ON other_made (n)');
      await queryRunner.query('ALTER TABLE made ADD COLUMN b int');
    },
  };

  test.each(shareOfToday(Object.entries(busy)))('lets others read on while it tries again: %s', (_, up) =>
    onDatabase(async (database, project) => {
      await database.query('CREATE TABLE made (n int); CREATE TABLE other_made (n int)');
      await project.write(runs(name, { transactional: false }));
      const { runner, said } = openRunner(
        database,
        project,
        { lockTimeout: 50 },
        { migrations: [migration(name, up)], entities: [...entities] },
      );
      const client = await database.client();
      await client.query('BEGIN; SELECT FROM made');
      const upgrade = runner.upgrade();
      const blocked = async () => said.some(line => line.includes('Trying the upgrade of') && line.includes('made'));
      while (!(await Promise.race([blocked(), upgrade]))) await setTimeout(20);
      // Readers are not held up for longer than the lock timeout.
      expect(await database.query('SET statement_timeout = 5000; SELECT n FROM made')).toEqual([]);
      await client.query('COMMIT');
      expect((await upgrade).steps).toHaveLength(1);
      expect(await database.query('SELECT b FROM made')).toEqual([]);
    })(),
  );

  const committing = {
    CALL: 'CALL p()',
    'CALL after a remark': '-- so\nCALL p()',
    DO: 'DO $$ BEGIN INSERT INTO kept VALUES (1); COMMIT; LOCK TABLE made; END $$',
  };

  test.each(
    shareOfToday(
      Object.entries(committing).flatMap(([name, sql]) => [
        [name, async (queryRunner: QueryRunner) => queryRunner.query(sql)] as const,
        [
          `${name}, whose error is thrown again`,
          (queryRunner: QueryRunner) =>
            queryRunner.query(sql).catch(error => {
              throw error;
            }),
        ] as const,
        [
          `${name} after a transaction`,
          async (queryRunner: QueryRunner) => {
            await queryRunner.startTransaction();
            await queryRunner.commitTransaction();
            await queryRunner.query(sql);
          },
        ] as const,
      ]),
    ),
  )('is not sent again where it may have committed a part: %s', (_, up) =>
    onDatabase(async (database, project) => {
      await database.query(
        `CREATE TABLE made (n int); CREATE TABLE kept (n int);
         CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO kept VALUES (1); COMMIT; LOCK TABLE made; END $$`,
      );
      await project.write(runs(name, { transactional: false }));
      const options = { migrations: [migration(name, up)], entities: [...entities] };
      const { runner } = openRunner(database, project, { lockTimeout: 50 }, options);
      const client = await database.client();
      await client.query('BEGIN; SELECT FROM made');
      expect(await rejection(runner.upgrade())).toMatchObject({ name: 'LockWaitError' });
      expect(await database.query('SELECT n FROM kept')).toEqual([{ n: 1 }]);
    })(),
  );

  test(
    'fails where a part of it is committed and its next transaction meets a lock',
    onDatabase(async (database, project) => {
      await database.query('CREATE TABLE made (n int)');
      await project.write(runs(name, { transactional: false }));
      const whole = migration(name, async queryRunner => {
        await queryRunner.query('CREATE TABLE first ()');
        await busy['a transaction of its own']!(queryRunner);
      });
      const { runner } = openRunner(
        database,
        project,
        { lockTimeout: 50 },
        { migrations: [whole], entities: [...entities] },
      );
      const client = await database.client();
      await client.query('BEGIN; SELECT FROM made');
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      const error = await rejection(runner.upgrade());
      expect(error).toMatchObject({ name: 'LockWaitError', statement: 'ALTER TABLE made ADD COLUMN b int' });
      expect(error.message).toContain(`process ${rows[0].pid} (`);
      expect(await runner.current()).toEqual([]);
      expect(await database.query("SELECT to_regclass('other') AS t")).toEqual([{ t: null }]);
    }),
  );
});

test.each(['release()', 'manager.queryRunner.release()'])(
  'a migration that calls queryRunner.%s does not give away the connection of the run',
  call =>
    onDatabase(async (database, project) => {
      const Releasing = migration('Releasing1700000000001', async queryRunner => {
        await queryRunner.query('CREATE TABLE made (id int)');
        await (call === 'release()' ? queryRunner.release() : queryRunner.manager.queryRunner!.release());
      });
      await project.write({
        id: 'a1',
        upgrade:
          "await op.runMigration('Releasing1700000000001'); await globalThis.application(); throw new Error('later');",
      });
      const { runner, dataSource } = openRunner(database, project, {}, { migrations: [Releasing], poolSize: 2 });
      await dataSource.initialize();
      await database.query('CREATE TABLE visit (id int)');
      Object.assign(globalThis, { application: () => dataSource.query('INSERT INTO visit VALUES (1)') });
      expect((await rejection(runner.upgrade())).message).toContain('later');
      expect(await database.query(`SELECT id, to_regclass('made')::text AS made FROM visit`)).toEqual([
        { id: 1, made: null },
      ]);
    })(),
);

test(
  'a migration that an interrupted revision has run is not planned again',
  onDatabase(async (database, project) => {
    const Made = migration('Made1700000000001', queryRunner => queryRunner.query('CREATE TABLE made (id int)'));
    await project.write({
      id: 'a1',
      transactional: false,
      upgrade: `await op.runMigration('Made1700000000001');
        if (op.context.x.fail) throw new Error('told to');
        await op.execute('CREATE TABLE other (id int)');`,
    });
    const { runner } = openRunner(database, project, {}, { migrations: [Made] });
    await rejection(runner.upgrade('heads', { x: { fail: '1' } }));
    const [step] = await runner.plan();
    expect(step!.statements.map(({ sql }) => sql)).toEqual([expect.stringMatching('CREATE TABLE other')]);
    await runner.upgrade();
    expect(await runner.current()).toEqual(['a1']);
  }),
);
