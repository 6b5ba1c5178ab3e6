import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
import { withPgBouncer } from '../support/pgbouncer.ts';
import { type Files, revision, withProject } from './project.ts';

const config = (url: string, dataSource: string, migrations: string) => `
  import { DataSource, EntitySchema } from 'typeorm';
  const Ticket = new EntitySchema({ name: 'ticket', columns: { id: { type: 'int', primary: true } } });
  export default new DataSource({ type: 'postgres', url: '${url}', ${dataSource} });
  export const migrations = { ${migrations} };`;

const made = revision('aa11', 'create tickets', {
  upgrade: `await op.createTable({ name: 'ticket', columns: [{ name: 'id', type: 'integer', nullable: false }] });`,
});

const withoutEntities: Readonly<Record<string, readonly [dataSource: string, message: RegExp]>> = {
  'an empty list': ['entities: []', /The DataSource has no entities: a comparison would drop/],
  'no list, as NestJS has it with autoLoadEntities': ['', /The DataSource has no entities: /],
  'an empty object': ['entities: {}', /The DataSource has no entities: /],
  'a pattern without a file': [
    `entities: ['/nowhere/*.entity.js']`,
    /at \/nowhere\/\*\.entity\.js, and no file matches: .*; build the application first/,
  ],
  'a pattern without a file beside an entity': [
    `entities: [Ticket, '/nowhere/*.js']`,
    /at \/nowhere\/\*\.js, and no file matches: .*; take that pattern out of `entities`/,
  ],
};

test('without entities, nothing compares, and doctor says so', () =>
  withDatabase(({ url }) => {
    const configs = Object.values(withoutEntities).map(([dataSource], i) => [`c${i}.mjs`, config(url, dataSource, '')]);
    return withProject({ ...Object.fromEntries(configs), ...made }, async ({ run, directory }) => {
      await run('upgrade', '--config', 'c0.mjs');
      const refused = (message: RegExp) => ({ exitCode: 1, stdout: '', stderr: expect.stringMatching(message) });
      for (const [i, [, message]] of Object.values(withoutEntities).entries()) {
        const file = ['--config', `c${i}.mjs`];
        expect(await run('check', ...file)).toMatchObject(refused(message));
        const { exitCode, stdout } = await run('doctor', ...file);
        expect(exitCode).toBe(1);
        expect(stdout.match(/^!!.*$/gm)).toEqual([expect.stringMatching(/^!! {2}entities +The DataSource/)]);
        expect(stdout).toMatch(message);
      }
      expect(await run('revision', '--autogenerate', '-m', 'drop all', '--config', 'c0.mjs')).toMatchObject(
        refused(/no entities/),
      );
      expect(readdirSync(join(directory, 'migrations'))).toEqual(['aa11.mjs']);
    });
  }));

test.each([
  ['none', 'entities: []', 0, '- table ticket'],
  ['a pattern without a file', `entities: [Ticket, '/nowhere/*.js']`, 1, 'ticket'],
])('where %s is meant, doctor and check go on', (_, dataSource, count, difference) =>
  withDatabase(({ url }) =>
    withProject({ 'ormconfig.mjs': config(url, dataSource, 'allowNoEntities: true'), ...made }, async ({ run }) => {
      await run('upgrade');
      const ok = new RegExp(`^ok {2}entities +${count}$`, 'm');
      expect(await run('doctor')).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(ok) });
      expect((await run('check')).stdout).toContain(difference);
    }),
  ),
);

test('without revisions, doctor says where it looked, unless that is meant', () =>
  withDatabase(({ url }) => {
    const files: Files = {
      'ormconfig.mjs': config(url, 'entities: [Ticket]', ''),
      'meant.mjs': config(url, 'entities: [Ticket]', 'allowNoRevisions: true'),
    };
    return withProject(files, async ({ run, directory }) => {
      for (const problem of [
        'The version location \\S+/migrations does not exist',
        'There is no revision file in \\S+/migrations',
      ]) {
        const { exitCode, stdout } = await run('doctor');
        expect([exitCode, stdout]).toEqual([1, expect.stringMatching(new RegExp(`^!! {2}revisions +${problem}`, 'm'))]);
        expect(stdout).toMatch(/^!! {2}database +the same error as revisions$/m);
        expect(await run('doctor', '--config', 'meant.mjs')).toMatchObject({
          exitCode: 0,
          stdout: expect.stringMatching(/^ok {2}revisions +0 in migrations; heads none$/m),
        });
        mkdirSync(join(directory, 'migrations'), { recursive: true });
      }
    });
  }));

test('doctor says of a session that upgrade would be refused what upgrade says, and else that it serves', () =>
  withDatabase(({ url }) =>
    withPgBouncer(url, { mode: 'transaction' }, async transactions =>
      withPgBouncer(url, { mode: 'session' }, async sessions => {
        const files: Files = {
          'ormconfig.mjs': config(url, 'entities: [Ticket]', ''),
          'reading.mjs': config(url, `extra: { options: '-c default_transaction_read_only=on' }`, ''),
          'transactions.mjs': config(transactions, '', ''),
          'sessions.mjs': config(sessions, '', ''),
          ...made,
        };
        await withProject(files, async ({ run, json }) => {
          for (const file of ['reading.mjs', 'transactions.mjs']) {
            const { stderr, exitCode } = await run('upgrade', '--config', file);
            const { findings } = await json('doctor', '--config', file);
            const found = stderr.trim().split('Error: ').at(-1);
            expect([exitCode, found]).toEqual([1, expect.stringMatching(/default_transaction_read_only|pool_mode/)]);
            expect(findings).toContainEqual({ name: 'session', isWell: false, found });
            expect((await run('doctor', '--config', file)).exitCode).toBe(1);
          }
          for (const file of ['ormconfig.mjs', 'sessions.mjs'])
            expect((await json('doctor', '--config', file)).findings).toContainEqual({
              name: 'session',
              isWell: true,
              found: 'may write, and is shared with no other client',
            });
        });
      }),
    ),
  ));
