import { checkOptions } from './call-arguments.ts';
import { checkConfig, rememberConfig } from './config-checks.ts';
import { absolutePath, directoryOf } from './config-paths.ts';
import { millisecondsOf } from './duration.ts';
import { ConfigurationError, reading } from './errors.ts';
import type { Defaulted, MigrationsConfig, ResolvedConfig } from './config.ts';

/** The configuration as it is given: for its types, as in `export const migrations = defineConfig({ … })`. */
export function defineConfig(config: MigrationsConfig): MigrationsConfig {
  rememberConfig(config);
  return config;
}

interface ResolveOptions {
  readonly directory?: string | URL | undefined;
  readonly revisionsAreGiven?: boolean;
}

/**
 * `config` checked and completed; relative paths are taken from its `directory`, else from that of `options`.
 * Throws ConfigurationError for an unknown key, a value of the wrong type or that cannot be read, an unknown time zone or file-name token, and a
 * relative path where there is no `directory`.
 */
export function resolveConfig(config: MigrationsConfig, options: ResolveOptions = {}): ResolvedConfig {
  return reading(
    () => resolved(config, options),
    (reason, cause) =>
      new ConfigurationError(`The configuration cannot be read (${reason}); expected a plain object of plain values.`, {
        cause,
      }),
  );
}

function resolved(config: MigrationsConfig, options: ResolveOptions): ResolvedConfig {
  checkConfig(config);
  checkOptions('resolveConfig', options, { directory: true, revisionsAreGiven: true });
  const base = config.directory ?? options.directory;
  const directory = base === undefined ? undefined : directoryOf(base);
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  const { template, directory: _, ...rest } = { ...defaults, ...given } as typeof defaults & MigrationsConfig;
  return {
    ...rest,
    ...(directory !== undefined && { directory }),
    versionLocations: locationsOf(
      config,
      directory,
      config.revisions !== undefined || options.revisionsAreGiven === true,
    ),
    lockTimeout: millisecondsOf(rest.lockTimeout),
    statementTimeout: millisecondsOf(rest.statementTimeout),
    lockWait: millisecondsOf(rest.lockWait),
    ...(template !== undefined && {
      template:
        typeof template === 'function' ? template : absolutePath({ key: 'template', path: template }, directory),
    }),
  };
}

/** With revisions that are given, folders matter to the developer only, who has a configuration file. */
function locationsOf(
  config: MigrationsConfig,
  directory: string | undefined,
  revisionsAreGiven: boolean,
): readonly string[] {
  const { versionLocations = defaults.versionLocations } = config;
  if (revisionsAreGiven && directory === undefined) return [];
  const isDefault = config.versionLocations === undefined;
  return versionLocations.map(path => absolutePath({ key: 'versionLocations', path, isDefault }, directory));
}

const defaults = {
  versionLocations: ['migrations'],
  recursiveVersionLocations: false,
  allowNoRevisions: false,
  allowNoEntities: false,
  fileTemplate: '{rev}_{slug}',
  truncateSlugLength: 40,
  timezone: 'UTC',
  postWriteHooks: [],
  versionTable: 'alembic_version',
  transaction: 'each',
  lockTimeout: '1s',
  statementTimeout: 0,
  lockWait: '10min',
  whenAhead: 'continue',
  compareType: true,
  compareServerDefault: true,
  renames: {},
} satisfies Pick<Required<MigrationsConfig>, Defaulted>;
