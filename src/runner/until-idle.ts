import process from 'node:process';

/**
 * What the work gives. Throws where the work waits and nothing of the process goes on that could end the waiting: Node
 * would end the process then, without a word.
 */
export async function untilIdle<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  let giveUp = () => {};
  let end = () => {};
  const idle = new Promise<void>((resolve, reject) => {
    end = resolve;
    giveUp = () => reject(new Error('it awaits a promise that nothing settles: see that each promise is resolved'));
  });
  process.once('beforeExit', giveUp);
  try {
    const result = work();
    await Promise.race([result, idle]);
    return await result;
  } finally {
    process.off('beforeExit', giveUp);
    // What is never settled would count as something that the work left running.
    end();
  }
}
