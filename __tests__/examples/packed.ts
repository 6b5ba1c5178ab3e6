import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, testRun } from '../support/index.ts';
import { withLock } from '../support/lock.ts';

/** What `npm pack` makes of this project, once for each run: its path. */
export async function packedTarball(): Promise<string> {
  const { root, directory } = testRun();
  const tarball = path.join(directory, 'typeorm-alembic-0.1.0.tgz');
  await withLock(`${tarball}.lock`, async () => {
    if (existsSync(tarball)) return;
    await ensureBuilt();
    const { status, stderr } = spawnSync('npm', ['pack', '--pack-destination', directory], {
      cwd: root,
      encoding: 'utf8',
    });
    if (status !== 0 || !existsSync(tarball)) throw new Error(`npm pack gave no ${tarball}:\n${stderr}`);
  });
  return tarball;
}
