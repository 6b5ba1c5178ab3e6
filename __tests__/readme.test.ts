import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { blocksOf, withBlocks } from './examples/markdown.ts';
import { packedTarball } from './examples/packed.ts';
import { runShell } from './examples/shell.ts';
import { followPage } from './examples/story.ts';
import { testRun, withDatabase } from './support/index.ts';

const { root } = testRun();
const readme = path.join(root, 'README.md');
const blocks = blocksOf(readme, 'README.md');

describe('README.md', () => {
  test('begins with the two commands for a clone', () => {
    expect(blocks.slice(0, 2).map(({ language, text }) => [language, text])).toEqual([
      ['sh', 'npm ci && npm run quickstart'],
      ['sh', 'npm ci && npm test'],
    ]);
  });

  test('names a quickstart that works in a clone', async () => {
    const clone = cloneOf(root);
    await withDatabase(async ({ url }) => {
      const run = await runShell('npm run quickstart', { cwd: clone, env: { DATABASE_URL: url } });
      expect(run).toMatchObject({ exitCode: 0 });
      expect(run.output).toContain('// Deletes data: table ticket');
      expect(run.output.match(/^Entities and database do not differ\.$/gm)).toHaveLength(2);
      expect(run.output).toMatch(/^Rev: [0-9a-f]{12} \(head\)$/m);
    });
  }, 120_000);

  test('tells what happens when its commands are typed', async () => {
    const directory = mkdtempSync(path.join(testRun().directory, 'readme-'));
    const tarball = await packedTarball();
    const tour = blocks.slice(2).map(block => ({
      ...block,
      text: block.text.replace('npm install typeorm-alembic ', `npm install ${tarball} `),
    }));
    await withDatabase(async ({ url }) => {
      const texts = await followPage(tour, { cwd: directory, env: { DATABASE_URL: url } });
      if (process.env['WRITE_DOCS']) write(readme, [...blocks.slice(0, 2).map(({ text }) => text), ...texts], tarball);
    });
  }, 180_000);
});

/** What git has of the project, as far as the quickstart needs it. */
function cloneOf(project: string): string {
  const clone = mkdtempSync(path.join(testRun().directory, 'clone-'));
  const sources = ['package.json', 'tsconfig.json', 'tsdown.config.ts', 'ormconfig.ts', 'entities', 'src', 'codegen'];
  for (const name of [...sources, 'examples/quickstart.mjs']) {
    cpSync(path.join(project, name), path.join(clone, name), { recursive: true });
  }
  symlinkSync(path.join(project, 'node_modules'), path.join(clone, 'node_modules'));
  return clone;
}

function write(file: string, texts: readonly string[], tarball: string): void {
  const source = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    withBlocks(
      source,
      texts.map(text => text.replace(tarball, 'typeorm-alembic')),
    ),
  );
}
