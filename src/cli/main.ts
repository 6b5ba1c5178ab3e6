#!/usr/bin/env node
import { constants } from 'node:os';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { watchEarlyEnd } from './early-end.ts';
import { runCommandLine } from './run.ts';
import { UnwrittenOutputError } from './print.ts';
import { watchSignals } from './signal-watchdog.ts';
import { UsageError } from './usage-error.ts';

// A command is over in a second or two: what Node 20 would optimize by then costs more than it saves. It is to wait for
// functions that run fifteen times as long; newer versions have patience of their own, and complain of the flag.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=1000000');

/** How long an interrupted run may take to roll back and say so. */
const PATIENCE = 5_000;

let lastCrash: unknown;
const crash = new Promise<never>((_, reject) => {
  process.on('uncaughtException', error => {
    lastCrash ??= error;
    reject(error);
  });
});
const endWatch = watchEarlyEnd(() => lastCrash);

const interruption = new AbortController();

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

for (const signal of signals) {
  process.on(signal, () => {
    const code = 128 + constants.signals[signal];
    // Asked twice, or in vain: the server rolls back when the connection is gone.
    if (interruption.signal.aborted) exit(code);
    setTimeout(() => exit(code), PATIENCE).unref();
    interruption.abort(signal);
  });
}

// `history | head -1` closes the pipe; a run goes on though nobody reads its log.
// A result that could not be written is a failure; a log line is none.
let unwritten: NodeJS.ErrnoException | undefined;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') unwritten ??= error;
});
process.stderr.on('error', () => {});

// Standard output is for results: what a configuration, a revision or TypeORM's logger prints goes beside them.
for (const method of ['log', 'info', 'debug', 'dir', 'table'] as const) console[method] = console.error;

const directory = workingDirectory();

const exitCode = await runCommandLine(process.argv.slice(2), {
  get directory() {
    if (directory !== undefined) return directory;
    throw new UsageError('The working directory does not exist any more: change to another one, and run this again.');
  },
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  interruption: interruption.signal,
  beforeProject: () => watchSignals(signals, { first: PATIENCE + 1_000, second: 500 }),
  crash: Promise.race([crash, endWatch.idle]),
});

// Whatever a configuration keeps open (a cache, a timer) must not keep the command waiting.
process.stdout.write('', () => setImmediate(end));

/** Undefined where it is gone: what asks for one is given another. */
function workingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    process.chdir('/');
    return undefined;
  }
}

/** Called once the streams have said what they could not write. */
function end(): void {
  if (unwritten) process.stderr.write(`Error: ${new UnwrittenOutputError(unwritten).message}\n`);
  process.stderr.write('', () => exit(exitCode === 0 && unwritten ? 1 : exitCode));
}

function exit(code: number): void {
  endWatch.stop();
  process.exit(code);
}
