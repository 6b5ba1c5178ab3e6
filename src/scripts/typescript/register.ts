import Module, { createRequire } from 'node:module';
import { loadTypeScript, resolveTypeScript, typeScriptFileOf } from './hooks.ts';
import { resolveImport } from './resolution.ts';

/** Shared by every copy of this library in the process (ESM beside CommonJS), since hooks belong to the process. */
const registration = Symbol.for('typeorm-alembic.typescript');
const registered = globalThis as { [registration]?: true };

/** From here on, this process can import and require a project's TypeScript, with decorator metadata. */
export function registerTypeScript(): void {
  if (registered[registration] || !isNodesModuleSystem()) return;
  registered[registration] = true;
  process.setSourceMapsEnabled(true);
  if (hasSynchronousHooks(Module)) registerInThread(Module);
  else registerForRequireAndImport();
}

/** True where TypeScript can be loaded as things are: by these hooks, by others (ts-node, tsx), or by a test runner. */
export const handlesTypeScript = (): boolean =>
  registered[registration] === true || !isNodesModuleSystem() || hasForeignHooks();

/** Jest brings a module system of its own, which compiles what it loads and whose require knows no extensions. */
const isNodesModuleSystem = (): boolean => extensionsOfRequire()['.js'] !== undefined;

/** Node that strips types by itself claims `.ts` too, and knows neither decorators nor enums. */
const hasForeignHooks = (): boolean =>
  extensionsOfRequire()['.ts'] !== undefined && !(process.features as { typescript?: unknown }).typescript;

const extensionsOfRequire = (): NodeJS.Dict<unknown> => createRequire(import.meta.url).extensions;

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
  // Beside this file, under the name it has in the sources and in the package.
  Module.register(import.meta.url.endsWith('.ts') ? './loader-thread.ts' : './loader-thread.js', import.meta.url);
}
