import { chmodSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Cluster, planCluster, startCluster, startServer, stopServer } from './cluster.ts';
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
  };
  try {
    return await work(server);
  } finally {
    if (isRunning) stopServer(cluster);
    await rm(own, { recursive: true, force: true });
  }
}
