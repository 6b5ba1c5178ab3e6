import { dirname } from 'node:path';
import type { DataSource } from 'typeorm';
import type { MigrationsConfig } from '../config.ts';
import { reading } from '../errors.ts';
import { configAmong } from './config-export.ts';
import { ConfigFailedError } from './config-failure.ts';
import { dataSourceAmong } from './data-source-export.ts';
import { loadModule, type LoadedModule } from './load-module.ts';
import { isTypeScript } from './module-format.ts';
import { registerTypeScript } from './typescript/register.ts';

/** A configuration file, loaded. */
export interface LoadedConfig {
  readonly path: string;
  /** The file's folder: what its relative paths are relative to. */
  readonly directory: string;
  readonly dataSource: DataSource;
  /** The export `migrations`, or what it promises, for `resolveConfig`; `{}` where there is none. */
  readonly migrations: MigrationsConfig;
}

/**
 * Runs the file at `path` and takes its DataSource (an export, a promise or a function that gives one, or plain options)
 * and its export `migrations`. Throws a ConfigurationError that says what to do.
 */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  if (isTypeScript(path)) await registerTypeScript();
  const module = await load(path);
  const exported = reading(
    () => ({ ...exportsOf(module) }),
    (_, cause) => new ConfigFailedError(path, cause),
  );
  const { migrations: _, ...candidates } = exported;
  const dataSource = await dataSourceAmong(candidates, path);
  return { path, directory: dirname(path), dataSource, migrations: await configAmong(exported, path) };
}

async function load(path: string): Promise<LoadedModule> {
  try {
    return await loadModule(path);
  } catch (error) {
    throw new ConfigFailedError(path, error);
  }
}

/** By name, whichever way a module was written and loaded: `module.exports = x` is a default export too. */
function exportsOf(module: LoadedModule): LoadedModule {
  if (isOneThing(module)) return { default: module };
  const { default: whole, ...named } = module;
  // Compiled CommonJS, imported: Node gives what it exports as the default.
  return isCompiled(whole) ? { ...named, ...whole } : module;
}

/** A DataSource, its options, a promise or a function, rather than an object that has such things. */
const isOneThing = (module: LoadedModule): boolean =>
  typeof module !== 'object' ||
  '@instanceof' in module ||
  typeof module['then'] === 'function' ||
  typeof module['type'] === 'string';

const isCompiled = (value: unknown): value is LoadedModule =>
  typeof value === 'object' && value !== null && '__esModule' in value;
