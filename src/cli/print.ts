import type { Outcome } from './command.ts';
import { errorJson, errorLines } from './describe-error.ts';
import type { Style } from './style.ts';

/** Where text goes. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** How a command's outcome is told. */
export interface Printing {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Of standard error. */
  readonly style: Style;
}

/** The result on standard output: one JSON document, or lines and, unless quiet, the summary. */
export function printOutcome(
  outcome: Outcome,
  output: Output,
  { json, quiet }: Pick<Printing, 'json' | 'quiet'>,
): void {
  if (json) return void output.write(jsonText(outcome.json));
  const { lines = [], summary } = outcome;
  const all = [...lines, ...(summary === undefined || quiet ? [] : [summary])];
  if (all.length > 0) output.write(`${all.join('\n')}\n`);
}

/** An error: a sentence on standard error; with `--json`, a document on standard output. */
export function printError(
  error: unknown,
  outputs: { readonly stdout: Output; readonly stderr: Output },
  printing: Printing,
): void {
  if (printing.json) outputs.stdout.write(jsonText(errorJson(error, printing)));
  else outputs.stderr.write(`${errorLines(error, printing).join('\n')}\n`);
}

export const jsonText = (value: unknown): string => `${JSON.stringify(value, plainly, 2)}\n`;

/** What JSON has no words for. */
function plainly(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  return value;
}
