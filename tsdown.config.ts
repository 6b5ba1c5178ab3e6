import { defineConfig } from 'tsdown';

const external = [/^typeorm/, /^@electric-sql/, /^@swc/, 'pg', 'reflect-metadata', 'ts-morph', 'yargs', 'get-tsconfig'];

export default defineConfig([
  {
    entry: {
      index: 'src/index.ts',
      codegen: 'codegen/index.ts',
      testing: 'src/testing/index.ts',
      pglite: 'src/pglite/index.ts',
    },
    format: ['esm', 'cjs'],
    dts: true,
    clean: true,
    external,
    platform: 'node',
    target: 'node20',
  },
  {
    entry: { cli: 'src/cli/main.ts', 'loader-thread': 'src/scripts/typescript/loader-thread.ts' },
    format: ['esm'],
    dts: false,
    clean: false,
    external,
    platform: 'node',
    target: 'node20',
  },
]);
