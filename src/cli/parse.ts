import type { Options, ParserConfigurationOptions } from 'yargs';
import parser from 'yargs-parser';
import { nearestTo } from '../suggestions.ts';
import { flagOf, refuseFlagValues } from './flag-values.ts';
import { type Command, type OptionTable, placeholder, type Positional, program, synopsis } from './command.ts';
import { globalOptions } from './global-options.ts';
import { adviceOn, UsageError } from './usage-error.ts';

/** By name, as the command declares them. */
export type Arguments = Parameters<Command['run']>[1];

/** What a command line asks for: a command, the version, or a text such as that of `--help` (see `textFor`). */
export type Request =
  | { readonly kind: 'command'; readonly command: Command; readonly args: Arguments }
  | { readonly kind: 'version' }
  | { readonly kind: 'text'; readonly words: readonly string[] };

/** Reads a command line. Throws UsageError for one that makes no sense. */
export function parse(argv: readonly string[], commands: readonly Command[]): Request {
  const words = withoutClusters(helpAsFlag(argv), commands);
  if (isCompletion(words)) return { kind: 'text', words };
  const [name] = read(words, globalOptions).argv._;
  const command = commands.find(each => each.name === name);
  const options = { ...globalOptions, ...command?.options };
  refuseValues(words, { ...options, ...textFlags });
  const { argv: given, error } = read(words, options);
  if (given['help']) return { kind: 'text', words };
  if (given['version']) return { kind: 'version' };
  if (!command) throw noCommand(given, commands);
  if (error) throw asUsageError(error);
  return { kind: 'command', command, args: checked(command, given) };
}

/** The words as flags and what stands between them. */
function read(words: readonly string[], table: OptionTable) {
  const options = Object.entries<Options>({ ...table, ...textFlags });
  const named = (holds: (option: Options) => unknown) =>
    options.flatMap(([key, option]) => (holds(option) ? [key] : []));
  return parser.detailed([...words], {
    configuration,
    alias: Object.fromEntries(
      options.flatMap(([key, { alias }]) => (alias === undefined ? [] : [[key, [alias].flat()]])),
    ),
    array: named(({ array }) => array),
    boolean: named(({ type }) => type === 'boolean'),
    string: named(({ type }) => type === 'string'),
    narg: Object.fromEntries(named(({ requiresArg }) => requiresArg).map(key => [key, NaN])),
  }) as { readonly argv: Parsed; readonly error: Error | null };
}

const textFlags = {
  help: { alias: 'h', type: 'boolean' },
  version: { type: 'boolean' },
} as const satisfies OptionTable;

type Parsed = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/** Ids such as `00123` and `1e5`, and targets such as `+2`, are text; flags are what they are spelled. */
export const configuration: Partial<ParserConfigurationOptions> = {
  'parse-numbers': false,
  'parse-positional-numbers': false,
  'camel-case-expansion': false,
  'boolean-negation': false,
  'dot-notation': false,
  'greedy-arrays': false,
};

/** Asked for by the user, who puts the script into a start-up file, or by that script. */
export const isCompletion = (words: readonly string[]): boolean =>
  words[0] === 'completion' || words.includes('--get-yargs-completions');

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

/** Throws a UsageError for a boolean flag with a value of its own, and for one that is both on and off. */
function refuseValues(words: readonly string[], options: OptionTable): void {
  const flags = Object.entries<Options>(options)
    .filter(([, { type }]) => type === 'boolean')
    .map(([name, { alias = [] }]) => [name, alias].flat());
  refuseFlagValues(
    wordsBeforeDashes(words),
    new Map(flags.flatMap(names => names.map(name => [name, names] as const))),
  );
}

const wordsBeforeDashes = (words: readonly string[]): readonly string[] =>
  words.includes('--') ? words.slice(0, words.indexOf('--')) : words;

/** The arguments by name, where there are no others and none is missing. */
function checked(command: Command, given: Parsed): Arguments {
  const known = knownNames(command);
  const unknown = Object.keys(given).find(name => !known.includes(name) && name !== '_' && name !== '$0');
  if (unknown !== undefined) throw unknownFlag(unknown, known, `of \`${command.name}\``, helpOn(command));
  const options: Record<string, Options> = { ...globalOptions, ...command.options };
  for (const [name, { array }] of Object.entries(options)) refuseRepeated(name, given[name], array ?? false);
  const args = {
    ...Object.fromEntries(Object.keys(options).map(name => [name, given[name]])),
    ...positionalsOf(command, given),
  };
  refuseOthers(args, options);
  return args as Arguments;
}

/** One value where an option takes one; where it takes several, each of them once. */
function refuseRepeated(name: string, value: unknown, several: boolean): void {
  if (!Array.isArray(value)) return;
  const told = (values: readonly unknown[]) => values.map(each => `"${String(each)}"`).join(' and ');
  if (!several) {
    throw new UsageError(`${flagOf(name)} takes one value and was given ${told(value)}; give one of them.`);
  }
  const again = repeatedIn(value);
  if (again !== undefined) throw new UsageError(`${flagOf(name)} was given ${told([again])} twice; give it once.`);
}

const repeatedIn = <Value>(values: readonly Value[]): Value | undefined =>
  values.find((value, i) => values.indexOf(value) < i);

function refuseOthers(args: Readonly<Record<string, unknown>>, options: OptionTable): void {
  for (const [name, { choices }] of Object.entries<Options>(options)) {
    const given = args[name];
    if (!choices || given === undefined || choices.includes(given as string)) continue;
    const told = choices.map(choice => `"${choice}"`).join(', ');
    throw new UsageError(`${flagOf(name)} was given "${String(given)}"; expected one of ${told}.`);
  }
}

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
  if (positional.several) refuseContradiction(found);
  return { [name]: positional.several ? found : (found[0] ?? positional.default) };
}

/** Each revision once, and `base`, below all of them, by itself: beside others it would be ignored. */
function refuseContradiction(names: readonly string[]): void {
  const again = repeatedIn(names);
  if (again !== undefined) throw new UsageError(`"${again}" was given twice; give it once.`);
  const other = names.find(name => name !== 'base');
  if (names.includes('base') && other !== undefined)
    throw new UsageError(`base was given with "${other}", though it is below every revision; give one of them.`);
}

const namesIn = (options: OptionTable): readonly string[] =>
  Object.entries<Options>(options).flatMap(([name, { alias = [] }]) => [name, alias].flat());

const globalNames = namesIn({ ...globalOptions, ...textFlags });

const knownNames = ({ options = {}, positionals = {} }: Command): readonly string[] => [
  ...globalNames,
  ...namesIn(options),
  ...Object.keys(positionals),
];

function unknownFlag(name: string, known: readonly string[], where: string, help: string): UsageError {
  const near = nearestTo(
    name,
    known.filter(each => each.length > 1),
  ).map(flagOf);
  return new UsageError(`Unknown option ${flagOf(spelled(name))} ${where}; ${adviceOn(near, `see ${help}.`)}`, near);
}

/** The parser keeps this one name under another. */
const spelled = (name: string): string => (name === '___proto___' ? '__proto__' : name);

const helpOn = ({ name }: Command): string => `\`${program} ${name} --help\``;

function noCommand(given: Parsed, commands: readonly Command[]): UsageError {
  const names = commands.map(each => each.name);
  const [name] = given._;
  const unknown = Object.keys(given).find(
    key => !globalNames.includes(key) && key !== '_' && (name === undefined || names.includes(String(given[key]))),
  );
  // Nothing says whether the next word is such an option's value or the command.
  if (unknown !== undefined)
    return unknownFlag(
      unknown,
      globalNames,
      'before a command, where only global options stand',
      `\`${program} --help\``,
    );
  if (name === undefined) {
    return new UsageError(`No command was given; expected one of ${names.join(', ')}: see \`${program} --help\`.`);
  }
  const near = nearestTo(String(name), names);
  return new UsageError(`Unknown command "${name}"; ${adviceOn(near, `see \`${program} --help\`.`)}`, near);
}

/** What the parser finds wrong, as a sentence. */
function asUsageError(error: Error): Error {
  const [, name] = /^Not enough arguments following: (\S+)$/.exec(error.message) ?? [];
  if (name === undefined) return error;
  const flag = flagOf(name);
  return new UsageError(`${flag} was given without its value; write ${flag}${flag.startsWith('--') ? '=' : ' '}VALUE.`);
}
