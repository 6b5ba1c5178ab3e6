import { constants } from 'node:os';
import { AbortError } from '../database/abort.ts';
import { MigrationError } from '../errors.ts';

/** The process was asked to end while it worked. */
export class InterruptedError extends MigrationError {
  override readonly name = 'InterruptedError';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals, cause: unknown) {
    super(
      `Interrupted by ${signal}: what was not committed is rolled back, and the lock is released; ${adviceAfter(cause)}.`,
      { cause },
    );
    this.signal = signal;
  }

  /** As shells count: 130 for SIGINT, 143 for SIGTERM. */
  get exitCode(): number {
    return 128 + (constants.signals[this.signal] ?? 0);
  }
}

/** What did not end in time may be anything. */
function adviceAfter(cause: unknown): string {
  if (!(cause instanceof AbortError)) return 'run the same again, which goes on or says what to do first';
  return cause.remedy ?? 'run the same again to go on';
}
