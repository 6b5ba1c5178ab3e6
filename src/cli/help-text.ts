import { type Command, program, synopsis } from './command.ts';
import { globalGroup } from './global-options.ts';

/** What `--help` shows, of a command or of all; `options` is the list of them as yargs prints it. */
export function helpText(command: Command | undefined, commands: readonly Command[], options: string): string {
  const sections = options.trim().split('\n\n');
  const own = sections.filter(section => !section.startsWith(globalGroup) && !section.startsWith('Commands:'));
  const shared = sections.filter(section => section.startsWith(globalGroup));
  const parts = command ? [...own, ...shared, examples(command)] : [...overview(commands), ...shared];
  return parts.join('\n\n');
}

/** What `--help` of a command begins with. */
export const headOf = (command: Command): string =>
  [`${program} ${synopsis(command)} [options]`, `${command.describe}.`, command.details]
    .filter(part => part !== undefined)
    .join('\n\n');

const examples = ({ examples }: Command): string =>
  ['Examples:', ...examples.flatMap(([line, does]) => [`  ${program} ${line}`, `      ${does}`])].join('\n');

function overview(commands: readonly Command[]): readonly string[] {
  const width = Math.max(...commands.map(command => synopsis(command).length));
  const lineOf = (left: string, right: string) => `  ${left.padEnd(width)}  ${right}`;
  const lines = [
    ...commands.map(command => lineOf(synopsis(command), command.describe)),
    lineOf('completion', 'Print a script for the shell: source <(typeorm-alembic completion)'),
  ];
  return [
    `${program} COMMAND [options]`,
    'Migrations for TypeORM and PostgreSQL, as Alembic does them.',
    ['Commands:', ...lines].join('\n'),
    [
      'After changing entities:',
      `  ${program} revision --autogenerate -m "add satisfaction surveys"`,
      `  ${program} upgrade`,
    ].join('\n'),
    'A TARGET or REVISION is an id or its first characters, head, heads, base, +2, -1, id+1 or label@head.',
    [
      'Exit codes: 0 done, 1 error, 2 something is pending or differs (check, current --check-heads),',
      '3 refused as unsafe, 4 the lock could not be acquired in time, 5 drift.',
    ].join('\n'),
  ];
}
