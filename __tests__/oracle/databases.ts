import pg from 'pg';
import { giveBack, takeDatabase } from '../support/database-pool.ts';
import { urlOf, withClient } from '../support/templates.ts';
import { testRun } from '../support/test-run.ts';
import { groundwork } from './others.ts';
import { READER } from './others-text.ts';

/** Gives empty databases: `create` with what others need to make something in it. */
export interface Databases {
  create(): Promise<string>;
  createEmpty(): Promise<string>;
}

/** Does the work on databases of its own. */
export async function withDatabases<Result>(work: (databases: Databases) => Promise<Result>): Promise<Result> {
  const lent: string[] = [];
  const createEmpty = async () => {
    const name = await takeDatabase('plain');
    lent.push(name);
    return urlOf(testRun().url, name);
  };
  try {
    return await work({
      createEmpty,
      async create() {
        const url = await createEmpty();
        await query(url, groundwork);
        return url;
      },
    });
  } finally {
    await Promise.all(lent.map(name => giveBack(name, 'plain')));
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
