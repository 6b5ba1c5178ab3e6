import pg from 'pg';
import { emptying, sealOf } from './seal.ts';
import type { TestRun } from './test-run.ts';

/** `plain` is an empty database; `extensions` has every extension of {@link templateExtensions} the server offers. */
export type TemplateName = 'plain' | 'extensions';

export const templateExtensions = [
  'uuid-ossp',
  'pgcrypto',
  'citext',
  'hstore',
  'ltree',
  'cube',
  'btree_gist',
  'btree_gin',
  'pg_trgm',
  'unaccent',
] as const;

export function templateDatabase(prefix: string, template: TemplateName): string {
  return `${prefix}template_${template}`;
}

/** Creates the template databases on the server. Gives what is in them. */
export async function createTemplates(url: string, prefix: string): Promise<Pick<TestRun, 'extensions' | 'seal'>> {
  return withClient(url, async admin => {
    const available = await availableExtensions(admin);
    for (const template of ['plain', 'extensions'] as const) {
      const name = templateDatabase(prefix, template);
      await admin.query(`CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8'`);
      // The first connection writes PostgreSQL's own cache of the catalog, which each copy then has. A database that was
      // emptied has a schema `public` with an id that is not initdb's: so has each from the beginning.
      await withClient(urlOf(url, name), async client => {
        await client.query(emptying);
        await install(client, template === 'extensions' ? available : []);
      });
      await admin.query(`ALTER DATABASE "${name}" IS_TEMPLATE true`);
    }
    const seal = await withClient(urlOf(url, templateDatabase(prefix, 'plain')), sealOf);
    return { extensions: available, seal };
  });
}

/** The same server and user, another database. */
export function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}

export async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function availableExtensions(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM pg_available_extensions');
  const names = new Set(rows.map(row => row.name));
  return templateExtensions.filter(name => names.has(name));
}

async function install(client: pg.Client, extensions: readonly string[]): Promise<void> {
  for (const name of extensions) await client.query(`CREATE EXTENSION "${name}"`);
}
