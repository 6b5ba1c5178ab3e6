import { afterAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { projectWith, removeFolders, repository } from './support/folders.ts';
import { runNode } from './support/node.ts';

afterAll(removeFolders);

const revision = `
  import type { Operations } from 'typeorm-alembic';
  export const revision: string = 'a1';
  export const downRevision = null;
  export async function upgrade(op: Operations): Promise<unknown> { return op; }
  export async function downgrade(): Promise<void> {}`;

const ormconfig = `
  import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
  @Entity() class Ticket { @PrimaryColumn() id!: number; @Column() subject!: string; }
  export default new DataSource({ type: 'postgres', entities: [Ticket] });`;

/** Written for whatever gives \`test\`, \`equal\` and \`load\`. */
const body = `
  test('a project is loaded', async () => {
    const { loadConfig } = await load('load-config');
    const { readRevisionHeaders } = await load('revision-files');
    const { loadRevision } = await load('load-revision');
    const { dataSource } = await loadConfig(join(__dirname, 'ormconfig.ts'));
    await dataSource.buildMetadatas();
    const [file] = await readRevisionHeaders([join(__dirname, 'migrations')]);
    const { upgrade } = await loadRevision(file);
    equal(dataSource.getMetadata('Ticket').columns.map(column => column.type.name).join(), 'Number,String');
    equal(await upgrade('op'), 'op');
  });`;

const swc = (type: 'commonjs' | 'es6') => ({
  '^.+\\.ts$': [
    '@swc/jest',
    {
      module: { type },
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
    },
  ],
});

const jest = join(repository, 'node_modules/jest/bin/jest.js');

const runJest = (flags: string) => `
  import { spawnSync } from 'node:child_process';
  const ran = spawnSync(process.execPath, [${flags}${JSON.stringify(jest)}, '--no-cache'], { env: { ...process.env, SCRIPTS: scripts }, encoding: 'utf8' });
  console.log(ran.status, ran.status === 0 ? '' : ran.stderr);`;

test('a CommonJS Jest loads a project, which has no import()', async () => {
  const folder = projectWith({
    'package.json': '{}',
    'jest.config.js': `module.exports = { testMatch: ['**/*.check.ts'], transform: ${JSON.stringify(swc('commonjs'))} };`,
    'ormconfig.ts': ormconfig,
    'migrations/a1.ts': revision,
    'a.check.ts': `import { join } from 'node:path';
      const equal = (found: unknown, expected: unknown) => expect(found).toBe(expected);
      const load = async (name: string) => require(process.env.SCRIPTS + '/' + name + '.cjs');
      ${body}`,
  });
  expect(await runNode(folder, runJest(''))).toMatchObject({ stdout: '0 \n', stderr: '' });
});

test('so does a Jest of ES modules', async () => {
  const folder = projectWith({
    'package.json': '{ "type": "module" }',
    'jest.config.js': `export default { testMatch: ['**/*.check.ts'], extensionsToTreatAsEsm: ['.ts'], transform: ${JSON.stringify(swc('es6'))} };`,
    'ormconfig.ts': ormconfig,
    'migrations/a1.ts': revision,
    'a.check.ts': `import { join } from 'node:path';
      import { expect, test } from '@jest/globals';
      const __dirname = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
      const equal = (found: unknown, expected: unknown) => expect(found).toBe(expected);
      const load = (name: string) => import(process.env.SCRIPTS + '/' + name + '.js');
      ${body}`,
  });
  expect(await runNode(folder, runJest("'--experimental-vm-modules', "))).toMatchObject({ stdout: '0 \n', stderr: '' });
});

test.each([
  ['module', 'js', "import('file://' + scripts + '/' + name + '.js')"],
  ['commonjs', 'cjs', "createRequire(import.meta.url)(scripts + '/' + name + '.cjs')"],
])("so does Node's own runner in a %s project", async (project, _, load) => {
  const folder = projectWith({
    'package.json': JSON.stringify({ type: project }),
    'ormconfig.ts': ormconfig,
    'migrations/a1.ts': revision,
  });
  const script = `
    import { test } from 'node:test';
    import { strictEqual as equal } from 'node:assert';
    import { join } from 'node:path';
    const __dirname = process.cwd();
    const load = async name => ${load};
    ${body}`;
  expect(await runNode(folder, script)).toMatchObject({ status: 0, stderr: '' });
});
