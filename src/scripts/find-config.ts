import { closeSync, openSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../errors.ts';
import { explained } from '../unexpected-error.ts';
import { isTypeScript } from './module-format.ts';

/** No file with a DataSource where one was looked for. */
export class ConfigNotFoundError extends ConfigurationError {
  readonly lookedFor: readonly string[];

  constructor(message: string, lookedFor: readonly string[]) {
    super(message);
    this.lookedFor = lookedFor;
  }
}

export interface ConfigSearch {
  /** Where the project is, and what relative names are relative to. */
  readonly directory: string;
  /** What `--config` says; the search ends there. */
  readonly file?: string | undefined;
  /** What `TYPEORM_ALEMBIC_CONFIG` says; it is second to `file`. */
  readonly environment?: string | undefined;
}

/** The path of the file that exports the project's DataSource. Throws ConfigNotFoundError or FileAccessError. */
export function findConfig({ directory, file, environment }: ConfigSearch): string {
  if (file === '') throw new ConfigNotFoundError('--config was given an empty name: name a file, or leave it out.', []);
  if (file !== undefined) return existing(resolve(directory, file), '--config');
  if (environment) return existing(resolve(directory, environment), 'TYPEORM_ALEMBIC_CONFIG');
  const found = usualPlaces.find(place => entryAt(join(directory, place))?.isFile());
  if (found) return readable(join(directory, found));
  throw new ConfigNotFoundError(
    `No configuration was found in ${directory}: looked for ${usualNames.map(name => `${name}.{${extensions.join(',')}}`).join(', ')}; create ormconfig.ts with a DataSource as its default export, or name the file with --config.`,
    usualPlaces,
  );
}

const usualNames = ['ormconfig', 'data-source', 'src/data-source'];
const extensions = ['ts', 'mts', 'cts', 'js', 'mjs', 'cjs'];
const usualPlaces = usualNames.flatMap(name => extensions.map(extension => `${name}.${extension}`));

const entryAt = (path: string) => statSync(path, { throwIfNoEntry: false });

const isCode = (path: string): boolean => /\.[cm]?js$/.test(path) || isTypeScript(path);

/** A loader would tell of a file that it may not read as of one that failed. */
function readable(path: string): string {
  try {
    closeSync(openSync(path, 'r'));
  } catch (error) {
    throw explained(error);
  }
  return path;
}

function existing(path: string, saidBy: string): string {
  const entry = entryAt(path);
  if (entry?.isDirectory())
    throw new ConfigNotFoundError(
      `${path}, which ${saidBy} names, is a folder; expected a file that exports a DataSource, such as ${join(path, 'ormconfig.ts')}.`,
      [path],
    );
  if (entry?.isFile() && !isCode(path))
    throw new ConfigNotFoundError(
      `${path}, which ${saidBy} names, is neither JavaScript nor TypeScript by its name; expected a file that exports a DataSource, such as ormconfig.ts.`,
      [path],
    );
  if (entry?.isFile()) return readable(path);
  // To read a pipe is to wait for whoever writes into it.
  if (entry)
    throw new ConfigNotFoundError(
      `${path}, which ${saidBy} names, is a pipe, a socket or a device; expected a file that exports a DataSource.`,
      [path],
    );
  throw new ConfigNotFoundError(
    `There is no file ${path}, which ${saidBy} names; expected a file that exports a DataSource.`,
    [path],
  );
}
