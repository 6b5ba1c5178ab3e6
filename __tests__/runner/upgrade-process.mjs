// A process that upgrades by the library that is built in DIST: node upgrade-process.mjs DIST URL DIRECTORY [TARGET]. Says `started`
// before, and prints the steps it took.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataSource } from 'typeorm';

const [dist, url, directory, target] = process.argv.slice(2);
const { createRunner } = await import(pathToFileURL(join(dist, 'index.js')).href);

const dataSource = new DataSource({ type: 'postgres', url, applicationName: `upgrade ${process.pid}` });
const runner = createRunner(dataSource, { versionLocations: [directory] });
process.stdout.write('started\n');
const { steps } = await runner.upgrade(target);
process.stdout.write(`${JSON.stringify(steps.map(step => step.revision))}\n`);
