// A process that upgrades: node upgrade-process.mjs URL DIRECTORY [TARGET]. Says `started` before, and prints the steps it took.
import { register } from 'node:module';
import { DataSource } from 'typeorm';

register('./swc-hooks.mjs', import.meta.url);
const { createRunner } = await import('../../src/runner/create-runner.ts');

const [url, directory, target] = process.argv.slice(2);
const dataSource = new DataSource({ type: 'postgres', url, applicationName: `upgrade ${process.pid}` });
const runner = createRunner(dataSource, { versionLocations: [directory] });
process.stdout.write('started\n');
const { steps } = await runner.upgrade(target);
process.stdout.write(`${JSON.stringify(steps.map(step => step.revision))}\n`);
