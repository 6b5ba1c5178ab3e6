import { type Command, synopsis } from './command.ts';

/** The head of `--help`: what there is to do, in the order one does it. */
export function overview(program: string, commands: readonly Command[]): string {
  const width = Math.max(...commands.map(command => synopsis(command).length));
  const lines = commands.map(command => `  ${synopsis(command).padEnd(width)}  ${command.describe}`);
  return `${[
    `${program} COMMAND [options]`,
    '',
    'Migrations for TypeORM and PostgreSQL, as Alembic does them.',
    '',
    'Commands:',
    ...lines,
    '',
    'A day with it:',
    `  ${program} revision --autogenerate -m "add satisfaction surveys"`,
    `  ${program} upgrade`,
    '',
    'Where TARGET or REVISION is asked for: an id or its first characters, head, heads, base, +2, -1, id+1, label@head.',
    'Exit codes: 0 done; 1 error; 2 something is pending or differs; 3 refused as unsafe; 4 lock not had; 5 drift.',
  ].join('\n')}`;
}
