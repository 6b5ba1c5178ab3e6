import process from 'node:process';

/**
 * What the work gives. Throws where the work waits and nothing of the process goes on that could end the waiting: Node
 * would end the process then, without a word.
 */
export async function untilIdle<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  let giveUp = () => {};
  const idle = new Promise<never>((_, reject) => {
    giveUp = () => reject(new Error('it awaits a promise that nothing settles: see that each promise is resolved'));
  });
  process.once('beforeExit', giveUp);
  try {
    return await Promise.race([work(), idle]);
  } finally {
    process.off('beforeExit', giveUp);
  }
}
