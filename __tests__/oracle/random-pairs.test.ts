import { test } from '@jest/globals';
import { printPair } from './report.ts';
import { runPairs, seedsFrom } from './run-pairs.ts';

test('random pairs of entity sets: there and back, with rows and with objects of others', async () => {
  const failures: string[] = [];
  await runPairs(seedsFrom(101, 39), ({ seed, pair, outcome }) => {
    if (outcome.kind === 'failed') failures.push(printPair(pair, outcome, seed));
  });
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
}, 600_000);
