import type { QueryRunner } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { untilAborted } from './abort.ts';
import { seconds } from './advisory-lock.ts';
import type { Patience } from './watch.ts';

/** The pool of an initialized DataSource had no connection to give. */
export class PoolExhaustedError extends MigrationError {
  override readonly name = 'PoolExhaustedError';
  readonly waitedMilliseconds: number;

  constructor(waitedMilliseconds: number) {
    super(
      `The DataSource's pool had no free connection within ${seconds(waitedMilliseconds)}: raise its poolSize, or migrate ` +
        'while the application holds no connection; one that waits for the migration would never give it back.',
    );
    this.waitedMilliseconds = waitedMilliseconds;
  }
}

const FIRST_WORD = 1_000;

/**
 * Waits for a connection of the pool, no longer than for a lock: whoever holds the last one may wait for this very work.
 * @throws PoolExhaustedError, AbortError
 */
export async function queueFor(queryRunner: QueryRunner, { limit, onQueue, signal }: Patience): Promise<void> {
  const connecting = queryRunner.connect();
  const timers: NodeJS.Timeout[] = [setTimeout(() => onQueue?.(), FIRST_WORD)];
  const late = new Promise<never>((_, reject) => {
    if (limit > 0) timers.push(setTimeout(() => reject(new PoolExhaustedError(limit)), limit));
  });
  try {
    await untilAborted(signal, () => Promise.race([connecting, late]));
  } catch (error) {
    // A connection that comes later is given back at once.
    void connecting.then(() => queryRunner.release()).catch(() => {});
    throw error;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}
