import {
  application,
  bundled,
  imports,
  namesModules,
  readingBundle,
  revisionFile,
  testOfApplication,
} from './sources.ts';
import { generate, type Setup } from './setup.ts';

const peers = ['typeorm', 'pg', 'reflect-metadata'];
const typescript = ['typescript@5', '@types/node@20'];
const started = `npx typeorm-alembic check || [ $? = 2 ]
mkdir elsewhere
(cd elsewhere && node ../dist/main.js)
npx typeorm-alembic check --config dist/ormconfig.js`;

const optionalDrivers = ['mysql2', 'better-sqlite3'].map(name => `--external:${name}`).join(' ');

/** Set-ups with packages of their own, from npm. */
export const installedSetups: Readonly<Record<string, Setup>> = {
  'ES modules, newest TypeScript': {
    install: [...peers, 'typescript', '@types/node'],
    files: { 'package.json': '{ "type": "module" }', 'main.ts': application(imports) },
    lines: `npx typeorm-alembic init\nnpx ${generate}\nnpx tsc -p .\n${started}`,
  },
  'CommonJS without developers’ packages': {
    install: peers,
    files: { 'package.json': '{}', 'main.ts': application(imports) },
    lines: `npm install --save-dev ${typescript.join(' ')}
npx typeorm-alembic init\nnpx ${generate}\nnpx tsc -p .
rm -r node_modules ormconfig.ts main.ts entities migrations
npm install --omit=dev
mkdir elsewhere
(cd elsewhere && node ../dist/main.js)
npx typeorm-alembic current --check-heads --config dist/ormconfig.js`,
  },
  NestJS: {
    install: [
      ...['common', 'core', 'platform-express', 'typeorm'].map(name => `@nestjs/${name}@11`),
      ...['@nestjs/cli@11', 'rxjs', 'typeorm@0.3', 'pg', 'reflect-metadata', ...typescript],
    ],
    files: {
      'package.json': '{}',
      'nest-cli.json': '{ "sourceRoot": "src" }',
      'src/app.module.ts': `import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Customer } from './customers/customer.entity';
import { dataSourceOptions } from './data-source';

@Module({
  imports: [
    TypeOrmModule.forRoot({ ...dataSourceOptions, entities: [], autoLoadEntities: true }),
    TypeOrmModule.forFeature([Customer]),
  ],
})
export class AppModule {}
`,
      'src/main.ts': `import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { createRunner } from 'typeorm-alembic';
import { AppModule } from './app.module';
import { migrations } from './data-source';

async function start(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await createRunner(app.get(DataSource), migrations).upgrade();
  await app.listen(0);
  await app.close();
}

void start();
`,
    },
    lines: `npx typeorm-alembic init\nnpx ${generate}\nnpx nest build
mkdir elsewhere
(cd elsewhere && node ../dist/main.js)
npx typeorm-alembic check
npx typeorm-alembic check --config dist/data-source.js`,
  },
  workspace: {
    install: [],
    files: {
      'package.json': '{ "private": true, "workspaces": ["packages/*"] }',
      'packages/api/package.json':
        '{ "name": "api", "version": "1.0.0", "scripts": { "up": "typeorm-alembic upgrade" } }',
      'packages/api/main.ts': application(imports),
    },
    lines: `npm install -w api ${[...peers, ...typescript].join(' ')}
cd packages/api
npx typeorm-alembic init\nnpx ${generate}\nnpx tsc -p .
cd ../..
node packages/api/dist/main.js
npm run up -w api
npx typeorm-alembic check --config packages/api/ormconfig.ts
npx typeorm-alembic current --check-heads --config packages/api/dist/ormconfig.js`,
  },
  'esbuild, both formats': {
    install: [...peers, 'esbuild'],
    files: {
      'package.json': '{}',
      'bundle.ts': bundled(revisionFile, "import * as pg from 'pg';"),
      'reading.ts': readingBundle("import * as pg from 'pg';"),
    },
    lines: `npx typeorm-alembic init\nnpx ${generate}
build() { npx esbuild --bundle --platform=node --log-level=error ${optionalDrivers} "$@"; }
build bundle.ts reading.ts --format=cjs --outdir=cjs --out-extension:.js=.cjs
build bundle.ts reading.ts --format=esm --outdir=esm --out-extension:.js=.mjs --banner:js="import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
mkdir elsewhere && mv node_modules elsewhere/
(cd cjs && node bundle.cjs && node reading.cjs | grep '${namesModules}')
(cd esm && node bundle.mjs && node reading.mjs | grep '${namesModules}')`,
  },
  webpack: {
    install: [...peers, 'webpack', 'webpack-cli', 'ts-loader', ...typescript],
    files: {
      'package.json': '{}',
      'bundle.ts': bundled(revisionFile, "import * as pg from 'pg';"),
      'reading.ts': readingBundle("import * as pg from 'pg';"),
      'webpack.config.js': `module.exports = {
  mode: 'production', target: 'node', entry: { bundle: './bundle.ts', reading: './reading.ts' }, ignoreWarnings: [/./],
  output: { path: __dirname + '/out', filename: '[name].js' },
  resolve: { extensions: ['.ts', '.js'], extensionAlias: { '.js': ['.ts', '.js'] } },
  module: { rules: [{ test: /\\.ts$/, loader: 'ts-loader', options: { transpileOnly: true } }] },
};
`,
    },
    lines: `npx typeorm-alembic init\nnpx ${generate}\nnpx webpack --stats errors-only
mv node_modules away && (cd out && node bundle.js && node reading.js | grep '${namesModules}')`,
  },
  Vitest: {
    install: [...peers, 'vitest@3'],
    files: {
      'package.json': '{ "type": "module" }',
      'vitest.config.ts': 'export default { test: { globals: true, testTimeout: 60000 } };',
      'app.test.ts': testOfApplication(imports),
    },
    lines: `npx typeorm-alembic init\nnpx ${generate}\nnpx vitest run`,
  },
  Jest: {
    install: [...peers, 'jest@30', 'ts-jest@29', ...typescript, '@types/jest'],
    files: {
      'package.json': '{}',
      'jest.config.js':
        "module.exports = { preset: 'ts-jest', testEnvironment: 'node', testTimeout: 60000, moduleNameMapper: { '^(\\\\.{1,2}/.*)\\\\.js$': '$1' } };",
      'app.test.ts': `import { expect, test } from '@jest/globals';\n${testOfApplication(imports.replace('.js', ''))}`,
    },
    lines: `npx typeorm-alembic init\nnpx ${generate}\nnpx jest`,
  },
};
