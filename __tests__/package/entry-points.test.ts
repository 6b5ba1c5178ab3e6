import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runNode, testRun, withDatabase } from '../support/index.ts';
import { consumer, consumerWithout, projectIn } from '../examples/consumer.ts';

const entries = ['typeorm-alembic', 'typeorm-alembic/codegen', 'typeorm-alembic/testing', 'typeorm-alembic/pglite'];

/** Something of each entry point that must be there. */
const expected = {
  'typeorm-alembic': ['createRunner', 'defineConfig', 'targetSchema', 'introspect', 'compare', 'RevisionGraph'],
  'typeorm-alembic/codegen': ['autogenerate', 'renderRevision', 'writeScript'],
  'typeorm-alembic/pglite': ['pgliteDriver'],
};

async function namesIn(project: string, program: string): Promise<Record<string, string[]>> {
  const run = await runNode([program], { cwd: project });
  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  return JSON.parse(run.stdout) as Record<string, string[]>;
}

/** Prints the names each entry point gives. */
const listing = (load: string): string => `
  const names = {};
  for (const entry of ${JSON.stringify(entries)}) names[entry] = Object.keys(await (${load})(entry)).sort();
  console.log(JSON.stringify(names));`;

describe('the entry points', () => {
  test('give the same names to require and to import', async () => {
    const commonjs = await projectIn('commonjs', {
      'package.json': '{ "type": "commonjs" }',
      'list.js': `(async () => {${listing('async entry => require(entry)')}})();`,
    });
    const esm = await projectIn('esm', {
      'package.json': '{ "type": "module" }',
      'list.js': listing('entry => import(entry)'),
    });
    const required = await namesIn(commonjs, 'list.js');
    expect(await namesIn(esm, 'list.js')).toEqual(required);
    for (const [entry, names] of Object.entries(expected)) {
      expect(required[entry]).toEqual(expect.arrayContaining(names));
    }
  });

  test('tell errors across both', async () => {
    const project = await projectIn('both', {
      'package.json': '{ "type": "module" }',
      'both.js': `
        import { createRequire } from 'node:module';
        import { MigrationError, RevisionGraph } from 'typeorm-alembic';
        const required = createRequire(import.meta.url)('typeorm-alembic');
        try { new RevisionGraph([{ revision: 'a', downRevision: 'b' }]); }
        catch (error) { console.log(MigrationError.is(error), required.MigrationError.is(error)); }`,
    });
    expect(await runNode(['both.js'], { cwd: project })).toEqual({ exitCode: 0, stdout: 'true true\n', stderr: '' });
  });

  test('load what they need where Node runs a text', async () => {
    const cwd = await projectIn('texts', { 'package.json': '{ "type": "commonjs" }' });
    const text = `import('typeorm-alembic/codegen').then(({ renderRevision }) =>
      console.log(renderRevision({ revision: 'a', downRevision: null, message: 'm', upgrade: [], downgrade: [] }).length > 9))`;
    const worker = `new (require('node:worker_threads').Worker)(${JSON.stringify(text)}, { eval: true })`;
    const runs = [
      runNode(['-e', text], { cwd }),
      runNode(['-'], { cwd, input: text }),
      runNode(['-e', worker], { cwd }),
      runNode(['--input-type=module', '-e', text], { cwd }),
    ];
    for (const run of runs) expect(await run).toEqual({ exitCode: 0, stdout: 'true\n', stderr: '' });
  });

  test('need none of the packages that only developers use', async () => {
    const directory = await consumerWithout(['ts-morph', '@ts-morph', 'yargs', 'typescript', 'get-tsconfig', '@swc']);
    await withDatabase(async database => {
      const program = `
        const { join } = require('node:path');
        const { DataSource } = require('typeorm');
        const { createRunner, silent } = require('typeorm-alembic');
        const dataSource = new DataSource({ type: 'postgres', url: ${JSON.stringify(database.url)} });
        const runner = createRunner(dataSource, {}, { directory: __dirname, logger: silent });
        runner.upgrade().then(({ heads }) => console.log(heads.join()));`;
      const revision = `
        exports.revision = 'a1';
        exports.downRevision = null;
        exports.upgrade = async op => { await op.execute('CREATE TABLE ticket (id int)'); };
        exports.downgrade = async op => { await op.dropTable({ name: 'ticket' }); };`;
      const project = await projectIn(path.relative(await consumer(), path.join(directory, 'lean')), {
        'package.json': '{}',
        'upgrade.js': program,
        'migrations/a1.js': revision,
      });
      expect(await runNode(['upgrade.js'], { cwd: project })).toEqual({ exitCode: 0, stdout: 'a1\n', stderr: '' });
      expect(await database.query('SELECT * FROM ticket')).toEqual([]);
      const missing = await runNode(
        [
          '-e',
          `require('typeorm-alembic/codegen').renderRevision({ revision: 'a', downRevision: null, message: '', upgrade: [], downgrade: [] })`,
        ],
        { cwd: project },
      );
      expect(missing.stderr).toContain("Cannot find module 'ts-morph'");
    });
  });
});

describe('the command', () => {
  test('is there by its name', async () => {
    const bin = path.join(await consumer(), 'node_modules', '.bin', 'typeorm-alembic');
    const { exitCode, stdout } = await runNode([bin, '--version'], { cwd: testRun().directory });
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '0.1.0\n' });
  });
});

describe('in a CommonJS Jest', () => {
  test('revisions in TypeScript run', async () => {
    const { root } = testRun();
    const swc = {
      module: { type: 'commonjs' },
      jsc: { parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true } },
    };
    const transform = { '^.+\\.ts$': [path.join(root, 'node_modules', '@swc', 'jest'), swc] };
    await withDatabase(async ({ url }) => {
      const project = await projectIn('jest', {
        'package.json': '{ "type": "commonjs" }',
        'jest.config.js': `module.exports = { testEnvironment: 'node', transform: ${JSON.stringify(transform)} };`,
        'migrations/a1_create_tickets.ts': `
          import type { Operations } from 'typeorm-alembic';
          export const revision = 'a1';
          export const downRevision = null;
          export async function upgrade(op: Operations): Promise<void> {
            await op.execute('CREATE TABLE ticket (id int)');
          }
          export async function downgrade(op: Operations): Promise<void> {
            await op.dropTable({ name: 'ticket' });
          }`,
        'upgrade.test.ts': `
          import { DataSource } from 'typeorm';
          import { createRunner, silent } from 'typeorm-alembic';
          test('upgrades and downgrades', async () => {
            const dataSource = new DataSource({ type: 'postgres', url: ${JSON.stringify(url)} });
            const runner = createRunner(dataSource, {}, { directory: __dirname, logger: silent });
            expect(await runner.upgrade()).toMatchObject({ heads: ['a1'] });
            expect(await runner.downgrade('base')).toMatchObject({ heads: [] });
          });`,
      });
      const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
      const run = await runNode([jest, '--no-cache'], { cwd: project });
      expect(run).toMatchObject({ exitCode: 0 });
      expect(run.stderr).toContain('1 passed');
    });
  }, 60_000);
});
