import { AsyncLocalStorage, createHook, executionAsyncId } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';

/** How long to wait for promises, and for timers and reads, that a function left running. Milliseconds. */
const PATIENCE = { promises: 10_000, requests: 1_000 };

/** What ends by itself: timers, and what a callback waits for. Sockets and the like may stay open on purpose. */
const isRequest = (type: string): boolean =>
  /^(Timeout|Immediate|TickObject|FSREQCALLBACK|.*REQ|.*REQWRAP)$/.test(type);

/** Whose course a call is part of. One for the process: Node 20 keeps a list of them, and walks it for each promise. */
const course = new AsyncLocalStorage<BackgroundWork>();
let following = 0;

/**
 * Follows what a function begins and does not wait for, such as `rows.forEach(async row => …)`: Node says of each promise
 * and each request when it begins, in whose course, and when it has ended.
 */
export class BackgroundWork {
  readonly #promises = new Set<number>();
  readonly #requests = new Set<number>();
  readonly #hook = createHook({
    init: (id, type, trigger) => {
      if (!this.isAtWork()) return;
      // What `then` and `await` make ends with the promise they were called on.
      if (type === 'PROMISE' && trigger === executionAsyncId()) this.#promises.add(id);
      else if (isRequest(type)) this.#requests.add(id);
    },
    promiseResolve: id => void this.#promises.delete(id),
    destroy: id => void this.#requests.delete(id),
  });

  /** Does the work, and then what follows on it, for which the work has ended. */
  async follow<Result>(work: () => Promise<unknown>, then: () => Promise<Result>): Promise<Result> {
    following++;
    this.#hook.enable();
    try {
      await course.run(this, work);
      return await then();
    } finally {
      this.#hook.disable();
      // While there is one, Node does more for each promise of the process.
      if (--following === 0) course.disable();
    }
  }

  /** Whether this very call comes from the work, or from what the work left running. */
  isAtWork(): boolean {
    return course.getStore() === this;
  }

  /**
   * Waits until all of it has ended, but for a few seconds at most: a timeout that lost a race has no more to say.
   * @param isEnough ends the waiting earlier
   * @returns whether there is no promise left
   */
  async settle(isEnough: () => boolean): Promise<boolean> {
    const start = performance.now();
    const isWorthWaiting = () => {
      const waited = performance.now() - start;
      const promises = this.#promises.size > 0 && waited < PATIENCE.promises;
      return promises || (this.#requests.size > 0 && waited < PATIENCE.requests);
    };
    while (isWorthWaiting() && !isEnough()) await setTimeout(1);
    return this.#promises.size === 0;
  }
}
