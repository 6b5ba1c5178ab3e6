import { writeSync } from 'node:fs';
import process from 'node:process';
import { MigrationError } from '../errors.ts';

/** The process ended, or had nothing left to do, before the command was done. */
export class EndedEarlyError extends MigrationError {
  override readonly name = 'EndedEarlyError';

  constructor(found: string) {
    super(
      `The command ended before its work was done: ${found}; what was not committed is rolled back, so correct that and run the same again, which goes on or says what to do first.`,
    );
  }
}

export interface EndWatch {
  /** Rejects where a command waits for what can never come. */
  readonly idle: Promise<never>;
  /** The command is done, or was told to end: the process may. */
  stop(): void;
}

/**
 * Sees that the process does not end without a word while a command is under way: code of the project may call
 * `process.exit`, or await a promise that nothing settles, where Node ends by itself.
 */
export function watchEarlyEnd(lastCrash: () => unknown): EndWatch {
  let isOver = false;
  process.on('exit', () => {
    if (isOver) return;
    process.exitCode = 1;
    const crash = lastCrash();
    const found = crash === undefined ? exitCall() : `an error was thrown where nobody waits for it (${String(crash)})`;
    writeSync(2, `Error: ${new EndedEarlyError(found).message}\n`);
  });
  const idle = new Promise<never>((_, reject) => {
    let turns = 0;
    process.on('beforeExit', () => {
      if (isOver) return;
      // A revision that waits in vain is told of first, by its name: it fails at the first of these turns.
      if (turns++ < 2) setImmediate(() => {});
      else reject(new EndedEarlyError('the configuration or a revision awaits a promise that nothing settles'));
    });
  });
  idle.catch(() => {});
  return { idle, stop: () => void (isOver = true) };
}

/** Who called `process.exit`, as the stack has it while the process ends. */
function exitCall(): string {
  Error.stackTraceLimit = 100;
  const lines = new Error('at the exit').stack?.split('\n') ?? [];
  const call = lines.findIndex(line => /\bprocess\.(really)?exit\b/i.test(line));
  const file = lines
    .slice(call + 1)
    .flatMap(line => /(?:file:\/\/|\(|at |async )(\/[^()]*|[A-Z]:[^()]*):\d+:\d+\)?$/.exec(line)?.[1] ?? [])[0];
  return `${file ?? 'code of the project'} called process.exit`;
}
