import { expect, test } from '@jest/globals';
import { printPair } from './report.ts';
import { runPairs, seedsFrom } from './run-pairs.ts';
import { shrink } from './shrink.ts';

const { FUZZ_SEED = '1', FUZZ_PAIRS = '1000', FUZZ_QUICK } = process.env;
const [first, count] = [Number(FUZZ_SEED), Number(FUZZ_PAIRS)];
const DAY = 86_400_000;

const print = (text: string) => process.stdout.write(`${text}\n`);

test(
  `${count} random pairs from seed ${first} on`,
  async () => {
    const counts: Record<string, number> = {};
    await runPairs(seedsFrom(first, count), async ({ seed, pair, outcome }) => {
      const notes =
        outcome.kind === 'passed' ? outcome.notes : [outcome.kind === 'typeorm' ? outcome.detail : outcome.law];
      for (const each of [outcome.kind, ...notes]) counts[each] = (counts[each] ?? 0) + 1;
      if (outcome.kind === 'failed') {
        const small = FUZZ_QUICK ? { pair, failure: outcome } : await shrink(pair, outcome);
        print(printPair(small.pair, small.failure, seed));
      }
      print(`seed ${seed}: ${outcome.kind}${notes.map(note => `, ${note}`).join('')}`);
    });
    print(JSON.stringify(counts, null, 2));
    expect(counts['failed'] ?? 0).toBe(0);
  },
  DAY,
);
