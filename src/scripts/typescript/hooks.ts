import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { formatOf, isTypeScript, type ModuleFormat } from '../module-format.ts';
import { compile } from './compile.ts';
import { isProjectSource, resolveImport } from './resolution.ts';

/** What Node's resolve and load hooks answer: https://nodejs.org/api/module.html#customization-hooks */
export interface Resolved {
  readonly url: string;
  readonly format?: ModuleFormat;
  readonly shortCircuit: true;
}

export interface Loaded {
  readonly format: ModuleFormat;
  readonly source: string;
  readonly shortCircuit: true;
}

/** Where an import of a TypeScript module leads; undefined for what is Node's to resolve. */
export function resolveTypeScript(specifier: string, parentURL: string | undefined): Resolved | undefined {
  if (specifier.startsWith('file:')) return resolvedTo(fileURLToPath(specifier), specifier);
  const importer = parentURL?.startsWith('file:') ? fileURLToPath(parentURL) : undefined;
  const file = importer === undefined ? undefined : resolveImport(specifier, importer);
  if (file === undefined) return undefined;
  return resolvedTo(file, pathToFileURL(file).href) ?? { url: pathToFileURL(file).href, shortCircuit: true };
}

const resolvedTo = (file: string, url: string): Resolved | undefined =>
  isTypeScript(file) ? { url, format: formatOf(file), shortCircuit: true } : undefined;

/** The TypeScript file a URL names; undefined for what is Node's to load. */
export function typeScriptFileOf(url: string): string | undefined {
  const file = url.startsWith('file:') ? fileURLToPath(url) : undefined;
  return file !== undefined && isProjectSource(file) ? file : undefined;
}

export function loadTypeScript(file: string, format = formatOf(file)): Loaded {
  return { format, source: compile(readFileSync(file, 'utf8'), file, format), shortCircuit: true };
}
