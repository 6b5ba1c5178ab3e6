import { existsSync } from 'node:fs';
import { Module } from 'node:module';
import { designTypeOf } from './design-type.ts';
import { loadTypeScript, resolveTypeScript, typeScriptFileOf } from './hooks.ts';
import { resolveImport } from './resolution.ts';

/** Has Node resolve and load a project's TypeScript through this library, for as long as the process lives. */
export function installHooks(): void {
  process.setSourceMapsEnabled(true);
  (globalThis as Record<symbol, unknown>)[Symbol.for('typeorm-alembic.designType')] = designTypeOf;
  if (hasSynchronousHooks(Module)) registerInThread(Module);
  else registerForRequireAndImport();
}

/** Node 22.15 and later: one pair of synchronous hooks for import and require alike. */
interface SynchronousHooks {
  registerHooks(hooks: {
    resolve(
      specifier: string,
      context: { parentURL?: string },
      next: (specifier: string, context: unknown) => unknown,
    ): unknown;
    load(url: string, context: unknown, next: (url: string, context: unknown) => unknown): unknown;
  }): void;
}

const hasSynchronousHooks = (module: object): module is SynchronousHooks => 'registerHooks' in module;

function registerInThread(module: SynchronousHooks): void {
  module.registerHooks({
    resolve: (specifier, context, next) => resolveTypeScript(specifier, context.parentURL) ?? next(specifier, context),
    load(url, context, next) {
      const file = typeScriptFileOf(url);
      return file === undefined ? next(url, context) : loadTypeScript(file);
    },
  });
}

/** What require goes through inside Node, and every loader before it has used. */
interface RequireInternals {
  _extensions: Record<string, (module: { _compile(code: string, file: string): void }, file: string) => void>;
  _resolveFilename(specifier: string, parent: { filename?: string | null } | undefined, ...rest: unknown[]): string;
}

/** Older Node: require is extended in place, import through a thread of its own. */
function registerForRequireAndImport(): void {
  const internals = Module as unknown as RequireInternals;
  const resolveFilename = internals._resolveFilename.bind(Module);
  internals._resolveFilename = (specifier, parent, ...rest) =>
    (parent?.filename ? resolveImport(specifier, parent.filename) : undefined) ??
    resolveFilename(specifier, parent, ...rest);
  for (const extension of ['.ts', '.cts', '.tsx']) {
    internals._extensions[extension] = (module, file) => module._compile(loadTypeScript(file, 'commonjs').source, file);
  }
  const thread = loaderThread();
  if (thread) Module.register(thread);
}

/**
 * Beside this file: under its own name among the sources, compiled in the package. A bundle leaves it behind, and has no
 * place of its own where it is CommonJS.
 */
function loaderThread(): URL | undefined {
  const own = (import.meta as Partial<ImportMeta>).url;
  if (own === undefined) return undefined;
  return ['ts', 'js', 'mjs']
    .map(extension => new URL(`./loader-thread.${extension}`, own))
    .find(url => existsSync(url));
}
