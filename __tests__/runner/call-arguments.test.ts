import { describe, expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { autogenerate, draftRevisions, emptyRevision } from '../../codegen/index.ts';
import { createRunner, type Runner } from '../../src/index.ts';
import * as testing from '../../src/testing/index.ts';

/** Nothing may be connected to: every call is refused before. */
const dataSource = new DataSource({ type: 'postgres', url: 'postgres://nobody@127.0.0.1:1/nowhere' });
const config = { allowNoRevisions: true, versionLocations: ['/'] };
const runner: any = createRunner(dataSource, config) satisfies Runner;

const before: Readonly<Record<string, readonly unknown[]>> = {
  upgrade: ['heads'],
  downgrade: ['base'],
  stamp: ['heads'],
  plan: ['heads'],
  sql: ['upgrade', 'heads'],
  history: [':'],
  current: [],
  status: [],
  check: [],
  ensureVersionTable: [],
  changedSince: [],
};

test.each(Object.entries(before))('%s refuses an option that it does not have', async (method, given) => {
  await expect(runner[method](...given, { singal: 1 })).rejects.toMatchObject({
    name: 'RunnerCallError',
    message: `${method}() was given an unknown option "singal"; did you mean "signal"?`,
  });
  await expect(runner[method](...given, 7)).rejects.toMatchObject({ name: 'RunnerCallError' });
});

test.each([
  ['downgrade', [], "downgrade() was called without a target; give one, as in downgrade('-1')."],
  ['downgrade', [1], "downgrade() was given 1 as target; give one, as in downgrade('-1')."],
  ['upgrade', [null], "upgrade() was given null as target; give one, as in upgrade('heads')."],
  ['stamp', [], "stamp() was called without a target; give one, as in stamp('heads')."],
  ['stamp', [[]], "stamp() was given [] as target; give one, as in stamp('heads')."],
  ['sql', ['upgrade'], "sql() was called without a target; give one, as in sql('upgrade', 'base:heads')."],
  ['stampSql', [], "stampSql() was called without a target; give one, as in stampSql('heads')."],
] as const)('%s%j says what it needs', async (method, given, message) => {
  await expect(runner[method](...given)).rejects.toMatchObject({ name: 'RunnerCallError', message });
});

/** Functions that take options by name, those that there are, and a call of each. */
const takers: Readonly<Record<string, readonly [names: readonly string[], call: (options: any) => unknown]>> = {
  createRunner: [['directory', 'logger', 'signal', 'revisions'], options => createRunner(dataSource, config, options)],
  autogenerate: [autogenerateOptions(), options => autogenerate(dataSource, options)],
  draftRevisions: [autogenerateOptions(), options => draftRevisions(dataSource, options)],
  emptyRevision: [autogenerateOptions(), options => emptyRevision({} as never, options)],
  migrationTests: [[...projectOptions(), 'test', 'timeout', 'exclude'], options => testing.migrationTests(options)],
  migrationTest: [projectOptions(), options => testing.migrationTest(options, async () => {})],
  singleHead: [projectOptions(), options => testing.singleHead(options)],
  upgradeFromBase: [projectOptions(), options => testing.upgradeFromBase(options)],
  entitiesMatchMigrations: [projectOptions(), options => testing.entitiesMatchMigrations(options)],
  upAndDown: [projectOptions(), options => testing.upAndDown(options)],
};

function autogenerateOptions(): readonly string[] {
  const place = ['message', 'revision', 'head', 'splice', 'branchLabels', 'dependsOn', 'createDate', 'x'];
  return [...place, 'config', 'directory', 'logger', 'signal', 'renames'];
}

function projectOptions(): readonly string[] {
  return ['dataSource', 'config', 'directory', 'x', 'prepare', 'minimumDowngradeRevision', 'skipRevisions'];
}

describe.each(Object.entries(takers))('%s', (method, [names, call]) => {
  const refusalOf = async (options: unknown): Promise<unknown> => {
    try {
      await call(options);
      return undefined;
    } catch (error) {
      return error;
    }
  };

  test.each(names.filter(name => name.length > 2))('knows what is meant by a misspelt %s', async name => {
    const misspelt = `${name.slice(0, -2)}${name.at(-1)}${name.at(-2)}`;
    for (const given of [misspelt, name.toUpperCase(), `${name}s`].filter(each => !names.includes(each)))
      expect(await refusalOf({ [given]: undefined })).toMatchObject({
        name: 'RunnerCallError',
        method,
        message: `${method}() was given an unknown option "${given}"; did you mean "${name}"?`,
      });
  });

  test('lists what there is where nothing is near', async () => {
    const message = `${method}() was given an unknown option "zzzzzzzzzz"; expected one of ${names.join(', ')}.`;
    expect(await refusalOf({ zzzzzzzzzz: 1 })).toMatchObject({ name: 'RunnerCallError', message });
  });

  test.each([[null], [7], ['text'], [[]]])('refuses %j for its options', async given => {
    expect(await refusalOf(given)).toMatchObject({ name: 'RunnerCallError', method });
  });

  test('takes every one of them', async () => {
    const refusal = await refusalOf(Object.fromEntries(names.map(name => [name, undefined])));
    expect((refusal as Error | undefined)?.message ?? '').not.toMatch(/unknown option/);
  });
});
