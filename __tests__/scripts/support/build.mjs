// Builds `src/scripts` as a package ships it into the folder that is named: bundlers do not run inside Jest's realm.
import { fileURLToPath } from 'node:url';
import { build } from 'tsdown';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const scripts = (...names) => names.map(name => `${repository}src/scripts/${name}`);
const common = {
  cwd: repository,
  config: false,
  dts: false,
  clean: false,
  fixedExtension: false,
  logLevel: 'error',
  platform: 'node',
  target: 'node20',
  outDir: process.argv[2],
  deps: { neverBundle: [/^typeorm/, /^@swc/, 'ts-morph', 'get-tsconfig'] },
};

const entry = scripts('load-config.ts', 'revision-files.ts', 'load-revision.ts');
await build({ ...common, entry, format: ['esm', 'cjs'] });
await build({ ...common, entry: scripts('typescript/loader-thread.ts'), format: ['esm'] });
