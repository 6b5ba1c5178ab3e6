import yargs, { type Argv, type Options, type ParserConfigurationOptions } from 'yargs';
import { nearestTo } from '../revisions/suggestions.ts';
import { type Command, placeholder, type Positional, program, synopsis } from './command.ts';
import { globalGroup, globalOptions } from './global-options.ts';
import { headOf, helpText } from './help-text.ts';
import { adviceOn, UsageError } from './usage-error.ts';

/** By name, as the command declares them. */
export type Arguments = Parameters<Command['run']>[1];

/** What a command line asks for: a command, or a text such as that of `--help`. */
export type Request =
  | { readonly kind: 'command'; readonly command: Command; readonly args: Arguments }
  | { readonly kind: 'text'; readonly text: string };

export interface About {
  readonly version: string;
  /** Of the terminal that help is shown on. */
  readonly width?: number | undefined;
}

/** Reads a command line. Throws UsageError for one that makes no sense. */
export function parse(argv: readonly string[], commands: readonly Command[], about: About): Request {
  let command: Command | undefined;
  const parser = configured(yargs([]), about);
  for (const each of commands) {
    parser.command({
      command: pattern(each),
      describe: each.describe,
      builder: scope => describing(scope, each),
      handler: () => void (command = each),
    });
  }
  let outcome: { readonly args: Parsed; readonly text: string } | undefined;
  const words = withoutClusters(helpAsFlag(argv), commands);
  try {
    void parser.parse(words, {}, (error, args, text) => {
      if (error) throw error;
      outcome = { args: args as unknown as Parsed, text };
    });
  } catch (error) {
    throw asUsageError(error as Error);
  }
  const { args, text } = outcome!;
  if (text === about.version || isCompletion(words)) return { kind: 'text', text: text.trimEnd() };
  if (text) return { kind: 'text', text: helpText(commandIn(words, commands), commands, text) };
  if (!command) throw noCommand(args, commands);
  return { kind: 'command', command, args: checked(command, args) };
}

type Parsed = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/** Ids such as `00123` and `1e5`, and targets such as `+2`, are text; flags are what they are spelled. */
const configuration: Partial<ParserConfigurationOptions> = {
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'camel-case-expansion': false,
  'boolean-negation': false,
  'dot-notation': false,
  'greedy-arrays': false,
};

const configured = (parser: Argv, { version, width = 100 }: About): Argv =>
  parser
    .scriptName(program)
    .parserConfiguration(configuration)
    .locale('en')
    .exitProcess(false)
    .wrap(Math.min(width, 110))
    .options(globalOptions)
    .help('help', 'Show help, also of a command: COMMAND --help')
    .alias('help', 'h')
    .completion('completion', 'Print a script that completes commands and flags in bash or zsh')
    .version('version', 'Show the version', version)
    .group(['help', 'version'], globalGroup)
    .fail((message, error) => {
      throw error ?? new UsageError(message);
    });

/** Every positional is optional to yargs, whose sentences for missing ones do not name them. */
const pattern = ({ name, positionals = {} }: Command): string =>
  [name, ...Object.entries<Positional>(positionals).map(([key, { several }]) => `[${key}${several ? '..' : ''}]`)].join(
    ' ',
  );

function describing(scope: Argv, command: Command): Argv {
  const { positionals = {}, options = {} } = command;
  scope.usage(headOf(command));
  for (const [key, { describe, default: value }] of Object.entries<Positional>(positionals)) {
    scope.positional(key, { type: 'string', describe, ...(value !== undefined && { defaultDescription: value }) });
  }
  return scope.options(options as Record<string, Options>);
}

/** Asked for by the user, who puts the script into a start-up file, or by that script. */
const isCompletion = (words: readonly string[]): boolean =>
  words[0] === 'completion' || words.includes('--get-yargs-completions');

/** The command that help is asked for: the first word that is one. */
const commandIn = (words: readonly string[], commands: readonly Command[]): Command | undefined =>
  words.map(word => commands.find(({ name }) => name === word)).find(command => command !== undefined);

/** `help upgrade` is `upgrade --help`. */
const helpAsFlag = (argv: readonly string[]): readonly string[] =>
  argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;

/** `-mTEXT` means `-m TEXT`; yargs would take each letter for a flag. */
function withoutClusters(argv: readonly string[], commands: readonly Command[]): string[] {
  const takesValue = new Set(
    [globalOptions, ...commands.map(({ options = {} }) => options as Record<string, Options>)]
      .flatMap(table => Object.entries<Options>(table))
      .filter(([, option]) => option.type === 'string')
      .flatMap(([name, option]) => [name, option.alias ?? []].flat())
      .filter(name => name.length === 1),
  );
  return argv.flatMap(word => {
    const [, letter, value] = /^-([A-Za-z])([^=].*)$/s.exec(word) ?? [];
    return letter !== undefined && takesValue.has(letter) ? [`-${letter}`, value!] : [word];
  });
}

/** The arguments by name, where there are no others and none is missing. */
function checked(command: Command, given: Parsed): Arguments {
  const known = knownNames(command);
  const unknown = Object.keys(given).find(name => !known.includes(name) && name !== '_' && name !== '$0');
  if (unknown !== undefined) throw unknownFlag(unknown, known, command);
  const options: Record<string, Options> = { ...globalOptions, ...command.options };
  const flags = Object.entries(options).map(([name, { array }]) => [name, array ? given[name] : lastOf(given[name])]);
  return { ...Object.fromEntries(flags), ...positionalsOf(command, given) } as Arguments;
}

const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : value);

/** By place; what follows `--` is positional too, so that `downgrade -- -1` is what it seems. */
function positionalsOf(command: Command, given: Parsed): Record<string, unknown> {
  const [entry] = Object.entries<Positional>(command.positionals ?? {});
  const extra = given._.slice(1).map(String);
  const found = entry ? [...([given[entry[0]] ?? []].flat() as string[]), ...extra] : extra;
  const surplus = found[entry?.[1].several ? Infinity : entry ? 1 : 0];
  if (surplus !== undefined) {
    throw new UsageError(
      `Unexpected argument "${surplus}"; expected \`${synopsis(command)}\`, see ${helpOn(command)}.`,
    );
  }
  if (!entry) return {};
  const [name, positional] = entry;
  if (found.length === 0 && positional.required) {
    throw new UsageError(
      `\`${command.name}\` was called without ${placeholder(name, positional)} (${positional.describe}); see ${helpOn(command)}.`,
    );
  }
  return { [name]: positional.several ? found : (found[0] ?? positional.default) };
}

const knownNames = ({ options = {}, positionals = {} }: Command): readonly string[] => [
  ...Object.entries<Options>({ ...globalOptions, ...options }).flatMap(([name, { alias }]) =>
    [name, alias ?? []].flat(),
  ),
  ...Object.keys(positionals),
  'help',
  'h',
  'version',
];

const flagOf = (name: string): string => (name.length === 1 ? `-${name}` : `--${name}`);

function unknownFlag(name: string, known: readonly string[], command: Command): UsageError {
  const near = nearestTo(
    name,
    known.filter(each => each.length > 1),
  ).map(flagOf);
  return new UsageError(
    `Unknown option ${flagOf(name)} of \`${command.name}\`; ${adviceOn(near, `see ${helpOn(command)}.`)}`,
    near,
  );
}

const helpOn = ({ name }: Command): string => `\`${program} ${name} --help\``;

function noCommand({ _: [name] }: Parsed, commands: readonly Command[]): UsageError {
  const names = commands.map(each => each.name);
  if (name === undefined) {
    return new UsageError(`No command was given; expected one of ${names.join(', ')}: see \`${program} --help\`.`);
  }
  const near = nearestTo(String(name), names);
  return new UsageError(`Unknown command "${name}"; ${adviceOn(near, `see \`${program} --help\`.`)}`, near);
}

/** What yargs finds wrong, as a sentence. */
function asUsageError(error: Error): Error {
  const [, name] = /^Not enough arguments following: (\S+)$/.exec(error.message) ?? [];
  if (name !== undefined) {
    const flag = flagOf(name);
    return new UsageError(
      `${flag} was given without its value; write ${flag}${flag.startsWith('--') ? '=' : ' '}VALUE.`,
    );
  }
  const [, argument, given, choices] = /Argument: (\S+), Given: (.*), Choices: (.*)/.exec(error.message) ?? [];
  if (argument === undefined) return error;
  return new UsageError(`${flagOf(argument)} was given ${given}; expected one of ${choices}.`);
}
