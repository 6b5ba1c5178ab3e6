import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { onDatabase, openRunner, rejection, table } from './project.ts';

const role = `hidden_tables_${process.pid}`;
beforeAll(() => withDatabase(database => database.query(`CREATE ROLE ${role}`)));
afterAll(() => withDatabase(database => database.query(`DROP ROLE ${role}`)));

/** PostgreSQL passes over what such a role may not use. */
const asRole = { extra: { options: `-c role=${role}` } };

test.each([
  ['versionTableSchema', { versionTableSchema: 'mine' }, {}],
  ['the schema of the DataSource', {}, { schema: 'mine' }],
])(
  "another application's version table in a schema that the role may not use is not in the way: %s",
  (_, config, own) =>
    onDatabase(async (database, project) => {
      await database.query(`CREATE TABLE public.alembic_version (version_num varchar(32));
      REVOKE ALL ON SCHEMA public FROM PUBLIC; CREATE SCHEMA mine AUTHORIZATION ${role}`);
      await project.write({ id: 'a1', upgrade: "await op.execute('CREATE TABLE mine.a1 (id int)');" });
      const { runner } = openRunner(database, project, config, { ...asRole, ...own });
      expect((await runner.status()).heads).toEqual([]);
      expect((await runner.upgrade()).heads).toEqual(['a1']);
      await database.query(`DROP OWNED BY ${role}`);
    })(),
);

test(
  "TypeORM's table of migrations in a schema that the role may not use is not taken for none",
  onDatabase(async (database, project) => {
    class First1700000000001 {
      name = 'First1700000000001';
      async up() {}
      async down() {}
    }
    await database.query(`CREATE SCHEMA app; CREATE TABLE app.migrations (id serial, timestamp bigint, name varchar);
      GRANT ALL ON SCHEMA public TO ${role}; ALTER DATABASE ${database.name} SET search_path = app, public`);
    await project.write({ id: 'a1', upgrade: "await op.runMigration('First1700000000001');" });
    const { runner } = openRunner(database, project, {}, { ...asRole, migrations: [First1700000000001] });
    const error = await rejection(runner.upgrade());
    expect(error.message).toContain('Could not read migrations (permission denied for schema app)');
    await database.query(`DROP OWNED BY ${role}`);
  }),
);

test(
  'the log counts that lies beside the version table',
  onDatabase(async (database, project) => {
    await project.write(table('a1'));
    await openRunner(database, project).runner.upgrade();
    await database.query(`CREATE SCHEMA a; CREATE TABLE a.alembic_version_log (LIKE public.alembic_version_log INCLUDING ALL);
      INSERT INTO a.alembic_version_log (revision, direction, executed_by, started_at, progress)
        VALUES ('a1', 'upgrade', 'another application', now(), '{"done": []}');
      ALTER DATABASE ${database.name} SET search_path = a, public`);
    const { runner } = openRunner(database, project, { allowNoEntities: true });
    expect(await runner.status()).toMatchObject({ isAtHeads: true, unfinished: [] });
    expect(await runner.plan()).toEqual([]);
    expect((await runner.upgrade()).steps).toEqual([]);
    expect((await runner.check()).isEmpty).toBe(true);
  }),
);
