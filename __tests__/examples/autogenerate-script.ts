import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { exampleProject } from './project.ts';
import { runShell } from './shell.ts';

/** Does what the README of examples/autogenerate-script says. */
export async function followAutogenerateScript(): Promise<void> {
  const { directory, blocks } = await exampleProject('autogenerate-script');
  expect(blocks).toHaveLength(1);
  await withDatabase(async database => {
    const run = await runShell(blocks[0]!, { cwd: directory, env: { DATABASE_URL: database.url } });
    expect(run).toMatchObject({ exitCode: 0 });
    expect(run.output).toMatch(/^migrations\/[0-9a-f]{12}_add_surveys\.js: createTable, createForeignKey$/m);
    expect(run.output).toMatch(/^Running upgrade 344b31733127 -> [0-9a-f]{12}, add surveys$/m);
    expect(run.output.trimEnd()).toMatch(/^Entities and database do not differ\.$/m);

    const [, written = ''] = readdirSync(path.join(directory, 'migrations')).sort(byAge);
    expect(readFileSync(path.join(directory, 'migrations', written), 'utf8')).toContain(
      `checks: [{ name: 'CHK_satisfaction_survey_rating', expression: '"rating" BETWEEN 1 AND 5' }],`,
    );
    expect(await database.query('SELECT to_regclass($1)::text AS name', ['satisfaction_survey'])).toEqual([
      { name: 'satisfaction_survey' },
    ]);

    const pending = await runShell('npm run autogenerate', { cwd: directory, env: { DATABASE_URL: database.url } });
    expect(pending).toMatchObject({ exitCode: 1 });
    expect(pending.output).toContain('Say what the revision does');
  });
}

/** The revision that comes with the example, and the one that was written. */
const byAge = (one: string, other: string): number =>
  Number(other.startsWith('344b31733127')) - Number(one.startsWith('344b31733127'));
