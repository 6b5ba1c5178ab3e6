// The project in the working directory, loaded, and how a part of a program is measured.
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';

export const { default: dataSource, migrations } = createRequire(path.resolve('ormconfig.js'))('./ormconfig.js');

let queries = 0;
const ignore = () => {};
dataSource.setOptions({
  logging: true,
  logger: {
    logQuery: () => queries++,
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  },
});

/** Does the work, and prints what it took and what it says of itself. */
export async function measured(work) {
  const [before, started, cpu] = [queries, performance.now(), process.cpuUsage()];
  const said = await work();
  const { user, system } = process.cpuUsage(cpu);
  const part = { wall: (performance.now() - started) / 1000, cpu: (user + system) / 1e6, queries: queries - before };
  console.log(JSON.stringify({ ...part, ...said }));
}
