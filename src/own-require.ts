import { Module } from 'node:module';

/** `require` as a file has it. Not imported by its own name, which a bundle's banner usually declares. */
export const requireOf = (file: string): NodeJS.Require => Module.createRequire(file);

/**
 * `require` as this library's own file has it. A bundle in CommonJS has no `import.meta.url`, and in its place the name
 * of the bundle's file.
 */
export const ownRequire = (): NodeJS.Require =>
  requireOf(typeof __filename === 'string' ? __filename : import.meta.url);
