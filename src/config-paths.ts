import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from './errors.ts';

/** A folder that the configuration names, and the key that names it. */
export interface ConfiguredPath {
  readonly key: 'versionLocations' | 'template' | 'directory';
  readonly path: string | URL;
  /** Whether it is the default, which nobody wrote. */
  readonly isDefault?: boolean;
}

/**
 * The absolute path that the configuration means, on the command line and in `createRunner` alike: a relative path is
 * relative to `directory`, a `file:` URL and an absolute path stand for themselves.
 * Throws ConfigurationError for a relative path without a `directory`, and for what is no path of this machine.
 */
export function absolutePath(configured: ConfiguredPath, directory: string | undefined): string {
  const { path } = configured;
  if (path instanceof URL || /^file:/i.test(path)) return pathOfUrl(configured);
  if (isAbsolute(path)) return resolve(path);
  if (/^[A-Za-z]:[\\/]/.test(path)) throw notHere(configured, 'a path of Windows, and this is another system');
  if (directory === undefined) throw new ConfigurationError(withoutDirectory(configured));
  return resolve(directory, path);
}

/** What `directory` means, which must be absolute: it is what other paths are relative to. */
export const directoryOf = (path: string | URL): string => absolutePath({ key: 'directory', path }, undefined);

function pathOfUrl(configured: ConfiguredPath): string {
  const { path } = configured;
  // `file:migrations` would be /migrations, whatever it was meant to be relative to.
  if (typeof path === 'string' && !/^file:\/\//i.test(path)) throw notHere(configured, 'not a whole URL');
  try {
    return resolve(fileURLToPath(path));
  } catch {
    throw notHere(configured, 'not the URL of a file of this machine');
  }
}

const notHere = ({ key, path }: ConfiguredPath, problem: string): ConfigurationError =>
  new ConfigurationError(
    `The configuration's "${key}" is "${String(path)}", which is ${problem}; expected ${key === 'directory' ? '' : 'a relative path, '}an absolute path or a file: URL.`,
  );

function withoutDirectory({ key, path, isDefault = false }: ConfiguredPath): string {
  const what = isDefault
    ? `The configuration leaves "${key}" at its default, the relative path "${String(path)}"`
    : `The configuration's "${key}" has the relative path "${String(path)}"`;
  if (key === 'directory')
    return `The configuration's "directory" is "${String(path)}"; expected an absolute path or a file: URL: import.meta.dirname, or __dirname in CommonJS.`;
  return `${what}, and nothing says what it is relative to; add \`directory: import.meta.dirname\` (\`directory: __dirname\` in CommonJS) to the configuration, or make the path absolute.`;
}
