import { setTimeout } from 'node:timers/promises';

/** Time and chance, where waiting needs them. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** At least 0 and below 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async milliseconds => void (await setTimeout(milliseconds)),
  random: () => Math.random(),
};

/** How long to wait before trying again: doubling from 50 ms to 2 s, and never all processes at the same moment. */
export const pauseBefore = (attempt: number, random: number): number =>
  Math.min(2_000, 50 * 2 ** Math.min(attempt, 10)) * (0.5 + random / 2);
