import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Extensions, PGlite, PGliteOptions } from '@electric-sql/pglite';
import { ConfigurationError } from '../errors.ts';

/** PGlite's own options; its extensions may also be given by PostgreSQL's names for them, as in `['uuid-ossp']`. */
export interface PgliteOptions extends Omit<PGliteOptions, 'extensions'> {
  readonly extensions?: Extensions | readonly string[];
}

/** Opens a database in the process, making the folders its data directory stands in. */
export async function openPglite(options: PgliteOptions): Promise<PGlite> {
  const { PGlite } = await load(() => import('@electric-sql/pglite'));
  const { extensions = {}, dataDir, ...rest } = options;
  if (dataDir !== undefined && !dataDir.includes('://')) await mkdir(path.dirname(dataDir), { recursive: true });
  const loaded = isNames(extensions) ? await extensionsNamed(extensions) : extensions;
  return PGlite.create({ ...rest, ...(dataDir === undefined ? {} : { dataDir }), extensions: loaded });
}

async function extensionsNamed(names: readonly string[]): Promise<Extensions> {
  const entries = names.map(async name => {
    const key = name.replaceAll('-', '_');
    const module = await importExtension(name, key);
    return [key, module[key]] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Extensions;
}

async function importExtension(name: string, key: string): Promise<Record<string, unknown>> {
  try {
    return (await import(`@electric-sql/pglite/contrib/${key}`)) as Record<string, unknown>;
  } catch (cause) {
    throw new ConfigurationError(
      `The extension ${name} is not one of those that come with @electric-sql/pglite: import it and give it as an object.`,
      { cause },
    );
  }
}

async function load<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new ConfigurationError(
      'A PGlite database is to be opened, but the package @electric-sql/pglite cannot be loaded: install it with npm.',
      { cause },
    );
  }
}

function isNames(extensions: Extensions | readonly string[]): extensions is readonly string[] {
  return Array.isArray(extensions);
}
