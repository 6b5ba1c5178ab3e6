/** Milliseconds between two words about the same. */
const INTERVAL = 30_000;

/** When there is something to be said of what takes long: a first time, and now and then after that. */
export class Heartbeat {
  #next: number;

  /** @param first when the first word is due, by the clock that `isDue` is asked by */
  constructor(first: number) {
    this.#next = first;
  }

  /** Whether a word is due now; if so, it counts as said. */
  isDue(now: number): boolean {
    if (now < this.#next) return false;
    this.#next = now + INTERVAL;
    return true;
  }
}
