import { mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, testRun } from '../support/index.ts';

/** Puts the library, freshly built, into a project's `node_modules` under its own name, beside all that is installed here. */
export async function installLibrary(directory: string): Promise<void> {
  await ensureBuilt();
  const { root } = testRun();
  const modules = join(directory, 'node_modules');
  rmSync(modules, { force: true });
  mkdirSync(modules);
  for (const name of readdirSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  symlinkSync(root, join(modules, 'typeorm-alembic'));
}
