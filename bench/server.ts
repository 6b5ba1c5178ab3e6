import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, planCluster, startCluster } from '../__tests__/support/cluster.ts';
import { executable, findPostgres } from '../__tests__/support/postgres-binaries.ts';
import { urlOf, withClient } from '../__tests__/support/templates.ts';

/** A PostgreSQL server to measure on. */
export interface Server {
  /** Makes a database with this SQL in it, in place of one of the same name, and gives its URL. */
  database(name: string, sql: string): Promise<string>;
  /** CPU seconds of all sessions that have ended since the server began; undefined where it runs on another machine. */
  cpuSeconds(): Promise<number | undefined>;
}

/** The server at `BENCH_DATABASE_URL`, or one for the time of the work. */
export async function withServer<Result>(root: string, work: (server: Server) => Promise<Result>): Promise<Result> {
  const given = process.env['BENCH_DATABASE_URL'];
  if (given) return withDatabases(given, work);
  const directory = mkdtempSync(path.join(tmpdir(), 'typeorm-alembic-bench-'));
  chmodSync(directory, 0o755);
  try {
    const cluster = await startCluster(planCluster(findPostgres(root), directory));
    try {
      return await withDatabases(cluster.url, work);
    } finally {
      stopCluster(cluster);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

function stopCluster({ bin, data, user }: Cluster): void {
  const stop = ['stop', '-w', '-m', 'immediate', '-D', data];
  spawnSync(path.join(bin, executable('pg_ctl')), stop, { ...user, cwd: data, stdio: 'ignore' });
}

/** Databases of this run's own on a server. */
async function withDatabases<Result>(url: string, work: (server: Server) => Promise<Result>): Promise<Result> {
  const made = new Set<string>();
  const postmaster = await postmasterOf(url);
  try {
    return await work({
      async database(name, sql) {
        const database = `typeorm_alembic_bench_${name}`;
        made.add(database);
        await withClient(url, async client => {
          await client.query(`DROP DATABASE IF EXISTS "${database}"`);
          await client.query(`CREATE DATABASE "${database}" TEMPLATE template0 ENCODING 'UTF8'`);
        });
        await withClient(urlOf(url, database), async client => {
          await client.query(sql);
          // What autovacuum would have done by the time anybody looks.
          await client.query('VACUUM ANALYZE');
        });
        return urlOf(url, database);
      },
      cpuSeconds: async () => postmaster && endedSessions(postmaster),
    });
  } finally {
    await withClient(url, async client => {
      for (const database of made) await client.query(`DROP DATABASE IF EXISTS "${database}"`);
    });
  }
}

interface Postmaster {
  readonly pid: number;
  /** Its processes while nobody is connected. */
  readonly processes: number;
}

async function postmasterOf(url: string): Promise<Postmaster | undefined> {
  const pid = await withClient(url, async client => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return parentOf(rows[0]!.pid);
  });
  if (pid === undefined) return undefined;
  await sleep(500);
  return { pid, processes: childrenOf(pid) };
}

/** Linux counts the CPU time of a process to its parent's once it has ended. */
async function endedSessions({ pid, processes }: Postmaster): Promise<number> {
  const patience = Date.now() + 5_000;
  while (childrenOf(pid) > processes && Date.now() < patience) await sleep(20);
  const { cutime, cstime } = statOf(pid);
  return (cutime + cstime) / TICKS_PER_SECOND;
}

const TICKS_PER_SECOND = 100;

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, whose third field comes first after the name */
function statOf(pid: number): { readonly ppid: number; readonly cutime: number; readonly cstime: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
    .map(Number);
  return { ppid: fields[1]!, cutime: fields[13]!, cstime: fields[14]! };
}

function parentOf(pid: number): number | undefined {
  try {
    return statOf(pid).ppid;
  } catch {
    return undefined;
  }
}

const childrenOf = (pid: number): number =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).length;
