import type { InferredOptionTypes, Options } from 'yargs';
import { UsageError } from './usage-error.ts';

/** The heading these are listed under. */
export const globalGroup = 'Global options:';
const group = globalGroup;

/** Flags of every command. */
export const globalOptions = {
  config: {
    alias: 'c',
    type: 'string',
    requiresArg: true,
    group,
    describe:
      'File that exports the DataSource; else TYPEORM_ALEMBIC_CONFIG, ormconfig.{ts,js,…}, data-source.*, src/data-source.*',
  },
  x: {
    type: 'string',
    array: true,
    requiresArg: true,
    group,
    describe: 'key=value for revisions to read as op.context.x; may be repeated',
  },
  json: { type: 'boolean', group, describe: 'Print one JSON document, errors too' },
  quiet: { alias: 'q', type: 'boolean', group, describe: 'Print results and errors, no progress' },
  verbose: { alias: 'v', type: 'boolean', group, describe: 'Say more; of an error its causes and stack' },
  'no-color': { type: 'boolean', group, describe: 'Print without colours, as NO_COLOR=1 does' },
} as const satisfies Readonly<Record<string, Options>>;

export type GlobalArguments = Readonly<InferredOptionTypes<typeof globalOptions>>;

/** The values of `-x key=value`; without `=`, the value is empty, as in Alembic. Throws UsageError. */
export function xArguments(pairs: readonly string[] = []): Readonly<Record<string, string>> {
  const entries = pairs.map(pair => {
    const at = pair.indexOf('=');
    return at < 0 ? ([pair, ''] as const) : ([pair.slice(0, at), pair.slice(at + 1)] as const);
  });
  const keys = entries.map(([key]) => key);
  const unnamed = keys.indexOf('');
  if (unnamed >= 0) throw new UsageError(`-x was given "${pairs[unnamed]}", which has no key; write -x KEY=VALUE.`);
  const again = keys.find((key, i) => keys.indexOf(key) < i);
  if (again !== undefined) throw new UsageError(`-x was given two values for the key "${again}"; give one of them.`);
  return Object.fromEntries(entries);
}
