import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, chmodSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, systemUser } from './cluster.ts';
import { urlOf, withClient } from './templates.ts';

export type PoolMode = 'session' | 'transaction' | 'statement';

export interface PgBouncerOptions {
  readonly mode: PoolMode;
  /** How many sessions of the server its clients share. */
  readonly poolSize?: number;
  /** How many clients it lets in. */
  readonly clients?: number;
}

/** Gives it another pool mode, as its operator does who edits its settings and has it read them again. */
export type ChangeMode = (mode: PoolMode) => Promise<void>;

/** A PgBouncer in front of the server of a URL. Does the work with the URL that leads through it. */
export async function withPgBouncer<Result>(
  url: string,
  { mode, poolSize = 5, clients = 100 }: PgBouncerOptions,
  work: (url: string, changeMode: ChangeMode) => Promise<Result>,
): Promise<Result> {
  const program = findPgBouncer();
  const directory = await mkdtemp(path.join(tmpdir(), 'typeorm-alembic-pgbouncer-'));
  chmodSync(directory, 0o755);
  const port = await freePort();
  const settings = path.join(directory, 'pgbouncer.ini');
  await writeFile(path.join(directory, 'users.txt'), '"postgres" ""\n');
  const write = (mode: PoolMode) => writeFile(settings, settingsOf(url, directory, { port, mode, poolSize, clients }));
  await write(mode);
  const child = spawn(program, ['-q', settings], {
    ...systemUser(),
    cwd: directory,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    const pooled = new URL(url);
    pooled.host = `127.0.0.1:${port}`;
    await answering(pooled.href, child);
    return await work(pooled.href, async changed => {
      await write(changed);
      await withClient(urlOf(pooled.href, 'pgbouncer'), client => client.query('RELOAD'));
    });
  } finally {
    if (child.exitCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    await rm(directory, { recursive: true, force: true });
  }
}

function settingsOf(
  url: string,
  directory: string,
  { port, mode, poolSize, clients }: Required<PgBouncerOptions> & { readonly port: number },
): string {
  const server = new URL(url);
  const login = server.password === '' ? '' : ` password=${decodeURIComponent(server.password)}`;
  return `[databases]
* = host=${server.hostname} port=${server.port || 5432}${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${directory}/users.txt
admin_users = postgres
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = ${clients}
server_login_retry = 1
`;
}

/** Debian keeps it where only root's PATH leads. */
function findPgBouncer(): string {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  const found = folders.map(folder => path.join(folder, 'pgbouncer')).find(isProgram);
  if (!found) {
    throw new Error('PgBouncer is not installed, which this test starts: install it (`apt-get install pgbouncer`).');
  }
  return found;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function answering(url: string, child: ChildProcess): Promise<void> {
  let said = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended with code ${child.exitCode}:\n${said}`);
    const isThere = await withClient(urlOf(url, 'pgbouncer'), async () => true).catch(
      error => error.code !== 'ECONNREFUSED',
    );
    if (isThere) return;
    await pause(20);
  }
}
