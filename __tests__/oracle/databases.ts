import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { templateDatabase, urlOf, withClient } from '../support/templates.ts';
import { testRun } from '../support/test-run.ts';
import { groundwork, READER } from './others.ts';

/** Makes databases from one template, and drops them all in the end. */
export interface Databases {
  create(): Promise<string>;
  createEmpty(): Promise<string>;
}

/** Does the work on databases of its own, of which each holds what others need. */
export async function withDatabases<Result>(work: (databases: Databases) => Promise<Result>): Promise<Result> {
  const { url, prefix } = testRun();
  const plain = templateDatabase(prefix, 'plain');
  const names: string[] = [];
  const copy = async (template: string) => {
    const name = `${prefix}${randomBytes(6).toString('hex')}`;
    await withClient(url, admin => admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`));
    names.push(name);
    return urlOf(url, name);
  };
  try {
    return await work({
      createEmpty: () => copy(plain),
      async create() {
        const made = await copy(plain);
        await query(made, groundwork);
        return made;
      },
    });
  } finally {
    await withClient(url, async admin => {
      for (const name of names) await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    });
  }
}

export const query = async (url: string, sql: string): Promise<void> =>
  withClient(url, async client => void (await client.query(sql)));

/** The role that others grant rights to. Several test files may make it at once. */
export async function createReader(): Promise<void> {
  await withClient(testRun().url, client => client.query(`CREATE ROLE ${READER}`)).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError) || !['42710', '23505'].includes(error.code ?? '')) throw error;
  });
}
