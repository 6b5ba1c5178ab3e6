import { expect, test } from '@jest/globals';
import { join } from 'node:path';
import { installLibrary } from '../adoption/installed-library.ts';
import { type Files, withProject } from '../cli/project.ts';
import { type CliResult, runNode, testRun, withDatabase } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';

const sources = (url: string): Files => ({
  'ormconfig.ts': `
    import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
    @Entity() export class Ticket {
      @PrimaryColumn({ primaryKeyConstraintName: 'ticket_pkey' }) id!: number;
      @Column() title!: string;
    }
    export default new DataSource({ type: 'postgres', url: '${url}', entities: [Ticket] });
    export const migrations = { versionLocations: [process.cwd() + '/revisions'] };`,
  'revisions/a1.ts': `
    import type { Operations } from 'typeorm-alembic';
    export const revision = 'a1';
    export const downRevision = null;
    export async function upgrade(op: Operations): Promise<void> {
      await op.createTable({ name: 'ticket', columns: [{ name: 'id', type: 'integer', nullable: false }],
        primaryKey: { name: 'ticket_pkey', columns: ['id'] } });
    }
    export async function downgrade(op: Operations): Promise<void> {
      await op.dropTable({ name: 'ticket' });
    }`,
  'revisions/b1.ts': `
    import type { Operations } from 'typeorm-alembic';
    export const revision = 'b1';
    export const downRevision = 'a1';
    export async function upgrade(op: Operations): Promise<void> {
      await op.addColumn({ table: 'ticket', column: { name: 'title', type: 'character varying', nullable: false } });
    }
    export async function downgrade(op: Operations): Promise<void> {
      await op.dropColumn({ table: 'ticket', name: 'title' });
    }`,
});

/** One with every fault: a second head, an entity without its column, a downgrade that does nothing. */
const faulty: Files = {
  'revisions/b1.ts': `
    export const revision = 'b1';
    export const downRevision = 'a1';
    export async function upgrade(op: any): Promise<void> { await op.createEnum({ name: 'level', labels: ['low'] }); }
    export async function downgrade(): Promise<void> {}`,
  'revisions/c1.ts': `
    export const revision = 'c1';
    export const downRevision = 'a1';
    export async function upgrade(): Promise<void> {}
    export async function downgrade(): Promise<void> {}`,
};

const swc = (type: 'commonjs' | 'es6') => ({
  '^.+\\.ts$': [
    '@swc/jest',
    {
      module: { type },
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
    },
  ],
});

interface Runner {
  readonly files: Files;
  readonly command: readonly string[];
}

const jest = join(testRun().root, 'node_modules', 'jest', 'bin', 'jest.js');

const inJest = `import dataSource, { migrations } from './ormconfig';
  import { migrationTests } from 'typeorm-alembic/testing';
  migrationTests({ dataSource, config: migrations, test });`;

const runners: readonly (readonly [string, Runner])[] = [
  [
    'node:test, in ES modules',
    {
      files: {
        'package.json': '{ "type": "module" }',
        'migrations.test.js': `import { test } from 'node:test';
          import { loadProject, migrationTests } from 'typeorm-alembic/testing';
          migrationTests({ ...(await loadProject()), test });`,
      },
      command: ['--test'],
    },
  ],
  [
    'node:test, in CommonJS',
    {
      files: {
        'package.json': '{}',
        'migrations.test.js': `const { test } = require('node:test');
          const { loadProject, migrationTests } = require('typeorm-alembic/testing');
          loadProject().then(project => migrationTests({ ...project, test }));`,
      },
      command: ['--test'],
    },
  ],
  [
    'Jest, in CommonJS',
    {
      files: {
        'package.json': '{}',
        'jest.config.js': `module.exports = { transform: ${JSON.stringify(swc('commonjs'))} };`,
        'migrations.test.ts': inJest,
      },
      command: [jest, '--no-cache'],
    },
  ],
  [
    'Jest, in ES modules',
    {
      files: {
        'package.json': '{ "type": "module" }',
        'jest.config.js': `export default { extensionsToTreatAsEsm: ['.ts'], transform: ${JSON.stringify(swc('es6'))} };`,
        'migrations.test.ts': inJest,
      },
      command: ['--experimental-vm-modules', jest, '--no-cache'],
    },
  ],
];

const runOn = ({ files, command }: Runner, more: Files): Promise<CliResult> =>
  withDatabase(database =>
    withProject({ ...sources(database.url), ...files, ...more }, async ({ directory }) => {
      await installLibrary(directory);
      return runNode(command, { cwd: directory, env: { NODE_OPTIONS: '' } });
    }),
  );

test.each(shareOfToday(runners.slice(0, 3)))('a good project passes in %s', async (_, runner) => {
  const { exitCode, stdout, stderr } = await runOn(runner, {});
  expect({ exitCode, output: stdout + stderr }).toEqual({ exitCode: 0, output: expect.any(String) });
  expect(stdout + stderr).toMatch(/[#ℹ] pass 4|Tests: +4 passed, 4 total/);
});

test.each(shareOfToday(runners))('each fault of a project is shown in %s', async (_, runner) => {
  const { exitCode, stdout, stderr } = await runOn(runner, faulty);
  const output = stdout + stderr;
  expect(exitCode).toBe(1);
  expect(output).toMatch(/[#ℹ] fail 3|Tests: +3 failed, 1 passed, 4 total/);
  expect(output).toContain('The history has 2 heads (b1, c1)');
  expect(output).toContain(
    "await op.addColumn({ table: 'ticket', column: { name: 'title', type: 'character varying', nullable: false } });",
  );
  expect(output).toContain("await op.dropEnum({ name: 'level' });");
});
