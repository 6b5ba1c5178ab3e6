import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { testRun, withDatabase } from '../support/index.ts';
import { blocksOn } from './pages.ts';
import { exampleProject } from './project.ts';
import { runShell, withServers } from './shell.ts';

describe('examples/nestjs', () => {
  test('does what its README says, and does not start where a revision fails', async () => {
    const { directory, blocks } = await exampleProject('nestjs');
    const [install = '', next = ''] = blocks;
    expect(blocks).toHaveLength(2);
    expect(install.endsWith('\nnpm start')).toBe(true);
    await withDatabase(async database => {
      const reader = { cwd: directory, env: { DATABASE_URL: database.url, PORT: '0' } };
      expect(await runShell(install.replace(/\nnpm start$/, ''), reader)).toMatchObject({ exitCode: 0 });

      await withServers('npm start', reader, async ([url], output) => {
        expect(output.match(/^Running upgrade -> 82d178bda9f0, create tickets$/gm)).toHaveLength(1);
        expect(output.indexOf('Running upgrade')).toBeLessThan(
          output.indexOf('TicketsModule dependencies initialized'),
        );
        expect(await ask(url!, 'Printer on fire')).toMatchObject({ id: 1, isSolved: false });
        expect(await openTickets(url!)).toMatchObject([{ subject: 'Printer on fire' }]);
      });

      const looked = await runShell(next, reader);
      expect(looked).toMatchObject({ exitCode: 0 });
      expect(looked.output).toContain('No revision was written: entities and database do not differ.');

      addFailingRevision(path.join(directory, 'dist', 'migrations'));
      const failed = await runShell('npm start', reader);
      expect(failed.exitCode).not.toBe(0);
      expect(failed.output).toContain('division by zero; it was rolled back.');
      expect(failed.output).not.toContain('Retrying');
    });
  }, 180_000);

  test('has the files that docs/nestjs.md shows', () => {
    const shown = blocksOn('docs/nestjs.md').filter(({ language }) => language === 'typescript');
    expect(shown).toHaveLength(2);
    for (const { text } of shown) {
      const [, name = '', source] = /^\/\/ (\S+)\n(.*)$/s.exec(text) ?? [];
      expect([name, `${source}\n`]).toEqual([
        name,
        readFileSync(path.join(testRun().root, 'examples/nestjs', name), 'utf8'),
      ]);
    }
  });
});

function addFailingRevision(folder: string): void {
  expect(readdirSync(folder)).toEqual(['82d178bda9f0_create_tickets.js']);
  writeFileSync(
    path.join(folder, '9c0ffee9c0de_divide.js'),
    `exports.revision = '9c0ffee9c0de';
exports.downRevision = '82d178bda9f0';
exports.upgrade = op => op.execute('SELECT 1 / 0');
exports.downgrade = () => {};
`,
  );
}

const openTickets = async (url: string): Promise<unknown> => (await fetch(`${url}/tickets`)).json();

async function ask(url: string, subject: string): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/tickets`, { method: 'POST', headers, body: JSON.stringify({ subject }) });
  return answer.json();
}
