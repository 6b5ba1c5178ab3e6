// Waits for its standard input to end, which it does when the test run is over, however it ends, and then removes what
// the run has made: the PostgreSQL cluster, or its databases on somebody else's server, and the run's directory.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';

const { directory, cluster, databases } = JSON.parse(process.argv[2]);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.stdin.on('error', () => {});
process.stdin.once('close', () => void cleanUp());
process.stdin.resume();

async function cleanUp() {
  try {
    if (cluster) stopCluster();
    if (databases) await dropDatabases();
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function stopCluster() {
  const options = { ...cluster.user, cwd: directory, stdio: 'ignore' };
  const stop = mode => ['stop', '-w', '-t', '20', '-m', mode, '-D', cluster.data];
  const program = path.join(cluster.bin, process.platform === 'win32' ? 'pg_ctl.exe' : 'pg_ctl');
  spawnSync(program, stop('immediate'), options);
}

async function dropDatabases() {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: databases.url });
  await client.connect();
  const { rows } = await client.query('SELECT datname FROM pg_database WHERE starts_with(datname, $1)', [
    databases.prefix,
  ]);
  for (const { datname } of rows) {
    await client.query(`ALTER DATABASE "${datname}" IS_TEMPLATE false`);
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [datname]);
    await client.query(`DROP DATABASE IF EXISTS "${datname}"`);
  }
  await client.end();
}
