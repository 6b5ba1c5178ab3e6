import { MigrationError } from '../errors.ts';
import type { Outcome } from './command.ts';
import { errorJson, errorLines } from './describe-error.ts';
import { jsonText } from './json.ts';
import type { Output } from './output.ts';
import { coloured, type Style } from './style.ts';
import { colouredLineText, lineText } from '../terminal-text.ts';

/** The result could not be written to standard output: a full disk, perhaps. */
export class UnwrittenOutputError extends MigrationError {
  override readonly name = 'UnwrittenOutputError';

  constructor(cause: NodeJS.ErrnoException) {
    super(
      `The result could not be written to standard output (${cause.message}), so what is there is not complete: free space or name another place, and run the command again.`,
      { cause },
    );
  }
}

/** How a command's outcome is told. */
export interface Printing {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Of standard error. */
  readonly style: Style;
  /** Of standard output. */
  readonly outputStyle: Style;
}

/** The result on standard output: one JSON document, or lines and, unless quiet, the summary. */
export function printOutcome(
  outcome: Outcome,
  output: Output,
  { json, quiet, outputStyle }: Pick<Printing, 'json' | 'quiet'> & Partial<Pick<Printing, 'outputStyle'>>,
): void {
  if (json) return void output.write(jsonText(outcome.json));
  const { lines = [], verbatim, summary = [] } = outcome;
  if (verbatim !== undefined && verbatim !== '') output.write(`${verbatim}\n`);
  const all = [...lines, ...(quiet ? [] : [summary].flat())];
  if (all.length > 0) output.write(textOf(all, outputStyle));
}

/** An error: a sentence on standard error; with `--json`, a document on standard output. */
export function printError(
  error: unknown,
  outputs: { readonly stdout: Output; readonly stderr: Output },
  printing: Printing,
): void {
  if (printing.json) outputs.stdout.write(jsonText(errorJson(error, printing)));
  else outputs.stderr.write(textOf(errorLines(error, printing), printing.style));
}

/** Lines as they are written: each stays one, whatever is in it. */
const textOf = (lines: readonly string[], style?: Style): string =>
  lines.map(line => `${style === coloured ? colouredLineText(line) : lineText(line)}\n`).join('');
