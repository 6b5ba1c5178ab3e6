import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { type Files, withProject } from './project.ts';

const config = (versionLocations = "['migrations']"): string => `import { DataSource } from 'typeorm';
export default new DataSource({ type: 'postgres', url: 'postgres://nobody@127.0.0.1:1/nowhere', entities: [] });
export const migrations = { versionLocations: ${versionLocations} };
`;

const compiled = (module: 'commonjs' | 'esnext', text = config()): string =>
  ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind[module === 'esnext' ? 'ESNext' : 'CommonJS'] } })
    .outputText;

const revision = { ts: 'export const revision', js: 'exports.revision' };
const first = (language: keyof typeof revision): string =>
  `${revision[language]} = 'a1'; ${revision[language].replace('revision', 'downRevision')} = null;\n`;

const tsconfig = (compilerOptions: object): Files => ({ 'tsconfig.json': JSON.stringify({ compilerOptions }) });
const commonjs = { 'package.json': '{ "type": "commonjs" }' };
const sources = { 'src/data-source.ts': config(), 'src/migrations/a1.ts': first('ts') };
const build = (folder: string): Files => ({
  [`${folder}/data-source.js`]: compiled('commonjs'),
  [`${folder}/migrations/a1.js`]: first('js'),
});

interface Case {
  readonly files: Files;
  readonly config: string;
  /** Where the revision would go, or goes. */
  readonly folder: string;
}

const refused: Readonly<Record<string, Case & { readonly advice: string }>> = {
  'the outDir of tsconfig.json': {
    files: { ...commonjs, ...tsconfig({ outDir: 'build', rootDir: 'src' }), ...sources, ...build('build') },
    config: 'build/data-source.js',
    folder: 'build/migrations',
    advice: 'run the command with the configuration among the sources: --config DIRECTORY/src/data-source.ts.',
  },
  'an outDir that tsconfig.json extends, without rootDir': {
    files: {
      ...commonjs,
      'tsconfig.json': '{ "extends": "./tsconfig.base.json" }',
      'tsconfig.base.json': '{ "compilerOptions": { "outDir": "./out" } }',
      ...sources,
      ...build('out'),
    },
    config: 'out/data-source.js',
    folder: 'out/migrations',
    advice: 'run the command with the configuration among the sources: --config DIRECTORY/src/data-source.ts.',
  },
  'an outDir with ES modules, and no revision yet': {
    files: {
      ...tsconfig({ outDir: 'out', rootDir: '.' }),
      'ormconfig.ts': config(),
      'out/ormconfig.js': compiled('esnext'),
    },
    config: 'out/ormconfig.js',
    folder: 'out/migrations',
    advice: 'run the command with the configuration among the sources: --config DIRECTORY/ormconfig.ts.',
  },
  'an outDir that the configuration of the sources names': {
    files: {
      ...commonjs,
      ...tsconfig({ outDir: 'build', rootDir: 'src' }),
      ...sources,
      ...build('build'),
      'src/data-source.ts': config("['../build/migrations']"),
    },
    config: 'src/data-source.ts',
    folder: 'build/migrations',
    advice: 'name the folder of the sources in "versionLocations" of the configuration.',
  },
  'dist in an image without sources': {
    files: { ...commonjs, ...build('dist') },
    config: 'dist/data-source.js',
    folder: 'dist/migrations',
    advice: 'run the command where the sources are, with their configuration, and compile what it writes.',
  },
  'dist of ES modules in an image without sources': {
    files: { 'dist/ormconfig.js': compiled('esnext'), 'dist/migrations/a1.mjs': first('ts') },
    config: 'dist/ormconfig.js',
    folder: 'dist/migrations',
    advice: 'run the command where the sources are, with their configuration, and compile what it writes.',
  },
  'dist below a package with sources, whose tsconfig.json has another name': {
    files: { ...commonjs, ...sources, ...build('dist') },
    config: 'dist/data-source.js',
    folder: 'dist/migrations',
    advice: 'run the command with the configuration among the sources: --config DIRECTORY/src/data-source.ts.',
  },
  'a folder of any name with a configuration that was compiled': {
    files: { ...commonjs, ...build('server') },
    config: 'server/data-source.js',
    folder: 'server/migrations',
    advice: 'run the command where the sources are, with their configuration, and compile what it writes.',
  },
};

const written: Readonly<Record<string, Case>> = {
  'the sources of a project that was built': {
    files: { ...commonjs, ...tsconfig({ outDir: 'dist', rootDir: 'src' }), ...sources, ...build('dist') },
    config: 'src/data-source.ts',
    folder: 'src/migrations',
  },
  'the sources that a configuration in dist names': {
    files: {
      ...commonjs,
      ...sources,
      ...build('dist'),
      'dist/data-source.js': compiled('commonjs', config("['../src/migrations']")),
    },
    config: 'dist/data-source.js',
    folder: 'src/migrations',
  },
  'a project in JavaScript': {
    files: { 'lib/data-source.js': config(), 'lib/migrations/a1.js': first('ts') },
    config: 'lib/data-source.js',
    folder: 'lib/migrations',
  },
  'a project that is compiled in place': {
    files: {
      ...commonjs,
      ...tsconfig({}),
      'ormconfig.ts': config(),
      'ormconfig.js': compiled('commonjs'),
      'migrations/a1.ts': first('ts'),
      'migrations/a1.js': first('js'),
    },
    config: 'ormconfig.js',
    folder: 'migrations',
  },
  'a project whose outDir is itself': {
    files: { ...tsconfig({ outDir: '.' }), 'ormconfig.ts': config(), 'migrations/a1.ts': first('ts') },
    config: 'ormconfig.ts',
    folder: 'migrations',
  },
};

const filesIn = (folder: string): readonly string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

describe('a new revision', () => {
  test.each(Object.entries(refused))('is not written to %s', async (_, { files, config, folder, advice }) => {
    await withProject(files, async ({ directory, run }) => {
      const before = filesIn(join(directory, folder));
      const { exitCode, stdout, stderr } = await run('revision', '-m', 'next', '-c', config);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
      const built = join(directory, folder.split('/')[0]!);
      expect(stderr.replace(/^Error: /, '').trimEnd()).toBe(
        `${join(directory, folder)} lies in ${built} that a build writes, and a revision written there would be missing among the sources; ${advice.replace('DIRECTORY', directory)}`,
      );
      expect(filesIn(join(directory, folder))).toEqual(before);
      const drafted = await run('revision', '-m', 'next', '-c', config, '--dry-run');
      expect(drafted).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(' * next\n') });
    });
  });

  test.each(Object.entries(written))('is written to %s', async (_, { files, config, folder }) => {
    await withProject(files, async ({ directory, run }) => {
      const before = filesIn(join(directory, folder));
      const ran = await run('revision', '-m', 'next', '-c', config);
      expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/_next\.\w+\n$/) });
      expect(filesIn(join(directory, folder))).toHaveLength(before.length + 1);
    });
  });

  test('that merges is not written there either', async () => {
    const { files } = refused['dist in an image without sources']!;
    const other = { 'dist/migrations/b1.js': "exports.revision = 'b1'; exports.downRevision = null;\n" };
    await withProject({ ...files, ...other }, async ({ directory, run }) => {
      const ran = await run('merge', 'heads', '-c', 'dist/data-source.js');
      expect(ran).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('that a build writes') });
      expect(filesIn(join(directory, 'dist/migrations'))).toEqual(['a1.js', 'b1.js']);
    });
  });
});
