import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { packedTarball } from './packed.ts';
import { runShell } from './shell.ts';
import { testRun } from '../support/index.ts';
import { withLock } from '../support/lock.ts';

/** A folder with the packed library and its peers in `node_modules`, installed once for each run: its path. */
export async function consumer(): Promise<string> {
  const directory = path.join(testRun().directory, 'consumer');
  const done = path.join(directory, 'installed');
  await withLock(`${directory}.lock`, async () => {
    if (existsSync(done)) return;
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, 'package.json'), '{ "private": true }');
    const peers = 'typeorm pg reflect-metadata @electric-sql/pglite';
    const { exitCode, output } = await runShell(`npm install ${await packedTarball()} ${peers}`, { cwd: directory });
    if (exitCode !== 0) throw new Error(`The packed library cannot be installed:\n${output}`);
    writeFileSync(done, '');
  });
  return directory;
}

/** A project inside the consumer's folder, with these files. */
export async function projectIn(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = path.join(await consumer(), name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(directory, file)), { recursive: true });
    writeFileSync(path.join(directory, file), text);
  }
  return directory;
}

/** The same `node_modules`, but for some packages. */
export async function consumerWithout(names: readonly string[]): Promise<string> {
  const source = await consumer();
  const target = path.join(testRun().directory, 'consumer-without');
  const left = names.map(name => path.join(source, 'node_modules', name));
  cpSync(path.join(source, 'node_modules'), path.join(target, 'node_modules'), {
    recursive: true,
    filter: file => !left.includes(file),
  });
  return target;
}
