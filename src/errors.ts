import { lineText, messageText } from './terminal-text.ts';

const brand = Symbol.for('typeorm-alembic.MigrationError');

/**
 * What this library throws. Each thing that can be told apart has a class of its own beside the code that throws it,
 * carries the facts as fields, and says in one sentence what was found, what was expected and what to do.
 */
export class MigrationError extends Error {
  override readonly name: string = 'MigrationError';
  readonly [brand] = true;

  /** Whatever the message quotes (names, rows, other errors), it is one line without control characters. */
  constructor(message?: string, { code, ...options }: MessageOptions = {}) {
    super(message === undefined ? undefined : `${inSentences(messageText(message))}${linesOf(code)}`, options);
  }

  /** True for an error of this class, also when it comes from another copy of the library (ESM beside CommonJS). */
  static is(value: unknown): value is MigrationError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

interface MessageOptions extends ErrorOptions {
  /** What follows the message on lines of its own. */
  readonly code?: string;
}

/** Ended by a full stop, unless it is already. */
const inSentences = (message: string): string => (/[.?!…:]['"`)\]]*$/.test(message) ? message : `${message}.`);

const linesOf = (code: string | undefined): string =>
  code === undefined ? '' : `\n\n${code.split('\n').map(lineText).join('\n')}\n`;

/** The configuration, or an option given in its place, cannot be used. */
export class ConfigurationError extends MigrationError {
  override readonly name = 'ConfigurationError';
}

/** A value that was given, as a message shows it: `"head"`, `{"name":"ticket"}`, `a function`. */
export function shownValue(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'number') return String(value);
  const written = jsonOf(value) ?? String(value);
  return written.length > 60 ? `${written.slice(0, 59)}…` : written;
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return 'an object that JSON cannot express';
  }
}

// Not `instanceof`: test runners have an Error of their own, and Node throws its.
export const hasMessage = (value: unknown): value is Error =>
  typeof (value as { message?: unknown } | null | undefined)?.message === 'string';

/** What was thrown says, to go on with in a sentence; of what says nothing, that it does. */
export function saidBy(thrown: unknown): string {
  if (typeof thrown === 'string' && thrown.trim() !== '') return thrown;
  if (!hasMessage(thrown)) return `it threw ${shownValue(thrown)}, which is no error`;
  const { message, name, code, errors = [] } = thrown as Error & { code?: string; errors?: readonly unknown[] };
  if (message.trim() !== '') return message;
  // Trying several addresses of a host gives an error that says nothing but holds one for each.
  if (errors.length > 0) return saidBy(errors[0]);
  return `${name === 'Error' ? 'an error' : name} without a message${code === undefined ? '' : ` (${code})`}`;
}

/**
 * What the work gives, which reads what others made: a getter that throws, or a proxy that was revoked, is `refusal`.
 * An error of ours is passed on.
 */
export function reading<Result>(work: () => Result, refusal: (reason: string, cause: unknown) => Error): Result {
  try {
    return work();
  } catch (error) {
    if (MigrationError.is(error)) throw error;
    throw refusal(saidBy(error).replace(/\.$/, ''), error);
  }
}
