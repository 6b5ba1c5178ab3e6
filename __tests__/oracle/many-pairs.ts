import { expect, test } from '@jest/globals';
import { coverageOf, uncovered } from './coverage.ts';
import type { Pair } from './pair.ts';
import { printPair } from './report.ts';
import { runPairs } from './run-pairs.ts';
import { shrink } from './shrink.ts';

const { FUZZ_SEED = '1', FUZZ_PAIRS = '1000', FUZZ_QUICK } = process.env;
const [first, count] = [Number(FUZZ_SEED), Number(FUZZ_PAIRS)];
const DAY = 86_400_000;

const print = (text: string) => process.stdout.write(`${text}\n`);

/** From this many pairs on, each thing that the generator can make must have been in one. */
const MANY = 250;

test(
  `${count} random pairs from seed ${first} on`,
  async () => {
    const counts: Record<string, number> = {};
    const counted: Pair[] = [];
    await runPairs(first, count, async ({ seed, pair, outcome }) => {
      const notes =
        outcome.kind === 'passed' ? outcome.notes : [outcome.kind === 'typeorm' ? outcome.detail : outcome.law];
      for (const each of [outcome.kind, ...notes]) counts[each] = (counts[each] ?? 0) + 1;
      if (outcome.kind !== 'typeorm') counted.push(pair);
      if (outcome.kind === 'failed') {
        const small = FUZZ_QUICK ? { pair, failure: outcome } : await shrink(pair, outcome);
        print(printPair(small.pair, small.failure, seed));
      }
      print(`seed ${seed}: ${outcome.kind}${notes.map(note => `, ${note}`).join('')}`);
    });
    const coverage = coverageOf(counted);
    print(JSON.stringify({ outcomes: counts, coverage }, null, 2));
    expect(counts['failed'] ?? 0).toBe(0);
    if (count >= MANY) expect(uncovered(coverage)).toEqual([]);
  },
  DAY,
);
