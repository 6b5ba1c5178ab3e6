import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isTypeScript } from './module-format.ts';
import type { RevisionFile } from './revision-file.ts';

/**
 * SHA-256 of a file's text, whatever its line endings (a checkout on Windows is no change), with `ts:` or `js:` before it:
 * a source and what a compiler makes of it differ without anybody having changed anything. Undefined for a module: each
 * build of a bundle spells it differently.
 */
export const checksumOf = ({ path, exports }: Pick<RevisionFile, 'path' | 'exports'>): string | undefined =>
  exports ? undefined : `${isTypeScript(path) ? 'ts' : 'js'}:${sha256(textOf(path))}`;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const textOf = (path: string): string =>
  readFileSync(path, 'utf8')
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n');
