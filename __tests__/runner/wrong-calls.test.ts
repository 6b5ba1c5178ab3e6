import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import * as codegen from '../../codegen/index.ts';
import * as library from '../../src/index.ts';
import { pgliteDriver } from '../../src/pglite/index.ts';
import * as testing from '../../src/testing/index.ts';
import { withDatabase } from '../support/index.ts';

const { MigrationError, silent } = library;

/** Nothing may be connected to. */
const dataSource = new DataSource({ type: 'postgres', url: 'postgres://nobody@127.0.0.1:1/nowhere' });
const revisions = [{ revision: 'aa11', downRevision: null, upgrade: async () => {}, downgrade: async () => {} }];
const config = { revisions, allowNoEntities: true };
const options = { logger: silent };
const connection = {
  query: () => Promise.reject(new library.MigrationError('There is no database.')),
};
const schema = library.schemaOf({});
const graph = new library.RevisionGraph([]);
const script = { revision: 'aa11', downRevision: null, message: 'one', upgrade: [], downgrade: [] };
const resolved = library.resolveConfig({ directory: import.meta.dirname, postWriteHooks: [] });
const place = { graph, files: new Map(), config: { ...resolved, template: () => '' } };
const project = { dataSource, config };

/** Each function that is exported, with arguments that are fine, or would be if there were a database. */
const functions: Readonly<Record<string, readonly [call: (...args: any[]) => unknown, args: readonly unknown[]]>> = {
  createRunner: [library.createRunner, [dataSource, config, options]],
  defineConfig: [library.defineConfig, [config]],
  resolveConfig: [library.resolveConfig, [config, {}]],
  targetSchema: [library.targetSchema, [dataSource, {}]],
  introspect: [library.introspect, [connection, {}]],
  canonical: [library.canonical, [connection, schema, schema, new Map()]],
  compare: [library.compare, [schema, schema, {}]],
  schemaOf: [library.schemaOf, [{}, library.kinds]],
  statementsOf: [library.statementsOf, [{ op: 'dropTable', name: 'ticket' }, library.kinds]],
  describeHazard: [library.describeHazard, [{ type: 'scansTable' }]],
  RevisionGraph: [headers => new library.RevisionGraph(headers), [[]]],
  autogenerate: [codegen.autogenerate, [dataSource, { message: 'one', config, logger: silent }]],
  draftRevisions: [codegen.draftRevisions, [dataSource, { message: 'one', config, logger: silent }]],
  emptyRevision: [codegen.emptyRevision, [place, { message: 'one' }]],
  renderRevision: [codegen.renderRevision, [script, 'esm']],
  revisionSource: [codegen.revisionSource, [script, place]],
  writeScript: [codegen.writeScript, [{ ...script, revision: '' }, place]],
  entitiesMatchMigrations: [testing.entitiesMatchMigrations, [project]],
  singleHead: [testing.singleHead, [project]],
  upAndDown: [testing.upAndDown, [project]],
  upgradeFromBase: [testing.upgradeFromBase, [project]],
  migrationTest: [testing.migrationTest, [project, async () => {}]],
  migrationTests: [testing.migrationTests, [{ ...project, test: () => {} }]],
  loadProject: [testing.loadProject, ['/nowhere']],
  pgliteDriver: [pgliteDriver, [{}]],
};

const runner = (): library.Runner => library.createRunner(dataSource, config, options);

/** The same of a runner's methods. */
const methods: Readonly<Record<string, readonly unknown[]>> = {
  upgrade: ['heads', {}],
  downgrade: ['base', {}],
  stamp: ['heads', {}],
  plan: ['heads', {}],
  sql: ['upgrade', 'heads', {}],
  stampSql: ['heads', {}],
  history: ['base:heads', {}],
  current: [{}],
  status: [{}],
  check: [{}],
  ensureVersionTable: [{}],
  changedSince: [{}],
  heads: [undefined],
  revisions: [undefined],
  ensureVersionTableSql: [undefined],
};

const odd: readonly unknown[] = [undefined, null, 5, 'x', {}, [], Symbol('odd'), 1n];

/** What is said of a call, where that is no sentence of ours. */
async function rawErrorOf(call: () => unknown): Promise<string | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    const { name, message } = error as Error;
    return MigrationError.is(error) && /^[^\n]+$/.test(message) ? undefined : `${name}: ${message}`;
  }
}

/** One argument after the other is something else. */
const variants = (args: readonly unknown[]): readonly (readonly unknown[])[] =>
  args.flatMap((_, at) => odd.map(value => args.with(at, value)));

const shown = (args: readonly unknown[]): string => args.map(arg => `${typeof arg} ${String(arg)}`).join(', ');

async function rawErrors(call: (...args: readonly unknown[]) => unknown, args: readonly unknown[]) {
  const found: string[] = [];
  for (const given of [...variants(args), ...odd.map(value => [value])]) {
    const error = await rawErrorOf(() => call(...given));
    if (error !== undefined) found.push(`${shown(given)} → ${error}`);
  }
  return found;
}

describe('a wrong call is a sentence', () => {
  test('all that is exported is asked', () => {
    const isError = (value: unknown): boolean => typeof value === 'function' && /Error$/.test(value.name);
    const exported = [library, codegen, testing].flatMap(module =>
      Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' && !isError(value) ? name : [])),
    );
    expect(Object.keys(functions)).toEqual(expect.arrayContaining(exported));
    expect(Object.keys(methods).sort()).toEqual(Object.keys(runner()).sort());
  });

  test.each(Object.entries(functions))('%s', async (_, [call, args]) =>
    expect(await rawErrors(call, args)).toEqual([]),
  );

  test.each(Object.entries(methods))('%s of a runner', async (method, args) => {
    expect(await rawErrors((...given) => (runner() as any)[method](...given), args)).toEqual([]);
    for (const signal of [5, {}, 'x', null])
      if (args[0] !== undefined)
        await expect((runner() as any)[method](...args.slice(0, -1), { signal })).rejects.toMatchObject({
          name: 'RunnerCallError',
        });
  });

  test.each(['upgrade', 'downgrade', 'stamp'])('%s with a limit that is none', async method => {
    for (const lockWait of ['soon', -1, Number.NaN, {}, null])
      await expect((runner() as any)[method]('base', { lockWait })).rejects.toMatchObject({ name: 'RunnerCallError' });
  });

  test('options in place of a DataSource, and one that is not connected', () =>
    withDatabase(async database => {
      expect(() => library.createRunner({ type: 'postgres', url: database.url } as never)).toThrow(
        library.RunnerCallError,
      );
      const source = await database.dataSource().initialize();
      await source.destroy();
      await expect(library.introspect(source)).rejects.toBeInstanceOf(library.RunnerCallError);
    }));
});
