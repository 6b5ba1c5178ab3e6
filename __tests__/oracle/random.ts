/** Chance that repeats itself: the same seed gives the same choices. */
export interface Random {
  /** A whole number from 0 up to, not including, `below`. */
  below(below: number): number;
  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean;
  pick<Each>(from: readonly Each[]): Each;
  /** Some of a list, in its order: at least `least` where there are as many. */
  some<Each>(from: readonly Each[], least: number, most: number): Each[];
}

/** Mulberry32: small, fast, and the same on every machine. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: percent => next() * 100 < percent,
    pick: from => from[below(from.length)]!,
    some(from, least, most) {
      const wanted = Math.min(from.length, least + below(most - least + 1));
      const left = from.map((_, at) => at);
      const chosen = new Set<number>();
      while (chosen.size < wanted) chosen.add(left.splice(below(left.length), 1)[0]!);
      return from.filter((_, at) => chosen.has(at));
    },
  };
}
