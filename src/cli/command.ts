import type { InferredOptionTypes, Options } from 'yargs';
import type { Context } from './context.ts';
import type { GlobalArguments } from './global-options.ts';

export const program = 'typeorm-alembic';

/** What a command has to say. */
export interface Outcome {
  /** 0 by default. */
  readonly exitCode?: number;
  /** The document of `--json`. */
  readonly json: unknown;
  /** The result for people, and for pipes. */
  readonly lines?: readonly string[];
  /** In place of lines: a script, a file or a page of help, printed as it is. */
  readonly verbatim?: string;
  /** That it is done; left out with `--quiet`. */
  readonly summary?: string | readonly string[];
}

/** A positional argument. */
export interface Positional {
  readonly describe: string;
  readonly required?: true;
  /** Takes all arguments that are left. */
  readonly several?: true;
  readonly default?: string;
}

export type PositionalTable = Readonly<Record<string, Positional>>;
export type OptionTable = Readonly<Record<string, Options>>;

type PositionalValue<Each extends Positional> = Each extends { several: true }
  ? readonly string[]
  : Each extends { required: true } | { default: string }
    ? string
    : string | undefined;

export type ArgumentsOf<Positionals extends PositionalTable, Flags extends OptionTable> = {
  readonly [Name in keyof Positionals]: PositionalValue<Positionals[Name]>;
} & Readonly<InferredOptionTypes<Flags>>;

export interface Command<
  Positionals extends PositionalTable = PositionalTable,
  Flags extends OptionTable = OptionTable,
> {
  readonly name: string;
  /** What it does, in a line of the overview. */
  readonly describe: string;
  /** What to know before using it. */
  readonly details?: string;
  readonly positionals?: Positionals;
  readonly options?: Flags;
  /** Command lines, and what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  run(context: Context, args: ArgumentsOf<Positionals, Flags> & GlobalArguments): Promise<Outcome>;
}

/** A command as it is given: for the types of its arguments. */
export const defineCommand = <
  const Positionals extends PositionalTable = Record<never, Positional>,
  const Flags extends OptionTable = Record<never, Options>,
>(
  command: Command<Positionals, Flags>,
): Command => command as unknown as Command;

/** `downgrade TARGET`, `merge REVISIONS…`: how a command is called. */
export const synopsis = ({ name, positionals = {} }: Command): string =>
  [name, ...Object.entries<Positional>(positionals).map(([key, positional]) => placeholder(key, positional))].join(' ');

export function placeholder(key: string, { required, several }: Positional): string {
  const text = `${key.toUpperCase()}${several ? '…' : ''}`;
  return required ? text : `[${text}]`;
}
