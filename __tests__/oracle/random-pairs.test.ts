import { test } from '@jest/globals';
import { printPair } from './report.ts';
import { runPairs } from './run-pairs.ts';

test('8 random pairs of entity sets: there and back, with rows and with objects of others', async () => {
  const failures: string[] = [];
  await runPairs(101, 8, ({ seed, pair, outcome }) => {
    if (outcome.kind === 'failed') failures.push(printPair(pair, outcome, seed));
  });
  if (failures.length > 0) throw new Error(failures.join('\n\n'));
}, 600_000);
