import { inspect } from 'node:util';
import { MigrationError } from '../errors.ts';
import { plainly } from './json.ts';
import { messageText } from '../terminal-text.ts';
import type { Style } from './style.ts';

/** The exit code of each error that is told apart by it; 1 for all others. */
const exitCodes: Readonly<Record<string, number>> = {
  // Refused as unsafe.
  WouldLoseRowsError: 3,
  UnfinishedRevisionError: 3,
  RevisionsLoggedError: 3,
  // A lock could not be acquired in time: the migrations' own, or one on a table.
  LockNotAcquiredError: 4,
  LockWaitError: 4,
  RevisionBlockedError: 4,
  // What was done is not what the files say.
  JournalMismatchError: 5,
  ConcurrentChangeError: 5,
};

/** By name, since the error may come from another copy of the library (CommonJS beside ESM). */
export const exitCodeOf = (error: unknown): number => exitCodes[nameOf(error)] ?? 1;

const nameOf = (error: unknown): string => (error as { name?: string } | null)?.name ?? 'Error';

/** One sentence on one line. */
export function sentenceOf(error: unknown): string {
  const message = messageText(messageOf(error));
  if (MigrationError.is(error)) return message;
  return `Unexpected ${nameOf(error)}: ${message.replace(/\.$/, '')}; this is not an error the tool knows: see its stack with --verbose.`;
}

const messageOf = (error: unknown): string =>
  error instanceof Error || MigrationError.is(error) ? error.message || nameOf(error) : String(error);

/** The sentence; with `verbose` also the error's facts, its causes with theirs, and the stack. */
export function errorLines(
  error: unknown,
  { style, verbose }: { readonly style: Style; readonly verbose: boolean },
): string[] {
  const sentence = `${style.danger('Error:')} ${sentenceOf(error)}`;
  if (!verbose) return [sentence];
  const causes = causesOf(error).flatMap(cause => [
    `caused by ${nameOf(cause)}: ${messageOf(cause)}`,
    ...factLines(cause),
  ]);
  return [sentence, ...factLines(error), ...causes, ...stackLines(error).map(line => style.faint(line))];
}

/**
 * What an error says beside its message: the server's code, detail and hint, a revision's path, the failed statement.
 * Its values are what JSON can say.
 */
export function factsOf(error: unknown): readonly (readonly [name: string, value: unknown])[] {
  if (typeof error !== 'object' || error === null) return [];
  return Object.entries(error)
    .filter(([name, value]) => !unsaid.includes(name) && value !== undefined && typeof value !== 'function')
    .map(([name, value]) => [name, plainFact(value)]);
}

/** An error of an HTTP client holds its request, which holds its response, which holds its request. */
function plainFact(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value, plainly));
  } catch {
    return inspect(value, { depth: 1 });
  }
}

/** Said elsewhere, or places in PostgreSQL's own source. */
const unsaid = [
  'name',
  'message',
  'stack',
  'cause',
  'length',
  'file',
  'line',
  'routine',
  'driverError',
  'query',
  'parameters',
];

const factLines = (error: unknown): readonly string[] =>
  factsOf(error).flatMap(([name, value]) =>
    `  ${name}: ${typeof value === 'string' && value !== '' ? value : JSON.stringify(value)}`.split('\n').map(indented),
  );

const indented = (line: string, i: number): string => (i === 0 ? line : `    ${line}`);

/** What caused the error, what caused that, and so on. */
function causesOf(error: unknown): readonly unknown[] {
  const causes = new Set<unknown>();
  for (let cause = causeOf(error); cause !== undefined && !causes.has(cause); cause = causeOf(cause)) causes.add(cause);
  return [...causes];
}

const causeOf = (error: unknown): unknown => (error as { cause?: unknown } | null)?.cause;

/** The stack of the innermost error: where it happened. */
function stackLines(error: unknown): readonly string[] {
  const { stack = '' } = ((causesOf(error).at(-1) ?? error) as Error | null) ?? {};
  return stack.split('\n').filter(line => /^\s+at /.test(line));
}

/** An error as the document of `--json`. */
export const errorJson = (error: unknown, { verbose }: { readonly verbose: boolean }): unknown => ({
  error: { ...describedIn(error), ...(verbose && { stack: stackLines(error).map(line => line.trim()) }) },
});

function describedIn(error: unknown): object {
  const cause = causeOf(error);
  return {
    name: nameOf(error),
    message: MigrationError.is(error) ? messageOf(error) : sentenceOf(error),
    ...Object.fromEntries(factsOf(error)),
    ...(cause !== undefined && { cause: causeIn(cause, 0) }),
  };
}

function causeIn(error: unknown, depth: number): object {
  const cause = causeOf(error);
  return {
    name: nameOf(error),
    message: messageOf(error),
    ...Object.fromEntries(factsOf(error)),
    ...(cause !== undefined && depth < 8 && { cause: causeIn(cause, depth + 1) }),
  };
}
