import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Cluster, freePort, planCluster, startCluster, startServer, stopServer } from './cluster.ts';
import { findPostgres } from './postgres-binaries.ts';
import { testRun } from './test-run.ts';

/** A PostgreSQL server of one test's own, which it may stop. */
export interface OwnServer {
  readonly url: string;
  stop(): void;
  /** Starts it again, on the port it had. */
  start(): void;
  /** Starts it again as a hot standby, without a primary to follow. */
  startAsStandby(): Promise<void>;
  /** Does the work with a streaming standby beside it, whose address it is given. The server is restarted for that. */
  withStandby<Result>(work: (url: string) => Promise<Result>): Promise<Result>;
}

export async function withOwnServer<Result>(work: (server: OwnServer) => Promise<Result>): Promise<Result> {
  const { root, directory } = testRun();
  const own = await mkdtemp(path.join(directory, 'server-'));
  chmodSync(own, 0o755);
  const cluster: Cluster = await startCluster(planCluster(findPostgres(root), own));
  let isRunning = true;
  const server: OwnServer = {
    url: cluster.url,
    stop() {
      stopServer(cluster);
      isRunning = false;
    },
    start() {
      startServer(cluster, Number(new URL(cluster.url).port));
      isRunning = true;
    },
    async startAsStandby() {
      await writeFile(path.join(cluster.data, 'standby.signal'), '', { mode: 0o644 });
      server.start();
    },
    withStandby: async work => {
      server.stop();
      const copy = { ...cluster, data: `${cluster.data}-standby` };
      spawnSync('cp', ['-a', cluster.data, copy.data]);
      const { port, username } = new URL(cluster.url);
      await writeFile(path.join(copy.data, 'standby.signal'), '', { mode: 0o644 });
      await appendFile(
        path.join(copy.data, 'postgresql.auto.conf'),
        `primary_conninfo = 'host=127.0.0.1 port=${port} user=${username}'\n`,
      );
      server.start();
      const url = new URL(cluster.url);
      url.port = String(await freePort());
      startServer(copy, Number(url.port));
      try {
        return await work(url.href);
      } finally {
        stopServer(copy);
      }
    },
  };
  try {
    return await work(server);
  } finally {
    if (isRunning) stopServer(cluster);
    await rm(own, { recursive: true, force: true });
  }
}
