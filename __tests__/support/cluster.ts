import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { executable, type PostgresBinaries } from './postgres-binaries.ts';

/** The system user PostgreSQL runs as: it refuses to run as root. Empty where the tests are not run by root. */
export interface SystemUser {
  readonly uid?: number;
  readonly gid?: number;
}

export interface Cluster {
  readonly url: string;
  readonly bin: string;
  readonly data: string;
  readonly user: SystemUser;
}

/** Nothing here has to survive a crash, and nothing may depend on the machine's locale, time zone or other users. */
const settings = {
  unix_socket_directories: '',
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  max_connections: '200',
  max_locks_per_transaction: '256',
} as const;

/**
 * Sessions are many and short here, and a fault of a page is dear on a virtual machine: memory is taken in one piece, and in
 * huge pages where the kernel has them.
 */
const memory = {
  MALLOC_TOP_PAD_: String(8 * 1024 * 1024),
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
} as const;

/** Where the programs of a cluster of this directory will be: known before anything is started, so that it can be stopped. */
export function planCluster(binaries: PostgresBinaries, directory: string): Omit<Cluster, 'url'> {
  const user = systemUser();
  return { bin: reachableBin(binaries.bin, directory, user), data: path.join(directory, 'data'), user };
}

/** Makes and starts a cluster with one superuser `postgres`, trusted without a password, on a free local port. */
export async function startCluster(plan: Omit<Cluster, 'url'>): Promise<Cluster> {
  mkdirSync(plan.data, { mode: 0o700 });
  if (plan.user.uid !== undefined) chownSync(plan.data, plan.user.uid, plan.user.gid ?? plan.user.uid);
  run(plan, 'initdb', ['-D', plan.data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync']);
  return { ...plan, url: `postgres://postgres@127.0.0.1:${await startOnFreePort(plan)}/postgres` };
}

async function startOnFreePort(plan: Omit<Cluster, 'url'>, attempts = 3): Promise<number> {
  const port = await freePort();
  try {
    startServer(plan, port);
    return port;
  } catch (error) {
    // Another process may have taken the port between our looking and PostgreSQL's binding it.
    if (attempts > 1) return startOnFreePort(plan, attempts - 1);
    throw error;
  }
}

/** Starts the server of a cluster, and waits until it answers. */
export function startServer(plan: Omit<Cluster, 'url'>, port: number): void {
  const options = Object.entries({ ...settings, port }).map(([name, value]) => `-c ${name}=${value}`);
  const log = path.join(plan.data, 'server.log');
  try {
    run(plan, 'pg_ctl', ['start', '-w', '-D', plan.data, '-l', log, '-o', options.join(' ')]);
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${existsSync(log) ? readFileSync(log, 'utf8') : ''}`, { cause: error });
  }
}

/** Stops the server of a cluster, and hangs up on its clients. */
export function stopServer(plan: Omit<Cluster, 'url'>): void {
  run(plan, 'pg_ctl', ['stop', '-w', '-m', 'fast', '-D', plan.data]);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function run(plan: Omit<Cluster, 'url'>, program: string, args: readonly string[]): void {
  const file = path.join(plan.bin, executable(program));
  const result = spawnSync(file, args, {
    ...plan.user,
    cwd: plan.data,
    env: { ...process.env, ...memory },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${program} ended with code ${result.status}: ${result.stderr}`);
}

export function systemUser(): SystemUser {
  if (process.getuid?.() !== 0) return {};
  const found = ['postgres', 'nobody'].flatMap(name => idsOf(name) ?? []);
  const added = found.length === 0 ? addPostgresUser() : undefined;
  const user = found[0] ?? added;
  if (!user)
    throw new Error('PostgreSQL refuses to run as root and there is neither a user postgres nor a user nobody.');
  return user;
}

function addPostgresUser(): SystemUser | undefined {
  spawnSync('useradd', ['--system', '--no-create-home', 'postgres'], { stdio: 'ignore' });
  return idsOf('postgres');
}

function idsOf(name: string): SystemUser | undefined {
  const [uid, gid] = ['-u', '-g'].map(flag => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** A project below root's home cannot be entered by another user: the programs are copied next to the data then. */
function reachableBin(bin: string, directory: string, user: SystemUser): string {
  const check = spawnSync(path.join(bin, executable('postgres')), ['--version'], { ...user, cwd: directory });
  if (check.status === 0) return bin;
  const copy = path.join(directory, 'native');
  cpSync(path.dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  chmodSync(copy, 0o755);
  return path.join(copy, path.basename(bin));
}
