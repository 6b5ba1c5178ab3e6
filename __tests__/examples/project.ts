import { copyFileSync, cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { testRun } from '../support/index.ts';
import { shellBlocksOf } from './markdown.ts';
import { packedTarball } from './packed.ts';

/** A copy of an example as in a clone where the library was packed, and the commands of its README. */
export interface ExampleProject {
  readonly directory: string;
  readonly blocks: readonly string[];
}

export async function exampleProject(name: string): Promise<ExampleProject> {
  const source = path.join(testRun().root, 'examples', name);
  const clone = mkdtempSync(path.join(testRun().directory, `${name}-`));
  const directory = path.join(clone, 'examples', name);
  mkdirSync(path.dirname(directory), { recursive: true });
  cpSync(source, directory, { recursive: true, filter: file => !/[\\/](node_modules|dist|\.pgdata)$/.test(file) });
  const tarball = await packedTarball();
  copyFileSync(tarball, path.join(clone, path.basename(tarball)));
  return { directory, blocks: shellBlocksOf(path.join(source, 'README.md')) };
}
