import { createRequire } from 'node:module';

/**
 * `require` as this library's own file has it. A bundle in CommonJS has no `import.meta.url`, and in its place the name
 * of the bundle's file.
 */
export const ownRequire = (): NodeJS.Require =>
  createRequire(typeof __filename === 'string' ? __filename : import.meta.url);
