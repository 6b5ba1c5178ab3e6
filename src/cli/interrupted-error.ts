import { constants } from 'node:os';
import { MigrationError } from '../errors.ts';

/** The process was asked to end while it worked. */
export class InterruptedError extends MigrationError {
  override readonly name = 'InterruptedError';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals, cause: unknown) {
    super(
      `Interrupted by ${signal}: what was not committed is rolled back, and the lock is released; run the same again to go on.`,
      { cause },
    );
    this.signal = signal;
  }

  /** As shells count: 130 for SIGINT, 143 for SIGTERM. */
  get exitCode(): number {
    return 128 + (constants.signals[this.signal] ?? 0);
  }
}
