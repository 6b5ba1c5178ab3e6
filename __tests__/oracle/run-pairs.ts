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

/**
 * Examines pairs until as many have counted, from a seed on; `tell` is given each of them in turn. A pair that TypeORM's
 * own `synchronize()` cannot make does not count: another one stands in for it.
 */
export async function runPairs(
  first: number,
  count: number,
  tell: (examined: Examined) => Promise<void> | void,
): Promise<void> {
  await createReader();
  let counted = 0;
  for (let seed = first; counted < count;) {
    forgetEntities();
    const seeds = seedsFrom(seed, Math.min(TOGETHER, count - counted));
    const examined = await Promise.all(
      seeds.map(async each => {
        const pair = randomPair(each);
        return { seed: each, pair, outcome: await examine(pair) };
      }),
    );
    for (const each of examined) await tell(each);
    counted += examined.filter(({ outcome }) => outcome.kind !== 'typeorm').length;
    seed += seeds.length;
  }
}

export const seedsFrom = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => first + at);
