import { afterAll, describe, expect, test } from '@jest/globals';
import { transformSync } from '@swc/core';
import { execFileSync } from 'node:child_process';
import { symlinkSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { loadRevision } from '../../src/scripts/load-revision.ts';
import { MalformedRevisionFileError } from '../../src/scripts/revision-file.ts';
import { checksumOf } from '../../src/scripts/checksum.ts';
import { readRevisionHeaders } from '../../src/scripts/revision-files.ts';
import { folderWith, removeFolders } from './support/folders.ts';
import { runNode } from './support/node.ts';

afterAll(removeFolders);

const revision = (id: string, down: string | null = null, comment = `/** about ${id} */\n`) =>
  `${comment}export const revision = '${id}';\nexport const downRevision = ${down === null ? 'null' : `'${down}'`};\nexport async function upgrade(op) { await op('up ${id}'); }\nexport async function downgrade(op) { await op('down ${id}'); }\n`;

const idsIn = async (locations: readonly string[], options = {}) =>
  (await readRevisionHeaders(locations, options)).map(file => file.revision);

/** The problem that is told of a folder's only file. */
async function problemWith(source: string, name = 'a1.mjs'): Promise<string> {
  const folder = folderWith({ [name]: source });
  const error: unknown = await readRevisionHeaders([folder]).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(MalformedRevisionFileError);
  expect((error as MalformedRevisionFileError).path).toBe(join(folder, name));
  return (error as Error).message.replaceAll(`${folder}/`, '');
}

test('a header tells all there is to know', async () => {
  const folder = folderWith({
    'a1_first.ts':
      "/**\n * create tickets\n *\n * Revises:\n */\n\nexport const revision = 'a1';\nexport const downRevision = ['x', 'y'];\nexport const branchLabels = 'main';\nexport const dependsOn = null;\nexport const transactional = false;\n",
    'b2_add_surveys.js': "export const revision = 'b2';\nexport const downRevision = null;\n",
  });
  expect(await readRevisionHeaders([folder])).toEqual([
    {
      path: join(folder, 'a1_first.ts'),
      revision: 'a1',
      downRevision: ['x', 'y'],
      branchLabels: ['main'],
      dependsOn: [],
      transactional: false,
      message: 'create tickets',
      comment: 'create tickets\n\nRevises:',
    },
    {
      path: join(folder, 'b2_add_surveys.js'),
      revision: 'b2',
      downRevision: null,
      branchLabels: [],
      dependsOn: [],
      transactional: true,
      message: 'add surveys',
      comment: '',
    },
  ]);
});

describe('the files read are', () => {
  test('those of each location by name, in the order of the locations', async () => {
    const folder = folderWith({
      'one/b.ts': revision('b'),
      'one/a.js': revision('a'),
      'one/Z.mjs': revision('z'),
      'two/c.cts': revision('c'),
      'two/_ignored.ts': 'syntax error',
      'two/.#c.ts': 'lock',
      'two/c.d.ts': 'export {};',
      'two/c.js.map': '{}',
      'two/README.md': '',
      'two/deeper/d.ts': revision('d'),
    });
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    expect(await idsIn([two, one])).toEqual(['c', 'z', 'a', 'b']);
    expect(await idsIn([one, two, one], { recursive: true })).toEqual(['z', 'a', 'b', 'c', 'd']);
    expect(await idsIn([two, join(two, 'deeper')], { recursive: true })).toEqual(['c', 'd']);
    expect(await idsIn([join(folder, 'three')], { mayBeEmpty: true })).toEqual([]);
    symlinkSync(join(two, 'deeper'), join(one, 'linked'));
    symlinkSync(one, join(one, 'round'));
    expect(await idsIn([one], { recursive: true })).toEqual(['z', 'a', 'b', 'd']);
    await expect(idsIn([one, join(folder, 'three')])).rejects.toThrow(/The version location .*three does not exist/);
  });

  test('sources rather than what was compiled beside them, where TypeScript is run', async () => {
    const folder = folderWith({
      'a.ts': revision('a'),
      'a.js': revision('stale'),
      'b.js': revision('b'),
      'c.mts': revision('c'),
      'c.mjs': revision('stale'),
    });
    expect(await idsIn([folder])).toEqual(['a', 'b', 'c']);
  });

  test('what was compiled rather than its source, where it is not', async () => {
    const folder = folderWith({
      'package.json': '{ "type": "module" }',
      'm/a.ts': revision('a'),
      'm/a.js': revision('compiled'),
      'm/b.ts': revision('b'),
    });
    const script = `
      const { readRevisionHeaders } = await import(scripts + '/revision-files.js');
      console.log((await readRevisionHeaders(['m'])).map(file => file.revision).join());`;
    expect(await runNode(folder, script)).toMatchObject({ stdout: 'compiled,b\n', stderr: '' });
  });
});

describe('a file is run for its header only where that is not in literals', () => {
  test.each([
    ['computed', "export const revision = ['a', 1].join('');\nexport const downRevision = null;"],
    ['exported from elsewhere', "export { revision, downRevision } from './_other.mjs';"],
    ['all from elsewhere', "export * from './_other.mjs';"],
    [
      'beside brackets that mislead',
      "if (globalThis) /[{]/.test('');\nexport const revision = 'a1';\nexport const downRevision = null;",
    ],
  ])('%s', async (_, source) => {
    const folder = folderWith({ 'a.mjs': source, '_other.mjs': revision('a1') });
    expect(await idsIn([folder])).toEqual(['a1']);
  });

  test('an object of exports', async () => {
    const folder = folderWith({
      'a.cjs': "module.exports = { revision: 'a1', downRevision: 'b', upgrade() {}, downgrade() {} };",
    });
    expect(await readRevisionHeaders([folder])).toMatchObject([{ revision: 'a1', downRevision: 'b' }]);
  });

  test('none that states them', async () => {
    const folder = folderWith({ 'a.mjs': `throw new Error('was run');\n${revision('a1')}` });
    expect(await idsIn([folder])).toEqual(['a1']);
  });
});

test.each([
  ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
  ['a device', (path: string) => symlinkSync('/dev/zero', path)],
  ['a folder', (path: string) => symlinkSync('/', path)],
])('%s with the name of a revision is an error, and nothing to wait for', async (_, make) => {
  const folder = folderWith({ 'a1.mjs': revision('a1') });
  make(join(folder, 'b1.mjs'));
  await expect(readRevisionHeaders([folder])).rejects.toThrow('b1.mjs is a pipe, a socket, a device or a folder');
});

describe('it is said of', () => {
  test.each([
    [
      'no revision',
      'export const helper = 1;',
      /^a1\.mjs is no revision: it has no `export const revision = '…'`; add it, or, for a file that is not meant as one, move it out of the version location or begin its name with an underscore\.$/,
    ],
    ['a mention of one', '// revision\nexport {};', /^a1\.mjs is no revision/],
    [
      "TypeORM's migrations",
      "import { MigrationInterface } from 'typeorm';\nexport class A1 {}",
      /^a1\.mjs is one of TypeORM's own migrations.*move it out/,
    ],
    [
      'no downRevision',
      "export const revision = 'a1';",
      /^a1\.mjs is not a usable revision: `export const downRevision` is missing or not null, an id or a list of ids; correct it in that file\.$/,
    ],
    [
      'a wrong downRevision',
      "export const revision = 'a1';\nexport const downRevision = true;",
      /downRevision` is missing or not null, a string or a list of strings/,
    ],
    [
      'an empty id',
      "export const revision = '';\nexport const downRevision = null;",
      /`export const revision` is missing or not an id/,
    ],
    [
      'a wrong transactional',
      `${revision('a1')}\nexport const transactional = 'no';`,
      /transactional` is missing or not true, false, 'upgrade' or 'downgrade'/,
    ],
    ['broken syntax', `export const x = {;\n${revision('a1')}`, /^a1\.mjs cannot be loaded: /],
    [
      'a header that throws',
      "export const revision = (() => { throw new Error('no id.'); })();",
      /^a1\.mjs cannot be loaded: no id\.$/,
    ],
  ])('%s', async (_, source, problem) => {
    expect(await problemWith(source)).toMatch(problem);
  });
});

describe('a revision is run', () => {
  const compiled = (type: 'commonjs' | 'es6') =>
    transformSync(revision('a1'), {
      filename: 'a.ts',
      swcrc: false,
      module: { type },
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    }).code;

  test.each([
    ['a1.ts', revision('a1')],
    ['a1.mjs', compiled('es6')],
    ['a1.cjs', compiled('commonjs')],
    ['a1.js', compiled('commonjs')],
    ['a1.js', compiled('es6')],
    [
      'a1.cjs',
      "module.exports = { revision: 'a1', downRevision: null, upgrade: op => op('up a1'), downgrade: op => op('down a1') };",
    ],
  ])('as %s (%#)', async (name, source) => {
    const folder = folderWith({ [name]: source });
    const [file] = await readRevisionHeaders([folder]);
    const module = await loadRevision<(text: string) => void>(file!);
    const said: string[] = [];
    await module.upgrade(text => void said.push(text));
    await module.downgrade(text => void said.push(text));
    expect(said).toEqual(['up a1', 'down a1']);
    expect(module).toMatchObject({ revision: 'a1', downRevision: null, transactional: true, path: join(folder, name) });
  });

  test.each([
    ['upgrade', "export const upgrade = 'later';", /^a1\.mjs has no `export async function upgrade\(op\)`; add it/],
    ['downgrade', 'export function upgrade() {}', /^a1\.mjs has no `export async function downgrade\(op\)`/],
    ['its own id', 'export function upgrade() {}', /says it is revision a1 when it runs, and b2 when it is read/],
  ])('unless it lacks %s', async (lacking, functions, problem) => {
    const folder = folderWith({
      'a1.mjs': `export const revision = 'a1';\nexport const downRevision = null;\n${functions}`,
    });
    const file = { path: join(folder, 'a1.mjs'), revision: lacking === 'its own id' ? 'b2' : 'a1' };
    const error = (await loadRevision(file).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(MalformedRevisionFileError);
    expect(error.message.replace(`${folder}/`, '')).toMatch(problem);
  });
});

test('a mistake in what a revision does is found when it is run', async () => {
  const folder = folderWith({ 'a1.mjs': `${revision('a1')}\nexport const x = {;` });
  const [file] = await readRevisionHeaders([folder]);
  await expect(loadRevision(file!)).rejects.toThrow(/a1\.mjs cannot be loaded: Unexpected token/);
});

test('a checksum is of the text, not of its line endings or its date', () => {
  const folder = folderWith({ 'unix.ts': 'a\nb\n', 'windows.ts': '\uFEFFa\r\nb\r\n', 'other.ts': 'a\nc\n' });
  const [unix, windows, other] = ['unix.ts', 'windows.ts', 'other.ts'].map(name => ({ path: join(folder, name) }));
  const sum = checksumOf(unix!);
  utimesSync(unix!.path, 1, 1);
  expect(sum).toMatch(/^ts:[\da-f]{64}$/);
  expect([checksumOf(unix!), checksumOf(windows!)]).toEqual([sum, sum]);
  expect(checksumOf(other!)).not.toBe(sum);
});

test('a thousand revisions are read in load order, and none is run', async () => {
  const body = "\nthrow new Error('run');";
  const folder = folderWith(
    Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`${index}.js`, revision(`r${index}`) + body])),
  );
  const files = await readRevisionHeaders([folder]);
  expect(files).toHaveLength(1_000);
  expect(basename(files[999]!.path)).toBe('999.js');
});

test.each([
  ['mjs', "export { dependsOn, transactional } from './_shared.mjs';"],
  ['mjs', "export * from './_shared.mjs';"],
  [
    'mjs',
    "import * as shared from './_shared.mjs'; const { dependsOn, transactional } = shared; export { dependsOn, transactional };",
  ],
  [
    'cjs',
    `const shared = require('./_shared.cjs');
     Object.defineProperty(exports, "dependsOn", { enumerable: true, get: function () { return shared.dependsOn; } });
     Object.defineProperty(exports, "transactional", { enumerable: true, get: function () { return shared.transactional; } });`,
  ],
])('a header may have constants of another file (%s: %s)', async (extension, source) => {
  const begin = {
    mjs: "export const revision = 'a1', downRevision = null;",
    cjs: "exports.revision = 'a1'; exports.downRevision = null;",
  };
  const folder = folderWith({
    '_shared.mjs': "export const dependsOn = ['z9'], transactional = false;",
    '_shared.cjs': "exports.dependsOn = ['z9']; exports.transactional = false;",
    [`a1.${extension}`]: `${begin[extension as 'mjs']}\n${source}`,
  });
  expect(await readRevisionHeaders([folder])).toMatchObject([
    { revision: 'a1', dependsOn: ['z9'], transactional: false },
  ]);
});
