import { describe, expect, test } from '@jest/globals';
import type { Options } from 'yargs';
import { synopsis } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands.ts';
import { globalOptions, xArguments } from '../../src/cli/global-options.ts';
import { parse } from '../../src/cli/parse.ts';
import { textFor } from '../../src/cli/text-for.ts';
import { UsageError } from '../../src/cli/usage-error.ts';

const read = (line: string) => parse(line.split(' ').filter(Boolean), commands);

function argumentsOf(line: string): Record<string, unknown> {
  const request = read(line);
  if (request.kind !== 'command') throw new Error(`${line} asks for a text`);
  const given = Object.entries(request.args).filter(([, value]) => value !== undefined);
  return { command: request.command.name, ...Object.fromEntries(given) };
}

function refusal(line: string): UsageError {
  try {
    read(line);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`${line} was taken`);
}

describe('targets are text', () => {
  test.each([
    ['downgrade -1', '-1'],
    ['downgrade -12', '-12'],
    ['downgrade -- -1', '-1'],
    ['downgrade billing@-1', 'billing@-1'],
    ['upgrade +2', '+2'],
    ['upgrade 00123', '00123'],
    ['upgrade 1e5', '1e5'],
    ['upgrade aa11:+2 --sql', 'aa11:+2'],
    ['upgrade', 'heads'],
  ])('%s', (line, target) => {
    expect(argumentsOf(line)).toMatchObject({ target });
  });

  test('ranges that begin with a minus are values', () => {
    expect(argumentsOf('history -r -3:current')).toMatchObject({ 'rev-range': '-3:current' });
    expect(argumentsOf('history -r-3:')).toMatchObject({ 'rev-range': '-3:' });
    expect(argumentsOf('history --rev-range=-3:')).toMatchObject({ 'rev-range': '-3:' });
  });
});

describe('flags', () => {
  test('stand before or after the command', () => {
    expect(argumentsOf('-c db.ts -x a=1 upgrade --sql -x b=2 -vq')).toEqual({
      command: 'upgrade',
      target: 'heads',
      config: 'db.ts',
      x: ['a=1', 'b=2'],
      sql: true,
      verbose: true,
      quiet: true,
    });
  });

  test('short ones take their value with or without a blank', () => {
    expect(argumentsOf('revision -mhello')).toMatchObject({ message: 'hello' });
    expect(argumentsOf('revision -m=hello')).toMatchObject({ message: 'hello' });
    expect(argumentsOf('merge aa bb -m hello')).toMatchObject({ message: 'hello', revisions: ['aa', 'bb'] });
  });

  test('that may be repeated are lists', () => {
    expect(argumentsOf('revision --depends-on a --depends-on b --rename x:y -m one')).toMatchObject({
      'depends-on': ['a', 'b'],
      rename: ['x:y'],
      message: 'one',
    });
  });

  test.each([
    [['=b'], '-x was given "=b", which has no key; write -x KEY=VALUE.'],
    [['a=1', ''], '-x was given "", which has no key; write -x KEY=VALUE.'],
    [['a=1', 'b=1', 'a=2'], '-x was given two values for the key "a"; give one of them.'],
    [['a', 'a=2'], '-x was given two values for the key "a"; give one of them.'],
  ])('-x %j is refused', (pairs, sentence) => {
    expect(() => xArguments(pairs)).toThrow(new UsageError(sentence));
  });

  test('-x without a value is empty', () => {
    expect(xArguments(['tenant=acme', 'data', 'url=a=b'])).toEqual({ tenant: 'acme', data: '', url: 'a=b' });
  });
});

describe('what makes no sense is a sentence', () => {
  test.each([
    ['', /^No command was given; expected one of init, revision, .*--help`\.$/],
    ['upgrad', /^Unknown command "upgrad"; did you mean `upgrade`\?$/],
    ['frobnicate', /^Unknown command "frobnicate"; see `typeorm-alembic --help`\.$/],
    ['upgrade --dryrun', /^Unknown option --dryrun of `upgrade`; did you mean `--dry-run`\?$/],
    ['revision --autogen', /did you mean `--autogenerate`\?$/],
    ['heads -z', /^Unknown option -z of `heads`; see `typeorm-alembic heads --help`\.$/],
    ['upgrade aa bb', /^Unexpected argument "bb"; expected `upgrade \[TARGET\]`/],
    ['heads aa', /^Unexpected argument "aa"; expected `heads`/],
    ['downgrade', /^`downgrade` was called without TARGET \(.*\); see `typeorm-alembic downgrade --help`\.$/],
    ['merge', /^`merge` was called without REVISIONS…/],
    ['revision -m', /^-m was given without its value; write -m VALUE\.$/],
    ['upgrade --tag', /^--tag was given without its value; write --tag=VALUE\.$/],
    ['history --format svg', /^--format was given "svg"; expected one of "text", "mermaid", "dot", "json"\.$/],
    [
      '--json --no-json heads',
      /^Unknown option --no-json before a command, where only global options stand; see `typeorm-alembic --help`\.$/,
    ],
    ['--no-json upgrade head', /^Unknown option --no-json before a command/],
    ['--sql upgrade', /^Unknown option --sql before a command, where only global options stand; /],
    ['-V', /^Unknown option -V before a command, .*; see `typeorm-alembic --help`\.$/],
    ['--help=no upgrade', /^--help was given "no"; it takes no value: write --help, or leave it out\.$/],
    ['upgrade --__proto__ x', /^Unknown option --__proto__ of `upgrade`; see /],
    ['--__proto__ upgrade', /^Unknown option --__proto__ before a command, /],
    ['upgrade --version=1', /^--version was given "1"/],
    ['--json=maybe frobnicate', /^--json was given "maybe"/],
  ])('%s', (line, sentence) => {
    expect(refusal(line).message).toMatch(sentence);
  });

  test('with what was meant as a field', () => {
    expect(refusal('hsitory').suggestions).toEqual(['history']);
    expect(refusal('heads --verbos').suggestions[0]).toBe('--verbose');
  });
});

describe('of every option', () => {
  const flagsOf = (holds: (option: Options) => boolean) =>
    commands.flatMap((command, i) =>
      Object.entries<Options>({ ...(i === 0 && globalOptions), ...command.options })
        .filter(([, option]) => holds(option))
        .map(([name, { alias = [], choices = ['a=1', 'b=2'] }]) => ({
          command,
          flags: [name, alias].flat().map(each => (each.length === 1 ? `-${each}` : `--${each}`)),
          values: choices.slice(0, 2).map(String),
        })),
    );
  const refused = (words: readonly string[]) => expect(() => parse(words, commands)).toThrow(UsageError);
  const taken = (words: readonly string[]) => expect(() => parse(words, commands)).not.toThrow();

  test('that takes one value, two are refused', () => {
    const options = flagsOf(({ type, array }) => type === 'string' && !array);
    expect(options.length).toBeGreaterThan(9);
    for (const { command, flags, values } of options)
      for (const first of flags)
        for (const second of flags)
          for (const value of values) {
            taken([command.name, 'aa', first, value].filter(word => command.positionals || word !== 'aa'));
            refused([command.name, first, values[0]!, second, value]);
            refused([first, values[0]!, command.name, second, value]);
          }
  });

  test('that may be repeated, the same value twice is refused', () => {
    const options = flagsOf(({ array }) => array === true);
    expect(options.length).toBeGreaterThan(3);
    for (const { command, flags, values } of options) {
      const words = [command.name, ...(command.positionals ? ['aa'] : []), ...flags.slice(0, 1)];
      taken([...words, values[0]!, flags[0]!, values[1]!]);
      refused([...words, values[0]!, flags[0]!, values[0]!]);
    }
  });

  test('that is on or off, both are refused', () => {
    for (const { command, flags } of flagsOf(({ type }) => type === 'boolean')) {
      const words = [command.name, ...(command.positionals ? ['aa'] : [])];
      for (const first of flags)
        for (const second of flags) {
          taken([...words, first, second]);
          refused([...words, first, `${second}=false`]);
          refused([...words, `${first}=false`, second]);
          refused([...words, first, 'false', second]);
          refused([...words, `${first}=true`, `${second}=false`]);
        }
    }
    expect(refusal('upgrade -qv --quiet=false').message).toBe(
      '--quiet was given both on and off; write --quiet, or leave it out.',
    );
  });
});

describe('of every command that takes several revisions', () => {
  const several = commands.filter(({ positionals = {} }) => Object.values(positionals).some(each => each.several));

  test.each(several.map(({ name }) => name))('%s: base beside others, and one twice', name => {
    expect(refusal(`${name} base heads`).message).toMatch(/^base was given with "heads", though it is below every/);
    expect(refusal(`${name} aa base`).message).toMatch(/^base was given with "aa"/);
    expect(refusal(`${name} aa bb aa`).message).toBe('"aa" was given twice; give it once.');
    expect(argumentsOf(`${name} base`)).toMatchObject({ revisions: ['base'] });
    expect(argumentsOf(`${name} aa bb`)).toMatchObject({ revisions: ['aa', 'bb'] });
  });
});

describe('a boolean flag with a value of its own is refused', () => {
  test.each(commands.map(command => [command.name, command] as const))('of %s', (_, command) => {
    const options = Object.entries<Options>({ ...globalOptions, ...command.options });
    const names = options.flatMap(([name, { type, alias = [] }]) => (type === 'boolean' ? [name, alias].flat() : []));
    expect(names).toContain('quiet');
    expect(names).toContain('q');
    for (const name of names) {
      const flag = name.length === 1 ? `-${name}` : `--${name}`;
      const values = ['yes', 'no', '1', '0', 'TRUE', 'on', '', 'true ', '-1'].map(value => [`${flag}=${value}`, value]);
      const attached = name.length > 1 ? [] : ['1', '0', '-1', '.x', '-'].map(value => [`${flag}${value}`, value]);
      for (const [word, value] of [...values, ...attached]) {
        const sentence = `${flag} was given "${value}"; it takes no value: write ${flag}, or leave it out.`;
        for (const line of [
          [command.name, 'base', word!],
          [command.name, word!, flag],
        ]) {
          expect(() => parse(line, commands)).toThrow(new UsageError(sentence));
        }
        expect(() => parse([word!, command.name], commands)).toThrow(UsageError);
      }
    }
  });

  test('but not `true` and `false`, nor what stands after --, nor the value of another option', () => {
    expect(argumentsOf('downgrade base --dry-run=true --sql=false -q true')).toMatchObject({
      'dry-run': true,
      sql: false,
      quiet: true,
      target: 'base',
    });
    expect(argumentsOf('downgrade -- --dry-run=yes')).toMatchObject({ target: '--dry-run=yes' });
    expect(argumentsOf('revision --message=--json=yes')).toMatchObject({ message: '--json=yes' });
    expect(argumentsOf('revision -vm json=yes')).toMatchObject({ verbose: true, message: 'json=yes' });
  });

  test('in a group of letters', () => {
    expect(refusal('upgrade -qv=yes').message).toMatch(/^-v was given "yes"; /);
  });
});

describe('help', () => {
  const helpOf = (line: string): string => {
    const request = read(line);
    return request.kind === 'text' ? textFor(request.words, commands, { version: '1.2.3' }) : '';
  };

  test('lists every command and the exit codes', () => {
    const help = helpOf('--help');
    for (const command of commands) expect(help).toContain(`  ${synopsis(command)} `);
    for (const { describe } of commands) expect(help).toContain(`  ${describe}\n`);
    expect(help).toContain('Exit codes: 0 done, 1 error, 2 something is pending or differs');
    expect(helpOf('-h')).toBe(help);
    expect(read('--version')).toEqual({ kind: 'version' });
  });

  test.each(commands.map(command => [command.name, command] as const))(
    '%s: its arguments, flags and examples',
    (name, command) => {
      const help = helpOf(`${name} --help`);
      expect(help.split('\n\n').slice(0, 2)).toEqual([
        `typeorm-alembic ${synopsis(command)} [options]`,
        `${command.describe}.`,
      ]);
      for (const flag of Object.keys(command.options ?? {})) expect(help).toContain(`--${flag}`);
      for (const [line, does] of command.examples) expect(help).toContain(`  typeorm-alembic ${line}\n      ${does}`);
      expect(help.indexOf('\nGlobal options:')).toBeGreaterThan(help.indexOf('\nOptions:'));
      expect(helpOf(`help ${name}`)).toBe(help);
    },
  );

  test('the examples of every command are command lines that are understood', () => {
    for (const [line] of commands.flatMap(({ examples }) => examples)) {
      const words = [...line.replace(/ > .*/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, plain]) => quoted ?? plain!,
      );
      expect(parse(words, commands)).toMatchObject({ kind: 'command' });
    }
  });
});
