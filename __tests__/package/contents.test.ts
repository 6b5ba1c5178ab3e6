import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { packedTarball } from '../examples/packed.ts';
import { testRun } from '../support/index.ts';

const { root } = testRun();
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
};

async function tar(...args: readonly string[]): Promise<string> {
  const tarball = await packedTarball();
  return spawnSync('tar', [args[0]!, tarball, ...args.slice(1)], { encoding: 'utf8', maxBuffer: 1e8 }).stdout;
}

const files = async (): Promise<string[]> =>
  (await tar('-tzf'))
    .trim()
    .split('\n')
    .map(name => name.replace(/^package\//, ''));

/** The files that the manifest names. */
const named = (value: unknown): string[] =>
  typeof value === 'string' ? [value.replace(/^\.\//, '')] : Object.values(value as object).flatMap(named);

describe('the tarball', () => {
  test('holds the built library, its documentation and nothing else', async () => {
    const others = (await files()).filter(name => !/^dist\/[\w-]+\.(js|cjs|d\.ts|d\.cts)$/.test(name));
    expect(others.filter(name => !/^docs\/[\w-]+\.md$/.test(name)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ]);
    expect(others).toContain('docs/architecture.md');
  });

  test('holds every file that package.json names', async () => {
    const targets = [...named(manifest.exports), ...named(manifest.bin)];
    expect(targets.length).toBeGreaterThan(10);
    expect(await files()).toEqual(expect.arrayContaining(targets));
  });

  test('knows nothing of the machine it was packed on', async () => {
    expect(await tar('-xOzf')).not.toContain(root);
  });

  test('is named as the examples name it', async () => {
    expect(path.basename(await packedTarball())).toBe(`typeorm-alembic-${manifest.version}.tgz`);
  });
});
