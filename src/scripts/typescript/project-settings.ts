import { dirname } from 'node:path';
import { createPathsMatcher, getTsconfig } from 'get-tsconfig';
import type { TsConfigJsonResolved, TsConfigResult } from 'get-tsconfig';

/** What a project's tsconfig.json says that matters for running its source. */
export interface ProjectSettings {
  readonly compilerOptions: NonNullable<TsConfigJsonResolved['compilerOptions']>;
  /** The paths an import may stand for by `paths` and `baseUrl`. */
  resolvePaths(specifier: string): readonly string[];
}

const settingsByDirectory = new Map<string, ProjectSettings>();
const settingsByConfig = new Map<string, ProjectSettings>();
const filesRead = new Map<string, unknown>();

/** The settings of the nearest tsconfig.json above a file. */
export function settingsFor(file: string): ProjectSettings {
  const directory = dirname(file);
  const settings = settingsByDirectory.get(directory) ?? read(directory);
  settingsByDirectory.set(directory, settings);
  return settings;
}

function read(directory: string): ProjectSettings {
  const tsconfig = getTsconfig(directory, 'tsconfig.json', filesRead);
  if (!tsconfig) return { compilerOptions: {}, resolvePaths: () => [] };
  const settings = settingsByConfig.get(tsconfig.path) ?? settingsOf(tsconfig);
  settingsByConfig.set(tsconfig.path, settings);
  return settings;
}

function settingsOf(tsconfig: TsConfigResult): ProjectSettings {
  const match = createPathsMatcher(tsconfig);
  return {
    compilerOptions: tsconfig.config.compilerOptions ?? {},
    resolvePaths: specifier => match?.(specifier) ?? [],
  };
}
