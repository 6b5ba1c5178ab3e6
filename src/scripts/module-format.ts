import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type ModuleFormat = 'module' | 'commonjs';

/** True for TypeScript source; false for declarations, which hold nothing to run. */
export const isTypeScript = (file: string): boolean => /\.[cm]?tsx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file);

/** Whether Node takes a file for an ES module: by its extension, else by the nearest package.json. */
export function formatOf(file: string): ModuleFormat {
  if (/\.m[jt]s$/.test(file)) return 'module';
  if (/\.c[jt]s$/.test(file)) return 'commonjs';
  return packageFormat(dirname(file));
}

const packageFormats = new Map<string, ModuleFormat>();

function packageFormat(directory: string): ModuleFormat {
  const known = packageFormats.get(directory);
  if (known) return known;
  const manifest = join(directory, 'package.json');
  const parent = dirname(directory);
  const format = existsSync(manifest)
    ? declaredFormat(manifest)
    : parent === directory
      ? 'commonjs'
      : packageFormat(parent);
  packageFormats.set(directory, format);
  return format;
}

const declaredFormat = (manifest: string): ModuleFormat =>
  (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: string }).type === 'module' ? 'module' : 'commonjs';
