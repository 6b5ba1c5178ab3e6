import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { createContext, type World } from './context.ts';
import { exitCodeOf } from './describe-error.ts';
import type { GlobalArguments } from './global-options.ts';
import { InterruptedError } from './interrupted-error.ts';
import { packageVersion } from './package-version.ts';
import { parse, type Request } from './parse.ts';
import { printError, printOutcome, type Printing } from './print.ts';
import { styleFor } from './style.ts';
import { explained } from '../unexpected-error.ts';

/** Does what a command line asks for, prints what came of it, and gives the exit code. Never rejects. */
export async function runCommandLine(
  argv: readonly string[],
  world: World,
  available: readonly Command[] = commands,
): Promise<number> {
  let printing = printingIn(argv, world);
  try {
    const request = parse(argv, available);
    if (request.kind === 'command') printing = printingFor(request.args, world);
    const { interruption, crash = never } = world;
    return await Promise.race([obey(request, available, world, printing), endOf(interruption), crash]);
  } catch (error) {
    try {
      return reportFailure(error, world, printing);
    } catch (reason) {
      // An error may be made so that looking at it throws, and a command never ends without a word.
      printError(new Error(`an error was thrown that cannot be described (${String(reason)})`), world, printing);
      return 1;
    }
  }
}

/** Prints the error and gives the exit code. */
function reportFailure(error: unknown, world: World, printing: Printing): number {
  const { interruption } = world;
  const reported = interruption?.aborted
    ? new InterruptedError(interruption.reason as NodeJS.Signals, error)
    : explained(error);
  printError(reported, world, printing);
  return reported instanceof InterruptedError ? reported.exitCode : exitCodeOf(error);
}

async function obey(
  request: Request,
  available: readonly Command[],
  world: World,
  printing: Printing,
): Promise<number> {
  if (request.kind !== 'command') {
    const text = await textOf(request, available, world);
    printOutcome({ json: { text }, verbatim: text }, world.stdout, printing);
    return 0;
  }
  const context = createContext(request.args, world);
  const outcome = await request.command.run(context, request.args);
  printOutcome(outcome, world.stdout, printing);
  return outcome.exitCode ?? 0;
}

async function textOf(
  request: Exclude<Request, { kind: 'command' }>,
  available: readonly Command[],
  { stdout }: World,
): Promise<string> {
  const about = { version: packageVersion(), width: stdout.columns };
  if (request.kind === 'version') return about.version;
  const { textFor } = await import('./text-for.ts');
  return textFor(request.words, available, about);
}

const never = new Promise<never>(() => {});

/** What an interrupted command is given to roll back, and its connections to be hung up on. */
const PATIENCE = 2_000;

/** Rejects some time after an interruption: a revision that awaits something of its own would never notice. */
const endOf = (interruption: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const end = () => setTimeout(() => reject(new Error('The command did not end by itself')), PATIENCE);
    interruption?.addEventListener('abort', end, { once: true });
  });

/** Told from the words themselves, for a command line that makes no sense. */
function printingIn(argv: readonly string[], world: World): Printing {
  const has = (...names: readonly string[]) => argv.some(word => names.includes(word));
  return printingFor(
    {
      json: has('--json'),
      quiet: has('--quiet', '-q'),
      verbose: has('--verbose', '-v'),
      'no-color': has('--no-color'),
    },
    world,
  );
}

type PrintingFlags = Pick<GlobalArguments, 'json' | 'quiet' | 'verbose' | 'no-color'>;

const printingFor = (flags: PrintingFlags, { stdout, stderr, environment }: World): Printing => ({
  json: flags.json ?? false,
  quiet: flags.quiet ?? false,
  verbose: flags.verbose ?? false,
  style: styleFor(stderr, environment, flags['no-color'] ?? false),
  outputStyle: styleFor(stdout, environment, flags['no-color'] ?? false),
});
