import { expect, test } from '@jest/globals';
import { coverageOf, uncovered } from './coverage.ts';
import { randomPair } from './pair.ts';
import { seedsFrom } from './run-pairs.ts';

test('the generator makes everything that it is asked to make', () => {
  const coverage = coverageOf(seedsFrom(1, 1000).map(randomPair));
  expect(uncovered(coverage)).toEqual([]);
});
