import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { upgradeFromBase } from '../../src/testing/index.ts';
import { withProject } from '../runner/project.ts';
import { type Queryable, type TestDatabase, withDatabase, withPglite } from '../support/index.ts';
import { projectOn } from './tested-project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const f = 'CREATE FUNCTION f(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS $$ SELECT $1 = $2 $$';

/** What a revision may make, and not take away: in the schemas, beside them, and of the schemas themselves. */
const inSchemas: readonly string[] = [
  `CREATE COLLATION swedish (provider = libc, locale = 'C')`,
  'CREATE TEXT SEARCH CONFIGURATION search (COPY = simple)',
  'CREATE TEXT SEARCH DICTIONARY words (TEMPLATE = simple)',
  'CREATE TEXT SEARCH DICTIONARY "odd.Words" (TEMPLATE = simple); CREATE TABLE "Odd ""name" (id serial)',
  `${f}; CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = f)`,
  `CREATE TYPE pair AS (a int); CREATE DOMAIN d AS pair; CREATE TYPE r AS RANGE (subtype = int); CREATE TYPE e AS ENUM ('a')`,
  'CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, a int, b int); CREATE STATISTICS s ON a, b FROM t; CREATE TABLE heir () INHERITS (t)',
  'CREATE TABLE parts (id int) PARTITION BY RANGE (id); CREATE TABLE part PARTITION OF parts DEFAULT',
  'CREATE SEQUENCE s; CREATE VIEW v AS SELECT 1 AS a; CREATE MATERIALIZED VIEW m AS SELECT * FROM v',
  `${f}; CREATE PROCEDURE q() LANGUAGE sql AS 'SELECT 1'; CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int)`,
  'CREATE SCHEMA other; CREATE TABLE other.t (id int)',
  `CREATE TABLE in_public (schema regnamespace DEFAULT 'public'::regnamespace)`,
];
const privileged: readonly string[] = [
  'CREATE OPERATOR FAMILY family USING btree',
  `CREATE FUNCTION g() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
   CREATE EVENT TRIGGER stop ON sql_drop EXECUTE FUNCTION g()`,
  'CREATE PUBLICATION news FOR ALL TABLES',
  'CREATE TABLE published (id int); CREATE PUBLICATION news FOR TABLE published',
  'CREATE CAST (int AS point) WITH INOUT',
  'CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE USER MAPPING FOR PUBLIC SERVER s; CREATE FOREIGN TABLE ft (id int) SERVER s',
  'CREATE LANGUAGE other HANDLER plpgsql_call_handler',
  'CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal))',
  `CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler`,
  'SELECT lo_create(0)',
  `CREATE TYPE key; CREATE FUNCTION key_in(cstring) RETURNS key LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
   CREATE FUNCTION key_out(key) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out'; CREATE TYPE key (INPUT = key_in, OUTPUT = key_out, LIKE = int4)`,
  `${f}; CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = f);
   CREATE OPERATOR CLASS class FOR TYPE int USING hash AS OPERATOR 1 ===, FUNCTION 1 hashint4(int)`,
  `CREATE CONVERSION conversion FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8`,
  'CREATE TEXT SEARCH TEMPLATE template (LEXIZE = dsimple_lexize)',
  'CREATE TEXT SEARCH PARSER parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)',
];
/** What is to be given to all that a role makes from now on. */
const defaultPrivileges: readonly string[] = [
  'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC',
  'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO PUBLIC; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO pg_monitor WITH GRANT OPTION',
  'ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT ON TABLES TO PUBLIC',
  'ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; ALTER DEFAULT PRIVILEGES REVOKE ALL ON TYPES FROM PUBLIC',
  'ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM CURRENT_USER; ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO pg_monitor',
  'CREATE SCHEMA other; ALTER DEFAULT PRIVILEGES IN SCHEMA other GRANT SELECT ON TABLES TO PUBLIC',
];
/** What was there before counts: the same, and what a revision does to it. */
const ofDefaultPrivileges: readonly string[] = [
  'ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM pg_monitor',
  'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT ON TABLES TO pg_monitor, PUBLIC',
  'ALTER DEFAULT PRIVILEGES REVOKE ALL ON SEQUENCES FROM pg_monitor; ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO PUBLIC',
  'CREATE TABLE t (id int)',
];
const ofSchemas: readonly string[] = [
  'ALTER SCHEMA public RENAME TO former; CREATE SCHEMA public; CREATE TABLE public.t (id int)',
  'DROP SCHEMA public',
  'REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO PUBLIC',
  `COMMENT ON SCHEMA public IS 'it''s another'`,
];

/** How many rows each catalog has, and what the schemas are. */
async function catalogs(connection: Queryable): Promise<unknown> {
  const tables = await connection.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'
       AND NOT relisshared AND relname NOT IN ('pg_statistic', 'pg_largeobject', 'pg_init_privs') ORDER BY relname`,
  );
  const counts = tables.map(({ name }) => `SELECT '${name}' AS name, count(*)::int AS rows FROM pg_catalog.${name}`);
  return {
    rows: await connection.query(counts.join(' UNION ALL ')),
    defaults: await connection.query(
      `SELECT defaclrole::regrole::text AS role, defaclnamespace::regnamespace::text AS schema, defaclobjtype AS type,
         ARRAY(SELECT a::text FROM unnest(defaclacl) a ORDER BY 1) AS acl
       FROM pg_default_acl ORDER BY 1, 2, 3`,
    ),
    schemas: await connection.query(
      `SELECT nspname, nspowner::regrole::text AS owner, obj_description(oid) AS comment,
         ARRAY(SELECT a::text FROM unnest(coalesce(nspacl, acldefault('n', nspowner))) a ORDER BY 1) AS acl
       FROM pg_namespace ORDER BY 1`,
    ),
  };
}

/** Of revisions that make something and take nothing away, those after which the database is not what it was. */
async function leaving(
  connection: Queryable,
  own: Pick<TestDatabase, 'dataSource'>,
  statements: readonly string[],
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const sql of statements) {
    await withProject(async files => {
      await files.write({ id: 'a1', upgrade: `await op.execute(${JSON.stringify(sql)});` });
      const before = await catalogs(connection);
      const project = projectOn(own, files);
      // A revision that takes the schema away must leave the version table.
      const config = { ...project.config, versionTableSchema: 'versions' };
      await upgradeFromBase({ ...project, config });
      if (JSON.stringify(await catalogs(connection)) !== JSON.stringify(before)) left.push(sql);
    });
  }
  return left;
}

/** Does the work as a role that may make no database; a superuser could. */
async function asRole(
  database: TestDatabase,
  work: (role: Pick<TestDatabase, 'dataSource'>, name: string) => Promise<void>,
) {
  const role = `${database.name}_role`;
  await database.query(
    `CREATE ROLE ${role} LOGIN; ALTER DATABASE ${database.name} OWNER TO ${role}; GRANT ALL ON SCHEMA public TO ${role}`,
  );
  const url = new URL(database.url);
  url.username = role;
  try {
    await work({ dataSource: options => new DataSource({ ...options, type: 'postgres', url: url.href }) }, role);
  } finally {
    await database.query(
      `ALTER DATABASE ${database.name} OWNER TO CURRENT_USER; DROP OWNED BY ${role}; DROP ROLE ${role}`,
    );
  }
}

describe('a database that is emptied is what it was', () => {
  test('where the role may make no other', () =>
    withDatabase(database =>
      asRole(database, async role =>
        expect(await leaving(database, role, [...inSchemas, ...defaultPrivileges])).toEqual([]),
      ),
    ));

  test('with default privileges that were there before', () =>
    withDatabase(database =>
      asRole(database, async (role, name) => {
        await database.query(`SET ROLE ${name}; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pg_monitor WITH GRANT OPTION;
          ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO pg_monitor; RESET ROLE`);
        expect(await leaving(database, role, [...defaultPrivileges, ...ofDefaultPrivileges])).toEqual([]);
      }),
    ));

  test(
    'on PGlite, whose role may do everything',
    () =>
      withPglite(async database => {
        const recreated =
          'ALTER DEFAULT PRIVILEGES GRANT CREATE ON SCHEMAS TO pg_monitor; DROP SCHEMA public; CREATE SCHEMA public; ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC; DROP SCHEMA public';
        const all = [...inSchemas, ...privileged, ...ofSchemas, ...defaultPrivileges];
        expect(await leaving(database, database, [...shareOfToday(all, 12), recreated])).toEqual([]);
      }),
    120_000,
  );
});
