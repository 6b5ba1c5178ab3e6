import process from 'node:process';
import { lineText, messageText } from '../terminal-text.ts';

/** Where a run says what it does. */
export interface Logger {
  info(message: string): void;
  warn(message: string): void;
}

/** Lines on standard error, so that standard output holds results only. */
export const standardError: Logger = {
  info: message => void process.stderr.write(`${lineText(message)}\n`),
  warn: message => void process.stderr.write(`Warning: ${lineText(message)}\n`),
};

/** The same logger, given nothing but lines that may be shown as they are. */
export const inLines = (logger: Logger): Logger => ({
  info: message => logger.info(messageText(message)),
  warn: message => logger.warn(messageText(message)),
});

export const silent: Logger = { info: () => {}, warn: () => {} };
