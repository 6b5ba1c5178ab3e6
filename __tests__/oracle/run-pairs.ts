import { createReader } from './databases.ts';
import { examine, type Outcome } from './examine.ts';
import { randomPair, type Pair } from './pair.ts';
import { forgetEntities } from './project.ts';

/** A pair that was examined. */
export interface Examined {
  readonly seed: number;
  readonly pair: Pair;
  readonly outcome: Outcome;
}

/** How many pairs are examined at once: much of the time is spent waiting for the server and for pg_dump. */
const TOGETHER = 3;

/** Examines a pair for each seed; `tell` is given each of them in turn. */
export async function runPairs(
  seeds: readonly number[],
  tell: (examined: Examined) => Promise<void> | void,
): Promise<void> {
  await createReader();
  for (let at = 0; at < seeds.length; at += TOGETHER) {
    forgetEntities();
    const examined = await Promise.all(
      seeds.slice(at, at + TOGETHER).map(async seed => {
        const pair = randomPair(seed);
        return { seed, pair, outcome: await examine(pair) };
      }),
    );
    for (const each of examined) await tell(each);
  }
}

export const seedsFrom = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => first + at);
