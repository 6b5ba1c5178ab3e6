import yargs, { type Argv, type Options } from 'yargs';
import { type Command, type Positional, program } from './command.ts';
import { globalGroup, globalOptions } from './global-options.ts';
import { headOf, helpText } from './help-text.ts';
import { configuration, isCompletion } from './parse.ts';

export interface About {
  readonly version: string;
  /** Of the terminal that help is shown on. */
  readonly width?: number | undefined;
}

/**
 * The text that a command line asks for: help, or what completes words in a shell. Only this loads yargs, which takes
 * longer than reading the command line of a command.
 */
export function textFor(words: readonly string[], commands: readonly Command[], about: About): string {
  const parser = configured(yargs([]), about);
  for (const command of commands) {
    parser.command({
      command: pattern(command),
      describe: command.describe,
      builder: scope => describing(scope, command),
      handler: () => {},
    });
  }
  let text = '';
  void parser.parse([...words], {}, (error, _, output) => {
    if (error) throw error;
    text = output;
  });
  return isCompletion(words) ? text.trimEnd() : helpText(commandIn(words, commands), commands, text);
}

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
    .group(['help', 'version'], globalGroup);

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

/** The command that help is asked for: the first word that is one. */
const commandIn = (words: readonly string[], commands: readonly Command[]): Command | undefined =>
  words.map(word => commands.find(({ name }) => name === word)).find(command => command !== undefined);
