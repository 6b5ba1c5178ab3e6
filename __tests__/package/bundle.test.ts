import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { ensureBuilt, runNode, testRun } from '../support/index.ts';

const revision = `{ revision: 'a1', downRevision: null, upgrade: op => op.execute('CREATE TABLE made ()'), downgrade: async () => {} }`;

/** An application in one file: of its revisions, one is a module, and the other is read from a folder. */
const application = (dist: string, folder: string) => `
  import { DataSource } from 'typeorm';
  import { createRunner } from '${dist}/index.js';
  const dataSource = new DataSource({ type: 'postgres', url: 'postgres://nobody@127.0.0.1:1/nowhere' });
  const configurations = [{ revisions: [${revision}] }, { versionLocations: ['${folder}'] }];
  Promise.all(configurations.map(each => createRunner(dataSource, each).sql('upgrade', 'heads'))).then(
    scripts => console.log(scripts.map(script => script.includes('CREATE TABLE made ()')).join()));`;

/** esbuild leaves `import.meta` empty in CommonJS, where rolldown puts something in its place unless it is told. */
test('a bundle in CommonJS without `import.meta.url` starts and reads revisions', async () => {
  const { root, directory } = testRun();
  const cwd = mkdtempSync(path.join(directory, 'bundle-'));
  const migrations = path.join(cwd, 'migrations');
  mkdirSync(migrations);
  symlinkSync(path.join(root, 'node_modules'), path.join(cwd, 'node_modules'));
  writeFileSync(path.join(cwd, 'package.json'), '{}');
  writeFileSync(path.join(migrations, 'a1.cjs'), `Object.assign(exports, ${revision});`);
  writeFileSync(path.join(cwd, 'entry.mjs'), application(await ensureBuilt(), migrations));
  const options = '--platform node --format cjs --dir out --external typeorm,pg,reflect-metadata';
  const likeEsbuild = '--transform.define import.meta.url:undefined';
  const rolldown = path.join(root, 'node_modules/rolldown/bin/cli.mjs');
  const built = await runNode([rolldown, 'entry.mjs', ...`${options} ${likeEsbuild}`.split(' ')], { cwd });
  expect(built).toMatchObject({ exitCode: 0 });
  expect(await runNode(['out/entry.js'], { cwd })).toEqual({ exitCode: 0, stdout: 'true,true\n', stderr: '' });
}, 180_000);
