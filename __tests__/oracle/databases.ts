import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { cloneDatabase } from '../support/database.ts';
import { templateDatabase, urlOf, withClient } from '../support/templates.ts';
import { testRun } from '../support/test-run.ts';
import { groundwork } from './others.ts';
import { READER } from './others-text.ts';

/** Gives empty databases: `create` with what others need to make something in it. */
export interface Databases {
  create(): Promise<string>;
  createEmpty(): Promise<string>;
}

/** Databases that nobody works on: a database is emptied in a tenth of the time that it takes to make one. */
const idle: string[] = [];

/** Does the work on databases of its own. They are kept for the next work, and removed with those of the whole test run. */
export async function withDatabases<Result>(work: (databases: Databases) => Promise<Result>): Promise<Result> {
  const lent: string[] = [];
  const lend = async () => {
    const url = idle.pop() ?? (await makeDatabase());
    lent.push(url);
    await query(url, emptying);
    return url;
  };
  try {
    return await work({
      createEmpty: lend,
      async create() {
        const url = await lend();
        await query(url, groundwork);
        return url;
      },
    });
  } finally {
    idle.push(...lent);
  }
}

async function makeDatabase(): Promise<string> {
  const { url, prefix } = testRun();
  const name = `${prefix}${randomBytes(6).toString('hex')}`;
  await withClient(url, admin => cloneDatabase(admin, templateDatabase(prefix, 'plain'), name));
  return urlOf(url, name);
}

/** Drops whatever is not PostgreSQL's own; the schema `public` stays as initdb made it. */
const emptying = `DO $$
  DECLARE removal text;
  BEGIN
    FOR removal IN
      SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_extension WHERE extname <> 'plpgsql'
      UNION ALL SELECT format('DROP PUBLICATION %I', pubname) FROM pg_publication
      UNION ALL SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace
        WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
      UNION ALL SELECT format('DROP %s IF EXISTS public.%I CASCADE',
          CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.refobjid <> d.objid AND d.deptype IN ('a', 'i'))
      UNION ALL SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', typname) FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
      UNION ALL SELECT format('DROP FUNCTION %s CASCADE', p.oid::regprocedure) FROM pg_proc p
        WHERE pronamespace = 'public'::regnamespace
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    LOOP EXECUTE removal; END LOOP;
  END $$`;

export const query = async (url: string, sql: string): Promise<void> =>
  withClient(url, async client => void (await client.query(sql)));

/** The role that others grant rights to. Several test files may make it at once. */
export async function createReader(): Promise<void> {
  await withClient(testRun().url, client => client.query(`CREATE ROLE ${READER}`)).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || !['42710', '23505'].includes(error.code ?? '')) throw error;
  });
}
