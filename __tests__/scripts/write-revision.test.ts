import { afterAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationsConfig } from '../../src/config.ts';
import { resolveConfig } from '../../src/resolve-config.ts';
import {
  newRevisionPath,
  revisionExtension,
  VersionLocationError,
  versionLocationFor,
} from '../../src/scripts/new-revision-path.ts';
import { PostWriteHookError } from '../../src/scripts/post-write-hooks.ts';
import { revisionFileName, slugOf } from '../../src/scripts/revision-file-name.ts';
import { newRevisionId, RevisionFileExistsError, writeRevision } from '../../src/scripts/write-revision.ts';
import { folderWith, removeFolders } from './support/folders.ts';

afterAll(removeFolders);

/** What Alembic 1.19's `_rev_path` makes of these messages with a length of 40, or of the given one. */
describe('a slug is as Alembic makes it', () => {
  test.each([
    ['Add satisfaction surveys', 40, 'add_satisfaction_surveys'],
    ["don't  drop--it!", 40, 'don_t_drop_it'],
    ['', 40, ''],
    ['  ...  ', 40, ''],
    ['snake_case stays', 40, 'snake_case_stays'],
    ['Straße für Größe 12', 40, 'straße_für_größe_12'],
    ['日本語 の 表', 40, '日本語_の_表'],
    ['a message that is much longer than forty characters', 40, 'a_message_that_is_much_longer_than_'],
    ['exactly ten', 11, 'exactly_ten'],
    ['exactly ten', 10, 'exactly_'],
    ['cut at a break', 6, 'cut_'],
    ['supercalifragilistic', 5, 'super_'],
  ])('%j within %d: %j', (message, length, slug) => {
    expect(slugOf(message, length)).toBe(slug);
  });

  test('which is never longer than the length, but for the underscore that says it was cut', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 60 }), (message, length) => {
        const slug = slugOf(message, length);
        expect([...slug].length).toBeLessThanOrEqual(length + 1);
        expect(slug).toMatch(/^[\p{L}\p{N}\p{M}_]*$/u);
      }),
    );
  });
});

describe('a file is named by its template', () => {
  const named = { revision: '3f2a9c1b7d44', message: 'Add surveys', createDate: new Date('2026-01-02T23:04:05.678Z') };
  const name = (fileTemplate: string, timezone = 'UTC', message = named.message) =>
    revisionFileName({ ...named, message }, { fileTemplate, truncateSlugLength: 40, timezone });

  test.each([
    ['{rev}_{slug}', 'UTC', '3f2a9c1b7d44_add_surveys'],
    ['{year}_{month}_{day}_{hour}{minute}_{second}-{rev}', 'UTC', '2026_01_02_2304_05-3f2a9c1b7d44'],
    ['{year}_{month}_{day}_{hour}{minute}-{rev}', 'Europe/Berlin', '2026_01_03_0004-3f2a9c1b7d44'],
    ['{year}{month}{day}{hour}', 'america/new_york', '2026010218'],
    ['{epoch}', 'Asia/Tokyo', '1767395045'],
    ['{year}/{month}/{rev}', 'UTC', '2026/01/3f2a9c1b7d44'],
  ])('%s in %s: %s', (template, timezone, expected) => {
    expect(name(template, timezone)).toBe(expected);
  });

  test('and never so that it would not be read', () => {
    expect(name('{slug}_{rev}', 'UTC', '')).toBe('3f2a9c1b7d44');
    expect(name('{slug}/{rev}', 'UTC', '_private')).toBe('private/3f2a9c1b7d44');
    expect(name('{rev}_{slug}', 'UTC', '')).toBe('3f2a9c1b7d44_');
  });
});

test('ids are 12 hexadecimal digits', () => {
  expect(newRevisionId(bytes => new Uint8Array(bytes).fill(10))).toBe('0a0a0a0a0a0a');
  expect(newRevisionId()).toMatch(/^[\da-f]{12}$/);
  expect(newRevisionId()).not.toBe(newRevisionId());
});

describe('a new revision goes', () => {
  const config = (config: MigrationsConfig) => resolveConfig(config, { directory: '/project' });
  const several = config({ versionLocations: ['migrations', 'migrations/billing', 'other'] });

  test('to the only version location', () => {
    expect(versionLocationFor({}, config({}))).toBe('/project/migrations');
    expect(versionLocationFor({ parents: [{ path: '/moved/a1.ts' }] }, config({}))).toBe('/project/migrations');
  });

  test('to its parent', () => {
    expect(
      versionLocationFor(
        { parents: [{ path: '/project/other/a1.ts' }, { path: '/project/migrations/b2.ts' }] },
        several,
      ),
    ).toBe('/project/other');
    expect(versionLocationFor({ parents: [{ path: '/project/migrations/billing/2026/a1.ts' }] }, several)).toBe(
      '/project/migrations/billing',
    );
    expect(versionLocationFor({ parents: [{ path: '/project/migrations/a1.ts' }] }, several)).toBe(
      '/project/migrations',
    );
  });

  test('where --version-path says', () => {
    expect(
      versionLocationFor({ parents: [{ path: '/project/migrations/a1.ts' }], versionPath: './other/' }, several),
    ).toBe('/project/other');
    expect(() => versionLocationFor({ versionPath: 'elsewhere' }, several)).toThrow(VersionLocationError);
  });

  test('nowhere if there are several and nothing says which', () => {
    expect(() => versionLocationFor({}, several)).toThrow(
      'There are several version locations and no parent in one of them; name one with --version-path; the version locations are /project/migrations, /project/migrations/billing, /project/other.',
    );
  });

  test('under a name of its template and extension', () => {
    const place = { revision: 'a1', message: 'First', createDate: new Date(0), extension: 'ts' };
    expect(newRevisionPath(place, config({}))).toBe('/project/migrations/a1_first.ts');
    expect(
      newRevisionPath(
        { ...place, extension: 'mjs' },
        config({ fileTemplate: '{year}/{rev}', recursiveVersionLocations: true }),
      ),
    ).toBe('/project/migrations/1970/a1.mjs');
  });
});

describe('the extension is', () => {
  test.each<[string, Record<string, string>, string | undefined, readonly { path: string }[], string]>([
    ["the last revision's", { 'tsconfig.json': '{}' }, 'ormconfig.ts', [{ path: 'a.ts' }, { path: 'b.mjs' }], 'mjs'],
    ['ts where the configuration is TypeScript', {}, 'ormconfig.mts', [], 'ts'],
    ['ts where there is a tsconfig.json', { 'tsconfig.json': '{}' }, 'ormconfig.js', [], 'ts'],
    ["the configuration's otherwise", {}, 'ormconfig.mjs', [], 'mjs'],
    ['js where nothing is known', {}, undefined, [], 'js'],
  ])('%s', (_, files, configPath, revisions, extension) => {
    const directory = folderWith({ 'package.json': '{}', ...files });
    expect(revisionExtension({ directory, configPath }, revisions)).toBe(extension);
  });

  test('looked for no further up than the package', () => {
    const directory = folderWith({ 'tsconfig.json': '{}', 'app/package.json': '{}', 'lib/src/x': '' });
    expect(revisionExtension({ directory: join(directory, 'app') })).toBe('js');
    expect(revisionExtension({ directory: join(directory, 'lib/src') })).toBe('ts');
  });
});

describe('writing', () => {
  const without = (directory: string) => ({ postWriteHooks: [], directory });

  test('makes folders, and leaves nothing beside the file', async () => {
    const folder = folderWith();
    await writeRevision(join(folder, '2026/01/a1.ts'), 'text\n', without(folder));
    expect(readFileSync(join(folder, '2026/01/a1.ts'), 'utf8')).toBe('text\n');
    expect(readdirSync(join(folder, '2026/01'))).toEqual(['a1.ts']);
  });

  test('never overwrites', async () => {
    const folder = folderWith({ 'a1.ts': 'old' });
    await expect(writeRevision(join(folder, 'a1.ts'), 'new', without(folder))).rejects.toThrow(RevisionFileExistsError);
    expect(readFileSync(join(folder, 'a1.ts'), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a1.ts']);
  });

  test('happens once, however many try', async () => {
    const folder = folderWith();
    const tries = await Promise.allSettled(
      ['one', 'two', 'three'].map(text => writeRevision(join(folder, 'a1.ts'), text, without(folder))),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  });
});

describe('post-write hooks', () => {
  const write = async (
    postWriteHooks: MigrationsConfig['postWriteHooks'],
    name = 'a1.ts',
    files: Record<string, string> = {},
  ) => {
    const folder = folderWith(files);
    for (const file of Object.keys(files)) chmodSync(join(folder, file), 0o755);
    const path = join(folder, name);
    await writeRevision(path, 'text\n', { postWriteHooks: postWriteHooks!, directory: folder });
    return { folder, path, text: readFileSync(path, 'utf8') };
  };

  test('run in order, on the file, in the project folder', async () => {
    const seen: string[] = [];
    const { path, text, folder } = await write([
      'echo one >> {file}',
      file => void seen.push(readFileSync(file, 'utf8')),
      'pwd >> {file}; printf "%s\\n" {file} >> {file}',
      async () => void seen.push('last'),
    ]);
    expect(text).toBe(`text\none\n${folder}\n${path}\n`);
    expect(seen).toEqual(['text\none\n', 'last']);
  });

  test('are given the file last where they do not say where', async () => {
    expect((await write(['sed -i s/text/TEXT/'])).text).toBe('TEXT\n');
  });

  test('take any file name for what it is', async () => {
    const { text, folder } = await write(['echo done >> {file}'], 'it\'s; touch $HOME `x` "y" & $(z).ts');
    expect(text).toBe('text\ndone\n');
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test("find the project's own tools", async () => {
    const { text } = await write(['own-tool {file}'], 'a1.ts', {
      'node_modules/.bin/own-tool': '#!/bin/sh\necho formatted > "$1"\n',
    });
    expect(text).toBe('formatted\n');
  });

  test.each<[unknown, string, string]>([
    [
      'echo it is wrong >&2; echo really; false',
      'The post-write hook "echo it is wrong >&2; echo really; false" ended with exit code 1 (it is wrong)',
      'it is wrong\nreally\n',
    ],
    ['exit 3 #', 'The post-write hook "exit 3 #" ended with exit code 3', ''],
    ['kill -9 $$ #', 'The post-write hook "kill -9 $$ #" ended with SIGKILL', ''],
    [
      function format() {
        throw new Error('no parser.');
      },
      'The post-write hook "format" failed: no parser',
      '',
    ],
    [() => Promise.reject(new Error('later')), 'The post-write hook "a function" failed: later', ''],
  ])('that fail are an error, after which the file is there: %p', async (hook, message, output) => {
    const folder = folderWith();
    const path = join(folder, 'a1.ts');
    const calls: string[] = [];
    const postWriteHooks = [hook as string, (file: string) => calls.push(file)];
    const error = await writeRevision(path, 'text', { postWriteHooks, directory: folder }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(PostWriteHookError);
    expect((error as Error).message).toBe(
      `${message}; ${path} was written and stays: correct the hook, or delete the file and try again.`,
    );
    expect(error).toMatchObject({ file: path, output });
    expect(calls).toEqual([]);
    expect(existsSync(path)).toBe(true);
  });
});
