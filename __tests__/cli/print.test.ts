import assert from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { commands } from '../../src/cli/commands.ts';
import { runCommandLine } from '../../src/cli/run.ts';
import { LockNotAcquiredError } from '../../src/database/advisory-lock.ts';
import { MigrationError } from '../../src/errors.ts';
import { errorJson, errorLines, exitCodeOf, sentenceOf } from '../../src/cli/describe-error.ts';
import { printOutcome } from '../../src/cli/print.ts';
import { coloured, plain, styleFor } from '../../src/cli/style.ts';

describe('an error', () => {
  class ServerError extends Error {
    readonly code = '42P01';
    readonly detail = 'first line\nsecond line';
    readonly routine = 'parserOpenTable';
  }
  class FailedError extends MigrationError {
    override readonly name = 'FailedError';
    readonly statement = 'SELECT 1';
  }
  const failed = new FailedError('It failed\n  and stays', { cause: new ServerError('no such table') });

  test('is one sentence on one line', () => {
    expect(sentenceOf(failed)).toBe('It failed and stays.');
    expect(sentenceOf(new MigrationError('Did you mean it?'))).toBe('Did you mean it?');
    expect(errorLines(failed, { style: plain, verbose: false })).toEqual(['Error: It failed and stays.']);
    expect(errorLines(failed, { style: coloured, verbose: false })[0]).toContain('\u001B[31mError:\u001B[39m');
  });

  test('that nobody foresaw says so, whatever was thrown', () => {
    expect(sentenceOf(new TypeError('x is not a function'))).toMatch(
      /^Unexpected TypeError: x is not a function; .*--verbose\.$/,
    );
    expect(sentenceOf('a text')).toMatch(/^Unexpected Error: a text;/);
    expect(sentenceOf(undefined)).toMatch(/^Unexpected Error: undefined;/);
    expect(exitCodeOf(undefined)).toBe(1);
  });

  test('tells its facts, its causes with theirs, and the innermost stack where asked', () => {
    const lines = errorLines(failed, { style: plain, verbose: true });
    expect(lines.slice(0, 6)).toEqual([
      'Error: It failed and stays.',
      '  statement: SELECT 1',
      'caused by Error: no such table',
      '  code: 42P01',
      '  detail: first line',
      '    second line',
    ]);
    expect(lines[6]).toMatch(/^ +at .*print\.test\.ts/);
  });

  test('is a JSON document', () => {
    expect(errorJson(failed, { verbose: false })).toEqual({
      error: {
        name: 'FailedError',
        message: 'It failed and stays.',
        statement: 'SELECT 1',
        cause: { name: 'Error', message: 'no such table', code: '42P01', detail: 'first line\nsecond line' },
      },
    });
    expect(errorJson(failed, { verbose: true })).toMatchObject({
      error: { stack: expect.arrayContaining([expect.stringContaining('print.test.ts')]) },
    });
  });

  test('keeps the facts that are empty: an identifier that was given as nothing', () => {
    const facts = { identifier: '', range: '', heads: [], given: {}, count: 0, isAhead: false, table: null };
    const error = Object.assign(new MigrationError('none'), facts, { missing: undefined });
    expect(errorJson(Object.assign(error, { cause: { ...facts } }), { verbose: false })).toEqual({
      error: {
        name: 'MigrationError',
        message: 'none.',
        ...facts,
        cause: { name: 'Error', message: expect.any(String), ...facts },
      },
    });
    expect(errorLines(error, { style: plain, verbose: true })).toContain('  identifier: ""');
  });

  test('whose causes go round in a circle ends', () => {
    const circular: Error & { cause?: unknown } = new MigrationError('round');
    circular.cause = circular;
    expect(errorLines(circular, { style: plain, verbose: true })[1]).toMatch(/^caused by/);
    expect(() => JSON.stringify(errorJson(circular, { verbose: true }))).not.toThrow();
  });

  test('has an exit code by its name, also from another copy of the library', () => {
    expect(exitCodeOf(new LockNotAcquiredError(5, undefined))).toBe(4);
    expect(exitCodeOf({ name: 'WouldLoseRowsError', message: '' })).toBe(3);
    expect(exitCodeOf({ name: 'JournalMismatchError', message: '' })).toBe(5);
    expect(exitCodeOf(failed)).toBe(1);
  });
});

describe('an error of any making ends the command with a word and exit code 1', () => {
  const circular = Object.assign(new Error('socket hang up'), { request: {} as { response?: unknown } });
  circular.request.response = circular;
  const thrown: Readonly<Record<string, unknown>> = {
    'one that holds itself': circular,
    'one with a bigint': Object.assign(new Error('overflow'), { rows: 10n }),
    'one whose cause holds itself': new MigrationError('It failed', { cause: circular }),
    'one with a field that throws': Object.defineProperty(new Error('trap'), 'field', {
      enumerable: true,
      get: () => assert.fail('no'),
    }),
    'one whose message throws': Object.defineProperty(new Error(), 'message', { get: () => assert.fail('no') }),
    'an object without a prototype': Object.create(null),
    nothing: undefined,
  };

  describe.each(Object.keys(thrown))('%s', kind => {
    test.each(['--json', '--verbose', '--quiet'])('%s', async flag => {
      const fail = { ...commands.find(({ name }) => name === 'heads')!, run: () => Promise.reject(thrown[kind]) };
      const written = { stdout: '', stderr: '' };
      const world = {
        directory: '/',
        environment: {},
        stdout: { write: (text: string) => (written.stdout += text) },
        stderr: { write: (text: string) => (written.stderr += text) },
      };
      expect(await runCommandLine(['heads', flag], world, [fail])).toBe(1);
      if (flag === '--json')
        expect(JSON.parse(written.stdout)).toMatchObject({ error: { message: expect.any(String) } });
      else expect(written.stderr).toMatch(/^Error: .{5}/);
    });
  });
});

describe('an outcome', () => {
  const outcome = {
    json: { many: new Set([1n]), map: new Map([['a', undefined]]) },
    lines: ['one', 'two'],
    summary: 'done',
  };
  const printed = (printing: { json: boolean; quiet: boolean }, what: Parameters<typeof printOutcome>[0] = outcome) => {
    const written: string[] = [];
    printOutcome(what, { write: text => written.push(text) }, printing);
    return written.join('');
  };

  test('is lines and a summary, which quiet leaves out', () => {
    expect(printed({ json: false, quiet: false })).toBe('one\ntwo\ndone\n');
    expect(printed({ json: false, quiet: true })).toBe('one\ntwo\n');
    expect(printed({ json: false, quiet: true }, { json: {}, summary: 'done' })).toBe('');
  });

  test('is a document, quiet or not', () => {
    expect(JSON.parse(printed({ json: true, quiet: true }))).toEqual({ many: ['1'], map: {} });
  });
});

describe('colours', () => {
  const terminal = { isTTY: true };

  test.each([
    ['a terminal', terminal, {}, false, true],
    ['a pipe', {}, {}, false, false],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }, false, false],
    ['an empty NO_COLOR', terminal, { NO_COLOR: '' }, false, true],
    ['FORCE_COLOR in a pipe', {}, { FORCE_COLOR: '1' }, false, true],
    ['FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false, false],
    ['--no-color before FORCE_COLOR', terminal, { FORCE_COLOR: '1' }, true, false],
    ['a dumb terminal', terminal, { TERM: 'dumb' }, false, false],
  ])('%s', (_, stream, environment, noColor, wanted) => {
    expect(styleFor(stream, environment, noColor)).toBe(wanted ? coloured : plain);
  });
});
