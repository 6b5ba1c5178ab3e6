import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { errorLines } from '../../src/cli/describe-error.ts';
import { operationLines } from '../../src/cli/operation-text.ts';
import { planLines } from '../../src/cli/plan-text.ts';
import { printError, printOutcome } from '../../src/cli/print.ts';
import { coloured, plain } from '../../src/cli/style.ts';
import { MigrationError } from '../../src/errors.ts';
import { statementsOf, type Operation } from '../../src/objects/kinds.ts';
import { setupOf } from '../../src/runner/context.ts';
import type { PlannedStep } from '../../src/runner/runner.ts';
import { lineText } from '../../src/terminal-text.ts';

const pieces = ['\n', '\r\n', '\u2028', '\u2029', '\u0085', '\u001B[2J', '\u001B]0;title\u0007', '\u009B31m', '\u202E'];
const commands = [
  '::error::',
  ' ::add-mask::x',
  '##[error]',
  '##vso[task.complete]',
  "it's",
  '"q"',
  '`',
  '${x}',
  '*/',
  '\\',
];
/** A name as somebody who may name things in the database could write it. */
const name = fc
  .array(fc.constantFrom(...pieces, ...commands), { minLength: 1, maxLength: 5 })
  .map(parts => parts.join(''));

const operation: fc.Arbitrary<Operation> = fc.oneof(
  name.map(each => ({ op: 'dropTable', name: each }) as const),
  fc.tuple(name, name).map(([table, each]) => ({ op: 'dropColumn', table, name: each }) as const),
  fc.tuple(name, name).map(([from, to]) => ({ op: 'renameEnum', from, to }) as const),
  fc.tuple(name, name).map(
    ([table, each]) =>
      ({
        op: 'addColumn',
        table,
        column: { name: each, type: 'text', nullable: true, default: `'${each}'` },
      }) as const,
  ),
  fc.tuple(name, name).map(([each, table]) => ({ op: 'createIndex', name: each, table, columns: [each] }) as const),
  name.map(each => ({ op: 'createView', name: each, definition: `SELECT '${each}'` }) as const),
);

/** What a terminal or the log of a build would take for something else than text. */
function assertHarmless(printed: string): void {
  for (const line of printed.split(/\r\n|[\n\r\u2028\u2029\u0085]/)) expect(line).not.toMatch(/^\s*::|##(?:\[|vso\[)/);
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  expect(printed.replaceAll(/\u001B\[\d{1,2}m/g, '')).not.toMatch(
    // eslint-disable-next-line no-control-regex -- the same
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/,
  );
}

const printedBy = (print: (output: { write(text: string): void }) => void): string => {
  const written: string[] = [];
  print({ write: text => void written.push(text) });
  return written.join('');
};

const runs = { numRuns: 300, seed: 20 };

test('an error says in its own message what the command line prints of it, on one line and once escaped', () => {
  fc.assert(
    fc.property(name, text => {
      const { message } = new MigrationError(`Found ${text}; expected another`, { cause: new Error(text) });
      assertHarmless(message);
      expect(message).not.toContain('\n');
      expect(new MigrationError(message).message).toBe(message);
      expect(errorLines(new MigrationError(text), { style: plain, verbose: false })).toEqual([
        `Error: ${new MigrationError(text).message}`,
      ]);
      const error = new MigrationError(message);
      const printing = { json: false, quiet: false, verbose: false, style: plain, outputStyle: plain };
      expect(printedBy(output => printError(error, { stdout: output, stderr: output }, printing))).toBe(
        `Error: ${message}\n`,
      );
    }),
    runs,
  );
});

test('a text without an end has one in a message, which still says what to do, and lines of code stay lines', () => {
  for (const letter of ['x', '🙂', '\u0000', ' \n']) {
    const { message } = new MigrationError(`Found ${letter.repeat(100_000)}; correct it`);
    expect(message.length).toBeLessThan(4_100);
    expect(message).toMatch(/^Found .*; correct it\.$/su);
    expect(message).not.toMatch(/\p{Surrogate}/u);
  }
  const { message } = new MigrationError('It lacks:', { code: 'one(\u001B[2J)\n  two()' });
  expect(message).toBe('It lacks:\n\none(\\x1b[2J)\n  two()\n');
});

test('a logger of the project is given lines that it may show as they are', () => {
  fc.assert(
    fc.property(name, text => {
      const lines: string[] = [];
      const logger = { info: (line: string) => void lines.push(line), warn: (line: string) => void lines.push(line) };
      const setup = setupOf(new DataSource({ type: 'postgres' }), { revisions: [] }, { logger });
      setup.logger.info(`Running upgrade  -> a1, ${text}`);
      setup.logger.warn(text);
      for (const line of lines) expect(lineText(line)).toBe(line);
      assertHarmless(lines.join('\n'));
      expect(lines.flatMap(line => line.split(/[\r\n]/))).toHaveLength(2);
    }),
    { ...runs, numRuns: 100 },
  );
});

describe.each([
  ['in colour', coloured],
  ['without', plain],
])('%s, no name is more than text', (_, style) => {
  const printing = { json: false, quiet: false, style, outputStyle: style };

  test('in the differences that check tells of', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 4 }), fc.boolean(), (operations, verbose) => {
        const lines = operationLines(operations, each => statementsOf(each as Operation), { style, verbose });
        const printed = printedBy(output => printOutcome({ json: {}, lines, summary: 'done' }, output, printing));
        assertHarmless(printed);
        if (!verbose) expect(printed.trimEnd().split('\n')).toHaveLength(lines.length + 1);
        assertHarmless(printedBy(output => printOutcome({ json: operations }, output, { ...printing, json: true })));
      }),
      runs,
    );
  });

  test('in a plan, an error and its facts', () => {
    fc.assert(
      fc.property(operation, name, (each, text) => {
        const step = {
          transactional: true,
          statements: statementsOf(each),
          needsDatabase: false,
        } as unknown as PlannedStep;
        const form = { style, titleOf: () => text, sqlOf: ({ sql }: { readonly sql: string }) => sql };
        assertHarmless(
          printedBy(output => printOutcome({ json: {}, lines: planLines([step], form) }, output, printing)),
        );
        const error = Object.assign(new MigrationError(text, { cause: new Error(text) }), { statement: text });
        for (const verbose of [true, false])
          assertHarmless(
            printedBy(output => printError(error, { stdout: output, stderr: output }, { ...printing, verbose })),
          );
        expect(errorLines(error, { style, verbose: false })).toHaveLength(1);
      }),
      runs,
    );
  });
});
