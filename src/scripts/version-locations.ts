import { readdirSync, type Dirent } from 'node:fs';
import { resolve, sep } from 'node:path';
import { isTypeScript } from './module-format.ts';
import { handlesTypeScript } from './typescript/register.ts';

/**
 * The files that may be revisions, in load order. A location that is not there is empty, as it is before the first
 * revision; a file in two locations is one; names that begin with a dot or an underscore are nobody's revisions.
 */
export const revisionPaths = (
  locations: readonly string[],
  { recursive = false }: { readonly recursive?: boolean },
): readonly string[] => [...new Set(locations.flatMap(location => pathsIn(resolve(location), recursive)))];

function pathsIn(directory: string, recursive: boolean): readonly string[] {
  const entries = entriesOf(directory).filter(entry => !/^[._]/.test(entry.name));
  const files = entries.filter(entry => !entry.isDirectory() && mayBeRevision(entry.name)).map(entry => entry.name);
  const folders = recursive ? entries.filter(entry => entry.isDirectory() && entry.name !== 'node_modules') : [];
  return [
    ...withoutTwins(files)
      .sort()
      .map(name => `${directory}${sep}${name}`),
    ...folders
      .map(folder => folder.name)
      .sort()
      .flatMap(name => pathsIn(`${directory}${sep}${name}`, recursive)),
  ];
}

function entriesOf(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
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
