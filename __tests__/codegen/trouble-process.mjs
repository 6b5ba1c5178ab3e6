// node trouble-process.mjs TROUBLE CALLS URL DIRECTORY: calls the library where something goes wrong, and prints the errors.
import { closeSync, openSync } from 'node:fs';
import Module, { register } from 'node:module';
import { DataSource, EntitySchema } from 'typeorm';

register('../runner/swc-hooks.mjs', import.meta.url);
const [, , trouble, names, url, directory] = process.argv;
const { createRunner, MigrationError, resolveConfig, RevisionGraph, silent } = await import('../../src/index.ts');
const { autogenerate, draftRevisions, emptyRevision, renderRevision, writeScript } =
  await import('../../codegen/index.ts');
const { migrationTest, singleHead, upgradeFromBase } = await import('../../src/testing/index.ts');
await import('../../src/scripts/typescript/install-hooks.ts');

const columns = { id: { type: 'integer', primary: true } };
const dataSource = new DataSource({ type: 'postgres', url, entities: [new EntitySchema({ name: 'ticket', columns })] });
const config = { versionLocations: [directory] };
const project = { dataSource, config };
const runner = createRunner(dataSource, config, { logger: silent });
const options = { message: 'x'.repeat(30), config, logger: silent };
const place = { graph: new RevisionGraph([]), files: new Map(), config: resolveConfig(config) };
const script = { ...emptyRevision(place, options), comment: 'x'.repeat(5_000) };

const calls = {
  upgrade: () => runner.upgrade(),
  current: () => runner.current(),
  check: () => runner.check(),
  sql: () => runner.sql('upgrade', 'heads'),
  heads: () => runner.heads(),
  autogenerate: () => autogenerate(dataSource, options),
  draftRevisions: () => draftRevisions(dataSource, options),
  writeScript: () => writeScript(script, place),
  writeLarge: () => writeScript(script, { ...place, config: { ...place.config, template: () => 'x'.repeat(100_000) } }),
  renderRevision: async () => renderRevision(script),
  singleHead: () => singleHead(project),
  upgradeFromBase: () => upgradeFromBase(project),
  migrationTest: migrationTest(project, migrations => migrations.upgradeTo('heads')),
};

const fill = [];
const troubles = {
  // Whoever may do everything is no test of what is forbidden.
  forbidden: () => process.getuid() === 0 && process.setuid(65_534),
  files() {
    // What it loads to print a revision is there by then.
    renderRevision(script);
    try {
      for (;;) fill.push(openSync('/dev/null', 'r'));
    } catch {
      // There is none left.
    }
  },
  size() {},
  compiler() {
    const resolve = Module._resolveFilename;
    Module._resolveFilename = (name, ...rest) => {
      if (name !== 'ts-morph') return resolve.call(Module, name, ...rest);
      throw Object.assign(new Error(`Cannot find module 'ts-morph'\nRequire stack:\n- here`), {
        code: 'MODULE_NOT_FOUND',
      });
    };
  },
};

troubles[trouble]();
const seen = {};
for (const call of names.split(',')) {
  const error = await calls[call]().then(
    () => undefined,
    thrown => thrown,
  );
  const { name, message = 'nothing was thrown' } = error ?? {};
  seen[call] = { name, message, isOurs: MigrationError.is(error) };
}
for (const file of fill) closeSync(file);
process.stdout.write(JSON.stringify(seen), () => process.exit());
