import { seconds } from '../database/advisory-lock.ts';
import type { Logger } from './logger.ts';
import type { OperationQueue } from './operation-queue.ts';

/** Milliseconds without a call after which that is said, and said again. */
const QUIET = 30_000;

/**
 * Does the work, and says now and then that it has not ended though it asks nothing of the database: a project's function
 * may await something else, and something that never comes.
 * @param subject what has not ended, as in `The upgrade of a1`
 */
export async function tellingWhereQuiet<Result>(
  queue: OperationQueue,
  { subject, logger, quiet = QUIET }: { readonly subject: string; readonly logger: Logger; readonly quiet?: number },
  work: () => Promise<Result>,
): Promise<Result> {
  const tell = () => {
    const idle = queue.idleMilliseconds();
    if (idle >= quiet) logger.info(`${subject} has not ended, and has called no operation for ${seconds(idle)}`);
  };
  const timer = setInterval(tell, quiet).unref();
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
