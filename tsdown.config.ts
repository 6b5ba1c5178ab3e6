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
    deps: { neverBundle: external },
    platform: 'node',
    target: 'node20',
    fixedExtension: false,
  },
  {
    entry: { cli: 'src/cli/main.ts', 'loader-thread': 'src/scripts/typescript/loader-thread.ts' },
    format: ['esm'],
    dts: false,
    clean: false,
    deps: { neverBundle: external },
    platform: 'node',
    target: 'node20',
    fixedExtension: false,
  },
]);
