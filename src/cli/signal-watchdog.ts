import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Milliseconds that the main thread has for ending the process itself, after the first signal and after a second one. */
interface Grace {
  readonly first: number;
  readonly second: number;
}

/**
 * Kills the process when it was asked to end and its own handlers have not run: a revision or a configuration that never
 * returns, as in an endless loop, keeps them from it. PostgreSQL rolls back when the connection is gone.
 */
export function watchSignals(names: readonly NodeJS.Signals[], grace: Grace): void {
  const signals = Object.fromEntries(names.map(name => [constants.signals[name], name]));
  const worker = new Worker(`(${watch.toString()})(require, ${JSON.stringify({ signals, grace })})`, {
    eval: true,
    // `process.on` knows no signals in a worker; the binding it is made of does, and is deprecated.
    execArgv: ['--no-deprecation'],
  });
  // Where a version of Node has no such binding, there is only the main thread.
  worker.on('error', () => {});
  worker.unref();
}

/** Runs in the worker, from its source alone. */
function watch(
  require: NodeJS.Require,
  { signals, grace }: { readonly signals: Readonly<Record<string, string>>; readonly grace: Grace },
): void {
  const { writeSync } = require('node:fs') as typeof import('node:fs');
  const { parentPort } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { Signal } = (process as unknown as { binding(name: string): { Signal: new () => SignalHandle } }).binding(
    'signal_wrap',
  );
  let count = 0;
  for (const [number, name] of Object.entries(signals)) {
    const handle = new Signal();
    handle.onsignal = () => {
      count += 1;
      setTimeout(() => kill(name), count === 1 ? grace.first : grace.second);
    };
    handle.start(Number(number));
  }
  parentPort!.on('message', () => {});

  function kill(name: string): void {
    const text = `Error: Killed after ${name}: the code of a revision or of the configuration did not let the process end; PostgreSQL rolls back what was not committed, so correct that code and run the same again, which goes on or says what to do first.\n`;
    try {
      writeSync(2, text);
    } finally {
      process.kill(process.pid, 'SIGKILL');
    }
  }
}

interface SignalHandle {
  onsignal: () => void;
  start(signal: number): void;
}
