import { expect, test } from '@jest/globals';
import { DataSource } from 'typeorm';
import { createRunner, type Runner } from '../../src/index.ts';

/** Nothing may be connected to: every call is refused before. */
const runner: any = createRunner(new DataSource({ type: 'postgres', url: 'postgres://nobody@127.0.0.1:1/nowhere' }), {
  allowNoRevisions: true,
  versionLocations: ['/'],
}) satisfies Runner;

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
