import { expect } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { exampleProject } from './project.ts';
import { runShell, withServers } from './shell.ts';

/** Does what the README of examples/app-startup says. */
export async function followAppStartup(): Promise<void> {
  const { directory, blocks } = await exampleProject('app-startup');
  const [install = '', many = '', next = ''] = blocks;
  expect(blocks).toHaveLength(3);
  await withDatabase(async database => {
    const reader = { cwd: directory, env: { DATABASE_URL: database.url } };
    const [building, starting] = splitAt(install, 'npm start');
    expect(await runShell(building, reader)).toMatchObject({ exitCode: 0 });

    await withServers(many, reader, async (urls, output) => {
      expect(new Set(urls).size).toBe(3);
      expect(output.match(/^Running upgrade/gm)).toHaveLength(2);
      expect(await Promise.all(urls.map(openTickets))).toEqual(Array(3).fill({ open: 0 }));
    });
    expect(await database.query('SELECT version_num FROM alembic_version')).toEqual([{ version_num: 'f75004df2daf' }]);
    expect(await database.query('SELECT revision FROM alembic_version_log')).toHaveLength(2);

    await database.query(`INSERT INTO customer (email) VALUES ('ada@example.com')`);
    await database.query(`INSERT INTO ticket (subject, "customerId") VALUES ('Printer on fire', 1)`);
    await withServers(starting, { cwd: directory, env: { ...reader.env, PORT: '0' } }, async ([url], output) => {
      expect(output).not.toContain('Running upgrade');
      expect(await openTickets(url!)).toEqual({ open: 1 });
    });

    await withServers(starting, { cwd: directory, env: { PORT: '0' } }, async ([url], output) => {
      expect(output.match(/^Running upgrade/gm)).toHaveLength(2);
      expect(await openTickets(url!)).toEqual({ open: 0 });
    });

    const looked = await runShell(next, reader);
    expect(looked).toMatchObject({ exitCode: 0 });
    expect(looked.output).toContain('No revision was written: entities and database do not differ.');
    expect(looked.output).toContain('7d72ea51d139 -> f75004df2daf (head), give tickets a priority');
  });
}

const openTickets = async (url: string): Promise<unknown> => (await fetch(url)).json();

function splitAt(text: string, line: string): [string, string] {
  expect(text.split('\n')).toContain(line);
  const at = text.split('\n').indexOf(line);
  return [text.split('\n').slice(0, at).join('\n'), line];
}
