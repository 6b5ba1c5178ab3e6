import { isDefinedConfig, knowsKeys } from '../config-checks.ts';
import type { MigrationsConfig } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import { ConfigFailedError } from './config-failure.ts';

/**
 * The export `migrations` of a configuration file, or what it promises, as it stands there; `{}` where there is none.
 * Throws ConfigurationError where a configuration is exported under another name only, and would not be read.
 */
export async function configAmong(
  exported: Readonly<Record<string, unknown>>,
  path: string,
): Promise<MigrationsConfig> {
  if (exported['migrations'] !== undefined) return awaited(exported['migrations'], path);
  const misnamed = Object.keys(exported).find(name => isMisnamed(name, exported[name]));
  if (misnamed === undefined) return {};
  throw new ConfigurationError(
    `${path} exports a configuration as \`${misnamed}\`, which is not read; expected \`export const migrations = defineConfig({ … })\`: rename it.`,
  );
}

async function awaited(config: unknown, path: string): Promise<MigrationsConfig> {
  try {
    return (await config) as MigrationsConfig;
  } catch (error) {
    throw new ConfigFailedError(path, error);
  }
}

/** Made by `defineConfig`, or called something like it and made of its keys. */
const isMisnamed = (name: string, value: unknown): boolean =>
  isDefinedConfig(value) || (/migr|alembic|config/i.test(name) && knowsKeys(value));
