import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { runRevision } from '../../src/runner/revision-operations.ts';
import type { Operations } from '../../src/operations/operations.ts';

/** What is said while a revision runs whose statements take a third of a second, where a tenth is long. */
async function saidBy(upgrade: (op: Operations) => Promise<void>): Promise<readonly string[]> {
  const said: string[] = [];
  const logger = { info: (line: string) => said.push(line), warn: (line: string) => said.push(line) };
  const module = { upgrade, downgrade: async () => {} };
  const target = { context: { isOffline: false, x: {}, heads: [] }, sink: () => setTimeout(350) };
  await runRevision({ module: module as never, revision: 'a1', direction: 'upgrade' }, target, { logger, quiet: 100 });
  return said;
}

test('a revision that awaits something else than its operations says so, as long as it does', async () => {
  const said = await saidBy(async op => {
    await op.execute('SELECT 1');
    await setTimeout(450);
    await op.execute('SELECT 1');
  });
  expect(said.length).toBeGreaterThan(0);
  for (const line of said)
    expect(line).toMatch(/^The upgrade of a1 has not ended, and has called no operation for 0\.\d s$/);
});

test('one whose operations take long is told of otherwise', async () => {
  expect(await saidBy(op => op.execute('SELECT 1'))).toEqual([]);
});
