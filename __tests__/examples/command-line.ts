import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from '@jest/globals';
import { testRun, withDatabase } from '../support/index.ts';
import { shellBlocksOf } from './markdown.ts';
import { packedTarball } from './packed.ts';
import { runShell } from './shell.ts';

/** The commands of the README, with the tarball of this project where they take it from the registry. */
async function commands(): Promise<readonly string[]> {
  const tarball = await packedTarball();
  const blocks = shellBlocksOf(path.join(testRun().root, 'examples', 'command-line', 'README.md'));
  expect(blocks.filter(block => block.includes('npm install typeorm-alembic '))).toHaveLength(1);
  return blocks.map(block => block.replace('npm install typeorm-alembic ', `npm install ${tarball} `));
}

/** Does what the README of examples/command-line says. */
export async function followCommandLine(): Promise<void> {
  const directory = mkdtempSync(path.join(testRun().directory, 'command-line-'));
  await withDatabase(async database => {
    const reader = { cwd: directory, env: { DATABASE_URL: database.url } };
    const outputs: string[] = [];
    for (const block of await commands()) {
      const { exitCode, output } = await runShell(block, reader);
      expect({ block, output, exitCode }).toMatchObject({ exitCode: 0 });
      outputs.push(output);
    }
    const [init = '', , first = '', second = '', around = ''] = outputs;
    expect(init).toContain('created  ormconfig.ts');
    expect(first).toContain('Detected + table customer (id, email, createdAt)');
    expect(second).toContain('Would run upgrade');
    expect(second).toMatch(/^Upgraded by one revision: the database is at [0-9a-f]{12}\.$/m);
    expect(around).toContain('Entities and database do not differ.');
    expect(around).toContain('(head) (current), add tickets');
    expect(readdirSync(path.join(directory, 'migrations'))).toHaveLength(2);
    expect(readFileSync(path.join(directory, 'upgrade.sql'), 'utf8')).toContain('CREATE TABLE "ticket"');
    expect(await database.query('SELECT version_num FROM alembic_version')).toHaveLength(1);
  });

  const withoutServer = await runShell('npx typeorm-alembic upgrade', { cwd: directory });
  expect(withoutServer).toMatchObject({ exitCode: 0 });
  expect(withoutServer.output).toContain('Upgraded by 2 revisions');
  expect(readdirSync(directory)).toContain('.pgdata');
}
