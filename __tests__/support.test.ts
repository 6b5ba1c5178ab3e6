import { describe, expect, test } from '@jest/globals';
import {
  catalogFingerprint,
  entitiesFrom,
  hasPgDump,
  moduleFrom,
  schemaDump,
  testRun,
  withDatabase,
} from './support/index.ts';
import { sealOf } from './support/seal.ts';
import { shareOfToday } from './support/share-of-today.ts';

describe('withDatabase', () => {
  test('gives tests that run at once databases of their own', async () => {
    const names = await Promise.all(
      [1, 2].map(value =>
        withDatabase(async db => {
          await db.query('CREATE TABLE t (v int)');
          await db.query('INSERT INTO t VALUES ($1)', [value]);
          expect(await db.query('SELECT v FROM t')).toEqual([{ v: value }]);
          return db.name;
        }),
      ),
    );
    expect(new Set(names).size).toBe(2);
  });

  test.each(
    shareOfToday(
      [
        'CREATE TABLE t (id serial PRIMARY KEY); CREATE VIEW v AS TABLE t; CREATE TYPE e AS ENUM ()',
        'DROP SCHEMA public CASCADE',
        'DROP SCHEMA public CASCADE; CREATE SCHEMA public',
        'CREATE SCHEMA a CREATE TABLE t (); CREATE SCHEMA b CREATE VIEW v AS TABLE a.t',
        'CREATE EXTENSION citext; CREATE TABLE t (c citext)',
        'GRANT CREATE ON SCHEMA public TO pg_monitor',
        'ALTER SCHEMA public OWNER TO pg_monitor',
        'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor',
        'REVOKE EXECUTE ON FUNCTION pg_catalog.now() FROM PUBLIC',
        'GRANT SELECT ON pg_catalog.pg_authid TO pg_monitor',
        'CREATE PUBLICATION p FOR ALL TABLES',
        'CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$; CREATE EVENT TRIGGER t ON sql_drop EXECUTE FUNCTION f()',
        'CREATE TYPE pair AS (a int, b int); CREATE CAST (pair AS text) WITH INOUT',
        'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE t () SERVER s',
        'SELECT lo_create(7)',
        'CREATE TEMP TABLE t (id int)',
        "COMMENT ON DATABASE %I IS 'mine'",
        'ALTER DATABASE %I SET search_path = a',
        'ALTER DATABASE %I CONNECTION LIMIT 5',
        'GRANT CREATE ON DATABASE %I TO pg_monitor',
        'COMMENT ON SCHEMA public IS NULL; COMMENT ON FUNCTION pg_catalog.now() IS NULL',
      ],
      5,
    ),
  )('gives a database that is as a new one is, whatever the test before left: %s', async left => {
    await withDatabase(async db => void (await db.query(left.replace('%I', `"${db.name}"`))));
    // Other tests give databases back, too: one of these three is the same again, or it was dropped.
    await withDatabase(one =>
      withDatabase(two =>
        withDatabase(async three => {
          for (const db of [one, two, three]) expect(await sealOf(await db.client())).toBe(testRun().seal);
        }),
      ),
    );
  });

  test('clones the extensions template', async () => {
    await withDatabase(
      async db => {
        const rows = await db.query<{ extname: string }>(`SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'`);
        expect(rows.map(row => row.extname).sort()).toEqual([...testRun().extensions].sort());
      },
      { template: 'extensions' },
    );
  });

  test('closes what the test left open, also when it fails', async () => {
    const failure = withDatabase(async db => {
      const dataSource = await db.dataSource().initialize();
      const other = await db.client();
      await other.query('BEGIN');
      expect(await dataSource.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      throw new Error(`failed in ${db.name}`);
    });
    await expect(failure).rejects.toThrow(/failed in typeorm_alembic_/);
  });
});

describe('entitiesFrom', () => {
  const source = `
    import { Column, Entity, Index, ManyToOne, PrimaryGeneratedColumn, type Relation } from 'typeorm';
    export enum Mood { Calm = 'calm', Angry = 'angry' }
    @Entity() export class Ticket {
      @PrimaryGeneratedColumn() id!: number;
      @Column() subject!: string;
      @Column() open!: boolean;
      @Column({ type: 'enum', enum: Mood }) mood!: Mood;
      @ManyToOne(() => Agent) agent!: Relation<Agent>;
    }
    @Entity() export class Agent { @PrimaryGeneratedColumn('identity') id!: number; @Index() @Column() name!: string; }`;

  test('compiles entities, with the types of their columns', async () => {
    const entities = entitiesFrom(source);
    await withDatabase(async db => {
      const dataSource = await db.dataSource({ entities: [...entities], synchronize: true }).initialize();
      expect(dataSource.entityMetadatas.map(metadata => metadata.name).sort()).toEqual(['Agent', 'Ticket']);
      const types = await db.query(
        `SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute
          WHERE attrelid = 'ticket'::regclass AND attnum > 0 ORDER BY attnum`,
      );
      expect(types.map(row => `${row.attname} ${row.type}`)).toEqual([
        'id integer',
        'subject character varying',
        'open boolean',
        'mood ticket_mood_enum',
        'agentId integer',
      ]);
    });
  });

  test('gives the classes only, by name', () => {
    expect(entitiesFrom(source).map(entity => 'name' in entity && entity.name)).toEqual(['Agent', 'Ticket']);
    expect(moduleFrom(source)['Mood']).toEqual({ Calm: 'calm', Angry: 'angry' });
  });
});

/** Each pair differs in the one thing it is named for. */
const differences: readonly (readonly [what: string, before: string, after: string])[] = [
  ['column type', 'CREATE TABLE t (a int)', 'CREATE TABLE t (a bigint)'],
  ['length', 'CREATE TABLE t (a varchar(10))', 'CREATE TABLE t (a varchar(11))'],
  ['nullability', 'CREATE TABLE t (a int)', 'CREATE TABLE t (a int NOT NULL)'],
  ['default', 'CREATE TABLE t (a int DEFAULT 1)', 'CREATE TABLE t (a int DEFAULT 2)'],
  ['identity', 'CREATE TABLE t (a int NOT NULL)', 'CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)'],
  ['generated', 'CREATE TABLE t (a int, b int)', 'CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED)'],
  ['collation', 'CREATE TABLE t (a text)', 'CREATE TABLE t (a text COLLATE "C")'],
  ['comment', 'CREATE TABLE t (a int)', `CREATE TABLE t (a int); COMMENT ON COLUMN t.a IS 'x'`],
  ['check', 'CREATE TABLE t (a int CHECK (a > 0))', 'CREATE TABLE t (a int CHECK (a > 1))'],
  ['validity', 'CREATE TABLE t (a int)', 'CREATE TABLE t (a int); ALTER TABLE t ADD CHECK (a > 0) NOT VALID'],
  ['deferrability', 'CREATE TABLE t (a int UNIQUE)', 'CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)'],
  ['index', 'CREATE TABLE t (a int)', 'CREATE TABLE t (a int); CREATE INDEX ON t (a)'],
  [
    'index order',
    'CREATE TABLE t (a int); CREATE INDEX i ON t (a)',
    'CREATE TABLE t (a int); CREATE INDEX i ON t (a DESC)',
  ],
  ['enum order', `CREATE TYPE e AS ENUM ('a', 'b')`, `CREATE TYPE e AS ENUM ('b', 'a')`],
  ['sequence', 'CREATE SEQUENCE s', 'CREATE SEQUENCE s CACHE 5'],
  ['view', 'CREATE VIEW v AS SELECT 1 AS a', 'CREATE VIEW v AS SELECT 2 AS a'],
  [
    'populated',
    'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a',
    'CREATE MATERIALIZED VIEW v AS SELECT 1 AS a WITH NO DATA',
  ],
  ['policy', 'CREATE TABLE t (a int)', 'CREATE TABLE t (a int); CREATE POLICY p ON t USING (a = 1)'],
  [
    'trigger',
    'CREATE TABLE t (a int)',
    'CREATE TABLE t (a int); CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
  ],
  ['function', '', `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`],
  ['schema', '', 'CREATE SCHEMA audit'],
  ['grant', 'CREATE VIEW v AS SELECT 1 AS a', 'CREATE VIEW v AS SELECT 1 AS a; GRANT SELECT ON v TO PUBLIC'],
  ['domain', 'CREATE DOMAIN d AS int', 'CREATE DOMAIN d AS int CHECK (VALUE > 0)'],
];

describe('catalogFingerprint', () => {
  test.each(shareOfToday(differences))('tells two databases apart by %s', async (_what, before, after) => {
    const prints = await Promise.all([before, after].map(sql => structureOf(sql, catalogFingerprint)));
    expect(prints[0]).not.toBe(prints[1]);
  });

  test('is the same for two databases made alike, whatever they held before', async () => {
    const sql = differences
      .map(([, before], number) => `CREATE SCHEMA s${number}; SET search_path = s${number}; ${before}`)
      .join(';');
    const print = await structureOf(sql, catalogFingerprint);
    expect(await structureOf(`CREATE TABLE gone (a serial); DROP TABLE gone; ${sql}`, catalogFingerprint)).toBe(print);
    expect(print).toContain('column s3.t.a integer notnull=f default=1');
  });

  test('leaves the session as it was', async () => {
    await withDatabase(async db => {
      await db.query('SET search_path = pg_catalog');
      await catalogFingerprint(db);
      expect(await db.query('SHOW search_path')).toEqual([{ search_path: 'pg_catalog' }]);
    });
  });
});

describe('schemaDump', () => {
  test('says the same of the same structure and does not mention the run', async () => {
    const sql = `CREATE TABLE t (a serial PRIMARY KEY, b text DEFAULT '--'); COMMENT ON TABLE t IS 'x'`;
    const dump = await structureOf(sql, schemaDump);
    expect(await structureOf(sql, schemaDump)).toBe(dump);
    expect(dump).toContain('t_pkey');
    expect(dump).not.toMatch(/restrict|Dumped|statement_timeout/);
    expect(await structureOf(sql.replace('text', 'varchar'), schemaDump)).not.toBe(dump);
  });

  test('is pg_dump where there is one', async () => {
    const dump = await structureOf('CREATE TABLE t (a int)', schemaDump);
    expect(dump).toContain(hasPgDump() ? 'CREATE TABLE public.t (' : 'relation public.t kind=r');
  });
});

function structureOf(sql: string, read: (url: string) => Promise<string>): Promise<string> {
  return withDatabase(async db => {
    await db.query(sql);
    return read(db.url);
  });
}
