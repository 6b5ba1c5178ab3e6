import { relative } from 'node:path';

/** A path as messages show it: relative to the working directory, unless it lies outside of that. */
export function shortPath(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') ? path : short;
}
