import { statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { isTypeScript } from '../module-format.ts';
import { settingsFor } from './project-settings.ts';

/** The project's own TypeScript: what packages ship is theirs to have compiled. */
export const isProjectSource = (file: string): boolean => isTypeScript(file) && !/[\\/]node_modules[\\/]/.test(file);

/**
 * The file a TypeScript module means by an import, as its compiler would see it: `./ticket.js` for `ticket.ts`, no
 * extension, a folder's index, `paths` and `baseUrl` of tsconfig.json. Undefined for what Node resolves by itself.
 */
export function resolveImport(specifier: string, importer: string): string | undefined {
  if (!isProjectSource(importer) || /^(?:node|file|data):/.test(specifier)) return undefined;
  if (/^\.{1,2}(?:\/|$)/.test(specifier)) return sourceAt(resolve(dirname(importer), specifier));
  if (isAbsolute(specifier)) return sourceAt(specifier);
  return firstOf(settingsFor(importer).resolvePaths(specifier), sourceAt);
}

const extensions = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.json'];

const sourceAt = (path: string): string | undefined =>
  firstOf([path, ...typeScriptBehind(path), ...extensions.map(extension => path + extension)], asFile) ??
  firstOf(
    extensions.map(extension => resolve(path, `index${extension}`)),
    asFile,
  );

/** `ticket.ts` and `ticket.tsx` for `ticket.js`, which is what TypeScript has one write for them. */
function typeScriptBehind(path: string): readonly string[] {
  const [, stem, kind = ''] = /^(.*)\.([cm]?)jsx?$/.exec(path) ?? [];
  return stem === undefined ? [] : [`${stem}.${kind}ts`, `${stem}.tsx`];
}

const asFile = (path: string): string | undefined =>
  statSync(path, { throwIfNoEntry: false })?.isFile() ? path : undefined;

function firstOf<Result>(paths: readonly string[], find: (path: string) => Result | undefined): Result | undefined {
  for (const path of paths) {
    const found = find(path);
    if (found !== undefined) return found;
  }
  return undefined;
}
