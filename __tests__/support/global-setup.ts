import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { planCluster, startCluster } from './cluster.ts';
import { findPgDump, findPostgres } from './postgres-binaries.ts';
import { createTemplates, withClient } from './templates.ts';
import { publishTestRun } from './test-run.ts';

declare global {
  var typeormAlembicRunGuard: ChildProcess | undefined;
}

/** One PostgreSQL per run: the one at `TEST_DATABASE_URL`, or a cluster of the run's own. */
export default async function globalSetup({ rootDir: root }: { rootDir: string }): Promise<void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'typeorm-alembic-tests-'));
  chmodSync(directory, 0o755);
  const prefix = `typeorm_alembic_${randomBytes(4).toString('hex')}_`;
  const { url, pgDump } = await server(root, directory, prefix);
  const serverMajor = await majorOf(url);
  const templates = await createTemplates(url, prefix);
  const dump = pgDump ?? findPgDump(serverMajor);
  publishTestRun({ root, directory, url, prefix, serverMajor, ...templates, ...(dump ? { pgDump: dump } : {}) });
}

async function server(root: string, directory: string, prefix: string): Promise<{ url: string; pgDump?: string }> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) {
    guard(root, { directory, databases: { url: given, prefix } });
    return { url: given };
  }
  const binaries = findPostgres(root);
  const plan = planCluster(binaries, directory);
  guard(root, { directory, cluster: plan });
  const { url } = await startCluster(plan);
  return binaries.pgDump ? { url, pgDump: binaries.pgDump } : { url };
}

/** The cleaning is another process's: this one may be interrupted or killed. It holds the other end of a pipe. */
function guard(root: string, duty: object): void {
  const script = path.join(root, '__tests__', 'support', 'run-guard.mjs');
  const child = spawn(process.execPath, [script, JSON.stringify(duty)], {
    cwd: root,
    detached: true,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.unref();
  globalThis.typeormAlembicRunGuard = child;
}

function majorOf(url: string): Promise<number> {
  return withClient(url, async (client: pg.Client) => {
    const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
    return Math.floor(Number(rows[0]?.server_version_num) / 10_000);
  });
}
