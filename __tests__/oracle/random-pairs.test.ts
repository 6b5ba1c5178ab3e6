import { expect, test } from '@jest/globals';
import { printPair } from './report.ts';
import { runPairs, seedsFrom } from './run-pairs.ts';

test('30 random pairs of entity sets: there and back, with rows and with objects of others', async () => {
  const failures: string[] = [];
  await runPairs(seedsFrom(1, 30), ({ seed, pair, outcome }) => {
    if (outcome.kind === 'failed') failures.push(printPair(pair, outcome, seed));
  });
  expect(failures).toEqual([]);
});
