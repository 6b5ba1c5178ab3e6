import process from 'node:process';

/** Where a run says what it does. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
}

/** Lines on standard error, so that standard output holds results only. */
export const standardError: Logger = {
  info: message => void process.stderr.write(`${message}\n`),
  warn: message => void process.stderr.write(`Warning: ${message}\n`),
};

export const silent: Logger = { info: () => {}, warn: () => {} };
