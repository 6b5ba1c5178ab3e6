import { Module } from 'node:module';
import { isAbsolute } from 'node:path';

/** `require` as a file has it. Not imported by its own name, which a bundle's banner usually declares. */
export const requireOf = (file: string): NodeJS.Require => Module.createRequire(file);

/**
 * `require` as this library's own file has it. A bundle in CommonJS has no `import.meta.url`, and in its place the name
 * of the bundle's file. Where Node runs a text (`node -e`, standard input, a worker's), `__filename` is a global that names
 * no file.
 */
export const ownRequire = (): NodeJS.Require => requireOf(hasFilename() ? __filename : import.meta.url);

const hasFilename = (): boolean => typeof __filename === 'string' && isAbsolute(__filename);
