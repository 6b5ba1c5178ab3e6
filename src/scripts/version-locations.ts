import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { MissingVersionLocationError, NoRevisionFileError } from './location-errors.ts';
import { isTypeScript } from './module-format.ts';
import { handlesTypeScript } from './typescript/register.ts';

/** How version locations are read: see the configuration's keys. */
export interface LocationReading {
  readonly recursive?: boolean;
  /** Whether a location that is missing, and a history without files, are meant: before the first revision, or by the project. */
  readonly mayBeEmpty?: boolean;
}

/**
 * The files that may be revisions, in load order. A file in two locations is one; names that begin with a dot or an
 * underscore are nobody's revisions. Throws MissingVersionLocationError for a location that is no folder, and
 * NoRevisionFileError where no location holds a file, unless `mayBeEmpty`.
 */
export function revisionPaths(
  locations: readonly string[],
  { recursive = false, mayBeEmpty = false }: LocationReading,
): readonly string[] {
  const folders = locations.map(location => resolve(location));
  const missing = folders.filter(folder => !isFolder(folder));
  if (missing.length > 0 && !mayBeEmpty) throw new MissingVersionLocationError(missing);
  const present = folders.filter(folder => !missing.includes(folder));
  const paths = [...new Set(present.flatMap(folder => pathsIn(folder, recursive)))];
  if (paths.length === 0 && !mayBeEmpty) throw new NoRevisionFileError(present, recursive);
  return paths;
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** @param above the folders that this one lies in: a link to one of them would be followed for ever */
function pathsIn(directory: string, recursive: boolean, above: readonly string[] = []): readonly string[] {
  const real = realpathSync(directory);
  if (above.includes(real)) return [];
  const entries = readdirSync(directory, { withFileTypes: true }).filter(entry => !/^[._]/.test(entry.name));
  const isFolderEntry = (entry: Dirent) =>
    entry.isDirectory() || (entry.isSymbolicLink() && isFolder(`${directory}${sep}${entry.name}`));
  const files = entries
    .filter(entry => mayBeRevision(entry.name) && !(recursive ? isFolderEntry(entry) : entry.isDirectory()))
    .map(entry => entry.name);
  const folders = recursive ? entries.filter(entry => entry.name !== 'node_modules' && isFolderEntry(entry)) : [];
  return [
    ...withoutTwins(files)
      .sort()
      .map(name => `${directory}${sep}${name}`),
    ...folders
      .map(folder => folder.name)
      .sort()
      .flatMap(name => pathsIn(`${directory}${sep}${name}`, recursive, [...above, real])),
  ];
}

const mayBeRevision = (name: string): boolean => /\.[cm]?[jt]s$/.test(name) && !/\.d\.[cm]?ts$/.test(name);

/**
 * Where a file was compiled in its own folder, one of the two counts: the source where TypeScript is being run already,
 * else what was compiled from it, so that a compiled application loads no compiler.
 */
function withoutTwins(names: readonly string[]): string[] {
  const stemOf = (name: string) => name.replace(/\.\w+$/, '');
  const [sources, compiled] = [names.filter(isTypeScript), names.filter(name => !isTypeScript(name))];
  const [preferred, others] = handlesTypeScript() ? [sources, compiled] : [compiled, sources];
  const taken = new Set(preferred.map(stemOf));
  return [...preferred, ...others.filter(name => !taken.has(stemOf(name)))];
}
