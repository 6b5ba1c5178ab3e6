import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ensureBuilt, runNode, testRun, withDatabase } from '../support/index.ts';
import { templates } from '../../src/cli/starter.ts';
import { ormconfig, withProject } from './project.ts';
import { shareOfToday } from '../support/share-of-today.ts';

describe('init', () => {
  test('writes what a project begins with, and says what comes next', () =>
    withProject({}, async ({ run, directory }) => {
      const { exitCode, stdout } = await run('init');
      expect(exitCode).toBe(0);
      expect(stdout).toMatch(
        /^created {2}ormconfig\.ts\ncreated {2}entities\/customer\.ts\ncreated {2}tsconfig\.json\ncreated {2}migrations\/\n/,
      );
      expect(stdout).toContain('npm install typeorm pg reflect-metadata typeorm-alembic\n');
      expect(stdout).toMatch(/^ {2}\d\. npx typeorm-alembic revision --autogenerate -m "create tables"$/m);
      expect(readFileSync(join(directory, 'ormconfig.ts'), 'utf8')).toContain('import.meta.dirname');
    }));

  test('writes over nothing, and adds no example beside what there is', async () => {
    await withProject({ 'entities/note.ts': 'export {};\n', 'tsconfig.json': '{}' }, async ({ json, directory }) => {
      expect(await json('init')).toMatchObject({ created: ['ormconfig.ts', 'migrations/'], kept: ['tsconfig.json'] });
      expect(readFileSync(join(directory, 'tsconfig.json'), 'utf8')).toBe('{}');
      expect(await json('init')).toMatchObject({ created: [], kept: ['ormconfig.ts'] });
    });
    await withProject(ormconfig(), async ({ json, directory }) => {
      expect(await json('init', 'db/revisions')).toMatchObject({
        created: ['db/revisions/'],
        kept: ['ormconfig.mjs'],
        next: expect.arrayContaining([expect.stringContaining(`versionLocations: ['db/revisions']`)]),
      });
      expect(readdirSync(directory)).not.toContain('tsconfig.json');
    });
  });

  test.each([
    ["migrations: ['typeorm-migrations/*.js']", 'adopt'],
    ['migrations: [AddTicket1],', 'adopt'],
    ['migrations: [ ]', 'revision --autogenerate'],
    ['synchronize: true', 'revision --autogenerate'],
    ["\n// migrations: ['old/*.js'],\nsynchronize: true", 'revision --autogenerate'],
    ["/* migrations: [AddTicket1], */ name: 'main'", 'revision --autogenerate'],
    ["url: `postgres://${'host'}/db`, migrations: [AddTicket1]", 'adopt'],
    ["url: 'postgres://host/db', /* ours */ migrations: [ /* first */ AddTicket1]", 'adopt'],
  ])('begins a project with %s by %s', (option, command) =>
    withProject({ 'ormconfig.js': `module.exports = new DataSource({ ${option} });` }, async ({ json }) => {
      const { next } = await json('init');
      const commands = next.filter((step: string) => /^npx typeorm-alembic (adopt|revision)/.test(step));
      expect(commands).toEqual([expect.stringContaining(`npx typeorm-alembic ${command}`)]);
      expect(commands[0].startsWith(`npx typeorm-alembic ${command}`)).toBe(true);
    }),
  );

  const kept: readonly (readonly [Record<string, string>, string | undefined])[] = [
    [{ 'ormconfig.js': 'module.exports = dataSource;' }, 'module.exports.migrations = defineConfig('],
    [{ 'ormconfig.cjs': 'module.exports = { dataSource };' }, 'module.exports.migrations = defineConfig('],
    [{ 'ormconfig.mjs': 'export default dataSource;' }, 'export const migrations = defineConfig('],
    [
      { 'ormconfig.ts': 'export default new DataSource({ migrations: [] });' },
      'export const migrations = defineConfig(',
    ],
    [{ 'ormconfig.js': 'module.exports = { dataSource, migrations };' }, undefined],
    [{ 'ormconfig.js': 'exports.migrations = defineConfig({});' }, undefined],
    [{ 'ormconfig.mjs': 'export const migrations = {};' }, undefined],
    [{ 'ormconfig.mjs': '// export const migrations = {};' }, 'export const migrations = defineConfig('],
    [{ 'ormconfig.mjs': 'const migrations = {};\nexport { dataSource, migrations };' }, undefined],
  ];
  test.each(shareOfToday(kept))('tells how to configure %j in its own syntax, unless it is', (files, line) =>
    withProject({ 'package.json': '{}', ...files }, async ({ json }) => {
      const steps: readonly string[] = (await json('init')).next;
      expect(steps.filter(step => step.includes('defineConfig'))).toEqual(
        line === undefined ? [] : [expect.stringContaining(line)],
      );
    }),
  );

  test('names a package.json that it cannot read', () =>
    withProject({ 'package.json': '{ "type": }' }, async ({ run, directory }) => {
      const { exitCode, stderr } = await run('init');
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^Error: .*package\.json is not JSON \(.*\.\n$/)]);
      expect(readdirSync(directory)).not.toContain('ormconfig.ts');
    }));

  test('is told the template by package.json', async () => {
    const templateOf = (manifest: object) =>
      withProject({ 'package.json': JSON.stringify(manifest) }, async ({ json }) => (await json('init')).template);
    expect(await templateOf({})).toBe('cjs');
    expect(await templateOf({ type: 'module' })).toBe('esm');
    expect(await templateOf({ dependencies: { '@nestjs/core': '^11' } })).toBe('nest');
  });

  test.each([
    ['commonjs', '__dirname'],
    ['module', 'import.meta.dirname'],
  ])('gives a NestJS project its folder as a %s has it', (type, folder) =>
    withProject(
      { 'package.json': JSON.stringify({ type, dependencies: { '@nestjs/core': '^12' } }) },
      async ({ json, directory }) => {
        expect(await json('init')).toMatchObject({ template: 'nest' });
        const source = readFileSync(join(directory, 'src/data-source.ts'), 'utf8');
        expect(source.match(/__dirname|import\.meta\.dirname/g)).toEqual([folder, folder]);
      },
    ),
  );

  test.each<[string, Record<string, string>, string[]]>(
    shareOfToday([
      ['typescript', {}, []],
      ['javascript', { 'index.js': '' }, []],
      ['javascript', { 'src/server.mjs': '' }, []],
      ['javascript', ormconfig(), []],
      ['typescript', { 'index.js': '', 'tsconfig.json': '{}' }, []],
      ['typescript', { 'eslint.config.js': '', 'src/main.ts': '' }, []],
      ['typescript', { 'index.js': '', 'package.json': '{ "devDependencies": { "typescript": "^6" } }' }, []],
      ['typescript', { 'index.js': '' }, ['--language', 'typescript']],
      ['javascript', {}, ['--language', 'javascript']],
    ]),
  )('is told the language (%s) by what is there: %j %j', (language, files, options) =>
    withProject(files, async ({ json }) => {
      const { next, ...told } = await json('init', ...options);
      expect(told.language).toBe(language);
      expect(next.join('\n').includes('typescript')).toBe(language === 'typescript' && !files['package.json']);
    }),
  );

  test('takes a folder for revisions within the project', () =>
    withProject({}, async ({ run, directory }) => {
      expect(await run('init', '../elsewhere')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/^Error: "\.\.\/elsewhere" lies outside of /),
      });
      await run('init', 'db/revisions');
      expect(readFileSync(join(directory, 'ormconfig.ts'), 'utf8')).toContain(`versionLocations: ['db/revisions']`);
      await run('init', '.');
      expect(existsSync(join(directory, 'migrations'))).toBe(true);
    }));
});

describe('what init writes works as it is', () => {
  const all = [
    ...templates.map(template => [template, 'typescript'] as const),
    ['cjs', 'javascript'] as const,
    ['esm', 'javascript'] as const,
  ];
  test.each(shareOfToday(all))('%s, %s: autogenerate, upgrade, check, downgrade', async (template, language) => {
    const cli = join(await ensureBuilt(), 'cli.js');
    await withDatabase(database =>
      withProject(
        { 'package.json': template === 'esm' ? '{ "type": "module" }' : '{}' },
        async ({ directory }) => {
          const run = (...argv: string[]) =>
            runNode([cli, ...argv], { cwd: directory, env: { DATABASE_URL: database.url } });
          const done = async (...argv: string[]) =>
            expect(await run(...argv)).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('Error') });
          installInto(directory);
          await done('init', '--template', template, '--language', language);
          await done('revision', '--autogenerate', '-m', 'create tables');
          await done('upgrade');
          expect(await run('check')).toMatchObject({ exitCode: 0, stdout: 'Entities and database do not differ.\n' });
          expect(await database.query(`SELECT to_regclass('customer')::text AS name`)).toEqual([{ name: 'customer' }]);
          await done('downgrade', 'base');
          expect(await database.query(`SELECT to_regclass('customer')::text AS name`)).toEqual([{ name: null }]);
        },
        { modules: false },
      ),
    );
  });
});

/** As npm would, but by links: what the project asks for, and this package. */
function installInto(directory: string): void {
  const { root } = testRun();
  mkdirSync(join(directory, 'node_modules'));
  for (const name of ['typeorm', 'pg', 'reflect-metadata']) {
    symlinkSync(join(root, 'node_modules', name), join(directory, 'node_modules', name));
  }
  symlinkSync(root, join(directory, 'node_modules', 'typeorm-alembic'));
}
