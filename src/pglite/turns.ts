import { MigrationError } from '../errors.ts';

/** PGlite has one session, and whoever holds it has not given it back in time. */
export class PgliteBusyError extends MigrationError {
  override readonly name = 'PgliteBusyError';
  readonly waitedMilliseconds: number;

  constructor(waitedMilliseconds: number) {
    super(
      `The one connection of this PGlite database has been in use for ${waitedMilliseconds / 1000} s by another query runner: ` +
        'release that one first, or run the query through it.',
    );
    this.waitedMilliseconds = waitedMilliseconds;
  }
}

/** One at a time, first come first served. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #taken = false;

  /** Waits for its turn (0: as long as it takes) and gives the function that ends it, which may be called twice. */
  async take(timeoutMilliseconds: number): Promise<() => void> {
    if (this.#taken) await this.#wait(timeoutMilliseconds);
    this.#taken = true;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#passOn();
    };
  }

  #wait(timeoutMilliseconds: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(start), 1);
        reject(new PgliteBusyError(timeoutMilliseconds));
      };
      const timer = timeoutMilliseconds === 0 ? undefined : setTimeout(giveUp, timeoutMilliseconds);
      const start = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.push(start);
    });
  }

  /** The turn stays taken while it passes to the next: nobody may slip in between. */
  #passOn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#taken = false;
  }
}
