import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withDatabase } from '../support/index.ts';
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
    /at \/nowhere\/\*\.entity\.js, and no file matches: /,
  ],
  'a pattern without a file beside an entity': [
    `entities: [Ticket, '/nowhere/*.js']`,
    /at \/nowhere\/\*\.js, and no file/,
  ],
};

test('without entities, nothing compares, and doctor says so, unless that is meant', () =>
  withDatabase(({ url }) => {
    const configs = Object.values(withoutEntities).flatMap(([dataSource], i): [string, string][] => [
      [`c${i}.mjs`, config(url, dataSource, '')],
      [`meant${i}.mjs`, config(url, dataSource, 'allowNoEntities: true')],
    ]);
    return withProject({ ...Object.fromEntries(configs), ...made }, async ({ run, directory }) => {
      await run('upgrade', '--config', 'c0.mjs');
      for (const [i, [, message]] of Object.values(withoutEntities).entries()) {
        const file = ['--config', `c${i}.mjs`];
        for (const command of [['check'], ['revision', '--autogenerate', '-m', 'drop all']])
          expect(await run(...command, ...file)).toMatchObject({
            exitCode: 1,
            stdout: '',
            stderr: expect.stringMatching(message),
          });
        const doctor = await run('doctor', ...file);
        expect(doctor.exitCode).toBe(1);
        expect(doctor.stdout.match(/^!!.*$/gm)).toEqual([expect.stringMatching(/^!! {2}entities +The DataSource/)]);
        expect(doctor.stdout).toMatch(message);

        const meant = ['--config', `meant${i}.mjs`];
        expect(await run('doctor', ...meant)).toMatchObject({
          exitCode: 0,
          stdout: expect.stringMatching(new RegExp(`^ok {2}entities +${i === 4 ? 1 : 0}$`, 'm')),
        });
        expect((await run('check', ...meant)).stdout).toContain(i === 4 ? 'ticket' : '- table ticket');
      }
      expect(readdirSync(join(directory, 'migrations'))).toEqual(['aa11.mjs']);
    });
  }));

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
