// Writes a revision with what entities and database differ in: npm run autogenerate -- -m "add surveys"
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { MigrationError } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import dataSource, { migrations as config } from '../ormconfig.js';

const { values } = parseArgs({ options: { message: { type: 'string', short: 'm' } } });
if (!values.message) throw new Error('Say what the revision does: npm run autogenerate -- -m "add surveys"');

try {
  const script = await autogenerate(dataSource, { message: values.message, config });
  if (script) await write(script);
  else console.log('Entities and database do not differ.');
} catch (error) {
  if (!MigrationError.is(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** @param {import('typeorm-alembic/codegen').RevisionScript} script */
async function write(script) {
  const name = `${script.revision}_${script.message.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')}.js`;
  await writeFile(new URL(`../migrations/${name}`, import.meta.url), renderRevision(script, 'esm'), { flag: 'wx' });
  console.log(`migrations/${name}: ${script.upgrade.map(({ op }) => op).join(', ')}`);
}
