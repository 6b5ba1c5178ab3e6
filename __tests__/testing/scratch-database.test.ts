import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { pgliteDriver } from '../../src/pglite/index.ts';
import { entitiesMatchMigrations, migrationTest, upAndDown } from '../../src/testing/index.ts';
import { copyOf } from '../../src/testing/data-source-copy.ts';
import { rejection, withProject } from '../runner/project.ts';
import {
  catalogFingerprint,
  emptyPglite,
  type TestDatabase,
  testRun,
  withDatabase,
  withPglite,
} from '../support/index.ts';
import { entities, good, projectOn } from './tested-project.ts';

/** Makes whatever it can think of, and takes nothing away. */
const untidy = {
  id: 'c1',
  upgrade: `await op.execute(\`CREATE SCHEMA other; CREATE TABLE other.t (id serial PRIMARY KEY); CREATE EXTENSION citext;
    CREATE MATERIALIZED VIEW m AS SELECT 1 AS one; CREATE VIEW v AS SELECT * FROM m; CREATE DOMAIN d AS int; CREATE TYPE p AS (a d);
    CREATE SEQUENCE s; CREATE FUNCTION f() RETURNS d LANGUAGE sql AS 'SELECT 1'; CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
    CREATE PROCEDURE q() LANGUAGE sql AS 'SELECT 1'; CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TYPE r AS RANGE (subtype = int)\`);`,
};

/** A role that may do everything in this database, and make no other. */
async function withOwner(database: TestDatabase, work: (owner: Pick<TestDatabase, 'dataSource'>) => Promise<void>) {
  const role = `${database.name}_owner`;
  await database.query(
    `CREATE ROLE ${role} LOGIN; GRANT ALL ON DATABASE ${database.name} TO ${role}; GRANT ALL ON SCHEMA public TO ${role}`,
  );
  const url = new URL(database.url);
  url.username = role;
  try {
    await work({ dataSource: options => new DataSource({ ...options, type: 'postgres', url: url.href }) });
  } finally {
    await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
}

describe('for a role that may not create databases', () => {
  test('an empty database is used, and left empty', () =>
    withDatabase(database =>
      withOwner(database, owner =>
        withProject(async files => {
          const before = await catalogFingerprint(database.url);
          await files.write(...good);
          await upAndDown(projectOn(owner, files));
          await files.write(untidy);
          await expect(upAndDown(projectOn(owner, files))).rejects.toThrow('downgrade of c1');
          await entitiesMatchMigrations(projectOn(owner, files));
          expect(await catalogFingerprint(database.url)).toBe(before);
        }),
      ),
    ));

  test('a database with anything in it is refused, and left as it is', () =>
    withDatabase(database =>
      withOwner(database, owner =>
        withProject(async files => {
          await files.write(...good);
          await database.query('CREATE SCHEMA other');
          for (const [definition, object] of [
            ['TABLE other.precious (id int)', 'TABLE other.precious'],
            ['TABLE parts (id int) PARTITION BY RANGE (id)', 'TABLE public.parts'],
            ['VIEW other.v AS SELECT 1', 'VIEW other.v'],
            [`TYPE level AS ENUM ('low')`, 'TYPE public.level'],
            ['TYPE pair AS (a int)', 'TYPE public.pair'],
            ['DOMAIN d AS int', 'TYPE public.d'],
            ['SEQUENCE s', 'SEQUENCE public.s'],
            ['FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$', 'ROUTINE public.f()'],
          ]) {
            await database.query(`CREATE ${definition}`);
            const before = await catalogFingerprint(database.url);
            const error = await rejection(upAndDown(projectOn(owner, files)));
            expect(error).toMatchObject({ name: 'NoScratchDatabaseError', database: database.name, objects: [object] });
            expect(await catalogFingerprint(database.url)).toBe(before);
            await database.query(`DROP ${object}`);
          }
        }),
      ),
    ));
});

describe('on PGlite', () => {
  test('the given one is used and left empty, or refused where it holds something', () =>
    withPglite(
      database =>
        withProject(async files => {
          const before = await catalogFingerprint(database);
          await files.write(...good);
          await upAndDown(projectOn(database, files));
          await files.write(untidy);
          await entitiesMatchMigrations(projectOn(database, files));
          expect(await catalogFingerprint(database)).toBe(before);
          await database.query('CREATE TABLE precious (id int)');
          expect((await rejection(upAndDown(projectOn(database, files)))).message).toContain(
            'a PGlite is a single database, and database "postgres" is not empty (TABLE public.precious)',
          );
        }),
      { extensions: ['citext'] },
    ));

  test('one that is closed with its last connection lives as long as a test', () =>
    withProject(async files => {
      await files.write(...good);
      const loadDataDir = await emptyPglite();
      const dataSource = () =>
        new DataSource({ type: 'postgres', driver: pgliteDriver({ loadDataDir }), entities: [...entities] });
      await migrationTest({ dataSource, config: { versionLocations: [files.directory] } }, async migrations => {
        await migrations.upgradeTo('a1');
        await migrations.insert('ticket', { id: 1, level: 'high' });
        await migrations.upgradeOne();
        expect(await migrations.query('SELECT title FROM ticket')).toEqual([{ title: 'level high' }]);
      })();
    }));
});

describe('the copy of a DataSource', () => {
  const { url } = testRun();
  const { hostname, port, username } = new URL(url);
  const parts = { host: hostname, port: Number(port), username: decodeURIComponent(username) };

  test.each<[string, object]>([
    ['a url', { url }],
    ['a url with parameters', { url: `${url}?application_name=me` }],
    ['its parts', { ...parts, database: 'postgres' }],
    ['no database', parts],
    ['replication', { replication: { master: { url }, slaves: [{ ...parts, host: '127.0.0.2' }] } }],
    ['replication by parts', { replication: { master: { ...parts, database: 'postgres' }, slaves: [] } }],
    ['what only pg knows', { ...parts, extra: { connectionString: url } }],
    ['extra parts', { ...parts, extra: { database: 'postgres' } }],
  ])('that is given by %s connects to another database', (_, options) =>
    withDatabase(async database => {
      const dataSource = new DataSource({ type: 'postgres', ...options });
      const copy = await copyOf(dataSource, database.name).initialize();
      const found = await copy.query('SELECT current_database() AS name').finally(() => copy.destroy());
      expect(found).toEqual([{ name: database.name }]);
    }),
  );
});
