import type { Command } from './command.ts';
import { commands } from './commands.ts';
import { createContext, type World } from './context.ts';
import { exitCodeOf } from './describe-error.ts';
import { InterruptedError } from './interrupted-error.ts';
import { packageVersion } from './package-version.ts';
import { parse } from './parse.ts';
import { printError, printOutcome, type Printing } from './print.ts';
import { styleFor } from './style.ts';

/** Does what a command line asks for, prints what came of it, and gives the exit code. Never rejects. */
export async function runCommandLine(
  argv: readonly string[],
  world: World,
  available: readonly Command[] = commands,
): Promise<number> {
  const printing = printingFor(argv, world);
  try {
    const { interruption, crash = endOf(undefined) } = world;
    return await Promise.race([obey(argv, world, available, printing), endOf(interruption), crash]);
  } catch (error) {
    const { interruption } = world;
    const told = interruption?.aborted ? new InterruptedError(interruption.reason as NodeJS.Signals, error) : error;
    printError(told, world, printing);
    return told instanceof InterruptedError ? told.exitCode : exitCodeOf(error);
  }
}

async function obey(
  argv: readonly string[],
  world: World,
  available: readonly Command[],
  printing: Printing,
): Promise<number> {
  const version = packageVersion();
  const request = parse(argv, available, { version, width: world.stdout.columns });
  if (request.kind === 'text') {
    const json = request.text === version ? { version } : { help: request.text };
    printOutcome({ json, lines: [request.text] }, world.stdout, printing);
    return 0;
  }
  const context = createContext(request.args, world);
  const outcome = await request.command.run(context, request.args);
  printOutcome(outcome, world.stdout, printing);
  return outcome.exitCode ?? 0;
}

/** What an interrupted command is given to roll back, and its connections to be hung up on. */
const PATIENCE = 2_000;

/** Rejects some time after an interruption: a revision that awaits something of its own would never notice. */
const endOf = (interruption: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    const end = () => setTimeout(() => reject(new Error('The command did not end by itself')), PATIENCE);
    interruption?.addEventListener('abort', end, { once: true });
  });

/** Told from the words themselves, since the command line may make no sense. */
function printingFor(argv: readonly string[], { stderr, environment }: World): Printing {
  const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  const has = (...names: readonly string[]) => flags.some(flag => names.includes(flag));
  return {
    json: has('--json'),
    quiet: has('--quiet', '-q'),
    verbose: has('--verbose', '-v'),
    style: styleFor(stderr, environment, has('--no-color')),
  };
}
