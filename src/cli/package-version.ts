import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The version in the next package.json above a place; this package's own by default, wherever it was bundled to. */
export function packageVersion(above: URL = new URL('./', import.meta.url)): string {
  const manifest = fileURLToPath(new URL('package.json', above));
  if (!existsSync(manifest)) return packageVersion(new URL('../', above));
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
