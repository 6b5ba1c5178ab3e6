import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { runNode, testRun } from '../support/index.ts';
import { shareOfToday } from '../support/share-of-today.ts';
import { projectIn } from '../examples/consumer.ts';

/** A little of every entry point, whose types must be what they seem: the assignments to `never` must fail. */
const source = `
import { DataSource } from 'typeorm';
import { createRunner, defineConfig, type Operations, resolveConfig, type Schema, targetSchema } from 'typeorm-alembic';
import type * as Library from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { pgliteDriver } from 'typeorm-alembic/pglite';
import * as testing from 'typeorm-alembic/testing';

const driver = pgliteDriver({ dataDir: '.pgdata', extensions: ['citext'] });
const dataSource = new DataSource({ type: 'postgres', driver });
export const migrations = defineConfig({ transaction: 'each' });
export const heads: Promise<readonly string[]> = createRunner(dataSource, migrations).heads();
export const schema: Promise<Schema> = targetSchema(dataSource);
export const source = async (): Promise<string> => {
  const script = await autogenerate(dataSource, { message: 'add surveys' });
  return script ? renderRevision(script) : '';
};
export const upgrade = (op: Operations): Promise<void> =>
  op.addColumn({ table: 'ticket', column: { name: 'rating', type: 'smallint', nullable: true } });
export const names: readonly string[] = Object.keys(testing);
/** What callbacks are given and give, and what results and errors hold, by name. */
export type Held = [
  Library.Attributes, Library.Blocker, Library.ColumnPair, Library.DirectiveContext, Library.Directives, Library.Duration,
  Library.Grant, Library.LockHolder, Library.MaterializedView, Library.Policy, Library.PostWriteHook, Library.RevisionFile,
  Library.RevisionTemplate, Library.Statistics, Library.TableProgram, Library.Transactional, Library.Trigger,
  Library.UnfinishedStep, Library.ViewColumn,
];
const revisionModule = { revision: 'a1', downRevision: null, transactional: 'upgrade', upgrade() {}, downgrade() {} } as const;
defineConfig({ revisions: [revisionModule] });
export const configured: Promise<Schema> = targetSchema(dataSource, migrations);
export const resolved: Promise<Schema> = targetSchema(dataSource, resolveConfig(migrations));
// @ts-expect-error an unknown choice
defineConfig({ transaction: 'sometimes' });
// @ts-expect-error a column has a type
export const wrong = (op: Operations) => op.addColumn({ table: 'ticket', column: { name: 'rating', nullable: true } });
// @ts-expect-error an unknown option
pgliteDriver({ directory: '.pgdata' });
// @ts-expect-error heads are text
export const number: Promise<number> = heads;
`;

const resolutions = [
  ['node10, CommonJS', 'commonjs', { module: 'commonjs', moduleResolution: 'node10', ignoreDeprecations: '6.0' }],
  ['node16, CommonJS', 'commonjs', { module: 'node16', moduleResolution: 'node16' }],
  ['node16, ES modules', 'module', { module: 'node16', moduleResolution: 'node16' }],
  ['bundler', 'module', { module: 'esnext', moduleResolution: 'bundler' }],
] as const;

describe('types resolve and hold', () => {
  test.each(shareOfToday(resolutions))(
    '%s',
    async (name, type, options) => {
      const compilerOptions = {
        target: 'es2022',
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        typeRoots: [path.join(testRun().root, 'node_modules', '@types')],
        types: ['node'],
        ...options,
      };
      const project = await projectIn(`types-${name.replaceAll(/\W+/g, '-')}`, {
        'package.json': JSON.stringify({ type }),
        'tsconfig.json': JSON.stringify({ compilerOptions, files: ['project.ts'] }),
        'project.ts': source,
      });
      const tsc = path.join(testRun().root, 'node_modules', 'typescript', 'bin', 'tsc');
      const { stdout, exitCode } = await runNode([tsc, '-p', '.'], { cwd: project });
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 });
    },
    60_000,
  );
});
