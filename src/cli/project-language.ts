import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isTypeScript } from '../scripts/module-format.ts';
import type { Language } from './starter.ts';

/** What is read of a package.json. */
export interface Manifest {
  readonly type?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * The language that a project is written in: that of its configuration; else JavaScript where it has such files, and
 * nothing of TypeScript's.
 */
export function languageFor(directory: string, manifest: Manifest, config: string | undefined): Language {
  if (config !== undefined) return isTypeScript(config) ? 'typescript' : 'javascript';
  const { dependencies = {}, devDependencies = {} } = manifest;
  const files = [directory, join(directory, 'src')].flatMap(folder => (existsSync(folder) ? readdirSync(folder) : []));
  const knowsTypeScript =
    'typescript' in { ...dependencies, ...devDependencies } ||
    files.includes('tsconfig.json') ||
    files.some(isTypeScript);
  return !knowsTypeScript && files.some(isJavaScript) ? 'javascript' : 'typescript';
}

const isJavaScript = (file: string): boolean => /\.[cm]?js$|^jsconfig\.json$/.test(file);
