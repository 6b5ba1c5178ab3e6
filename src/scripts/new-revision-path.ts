import { existsSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { ResolvedConfig } from '../config.ts';
import { MigrationError } from '../errors.ts';
import { assertNewRevisionId } from '../revisions/new-names.ts';
import { isTypeScript } from './module-format.ts';
import { revisionFileName, type NamedRevision } from './revision-file-name.ts';
import type { RevisionFile } from './revision-file.ts';

/** Which folder a new revision goes to cannot be told. */
export class VersionLocationError extends MigrationError {
  override readonly name = 'VersionLocationError';
  readonly versionLocations: readonly string[];

  constructor(problem: string, versionLocations: readonly string[]) {
    super(`${problem}; the version locations are ${versionLocations.join(', ') || 'none'}.`);
    this.versionLocations = versionLocations;
  }
}

/** Where a new revision's file goes, and what it is called. */
export interface RevisionPlace extends NamedRevision {
  /** The revisions it follows, the first of which decides the folder. */
  readonly parents?: readonly Pick<RevisionFile, 'path' | 'exports'>[];
  /** What `--version-path` says. */
  readonly versionPath?: string | undefined;
  readonly extension: string;
}

/** The path of a new revision's file. Throws VersionLocationError where the folder cannot be told, or an error of the id's. */
export function newRevisionPath(place: RevisionPlace, config: ResolvedConfig): string {
  assertNewRevisionId(place.revision);
  return join(versionLocationFor(place, config), `${revisionFileName(place, config)}.${place.extension}`);
}

/** `--version-path`, else the parent's version location, else the only one. */
export function versionLocationFor(
  { parents = [], versionPath }: Pick<RevisionPlace, 'parents' | 'versionPath'>,
  { versionLocations, directory }: ResolvedConfig,
): string {
  if (versionPath !== undefined)
    return named(directory === undefined ? versionPath : resolve(directory, versionPath), versionLocations);
  const parent = parents.find(({ exports }) => exports === undefined);
  const location = parent
    ? versionLocations
        .filter(each => contains(each, parent.path))
        .sort(byLength)
        .at(-1)
    : undefined;
  if (location !== undefined) return location;
  if (versionLocations.length === 1) return versionLocations[0]!;
  if (versionLocations.length === 0)
    throw new VersionLocationError(
      'Revisions are given as modules, and no folder is known to write a new one to; add `directory` to the configuration',
      versionLocations,
    );
  throw new VersionLocationError(
    'There are several version locations and no parent in one of them; name one with --version-path',
    versionLocations,
  );
}

function named(path: string, versionLocations: readonly string[]): string {
  if (versionLocations.includes(path)) return path;
  throw new VersionLocationError(
    `${path} is no version location, so revisions there would not be read; name one that is, or add it to "versionLocations"`,
    versionLocations,
  );
}

function contains(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return !isAbsolute(way) && !way.startsWith(`..${sep}`);
}

const byLength = (one: string, other: string): number => one.length - other.length;

/**
 * The extension that fits the project: that of its last revision, else `ts` where it is written in TypeScript, else that
 * of its configuration.
 */
export function revisionExtension(
  project: { readonly directory: string | undefined; readonly configPath?: string | undefined },
  revisions: readonly Pick<RevisionFile, 'path' | 'exports'>[] = [],
): string {
  const last = revisions.filter(({ exports }) => exports === undefined).at(-1)?.path;
  if (last !== undefined) return extname(last).slice(1);
  const { configPath = 'ormconfig.js', directory } = project;
  return isTypeScript(configPath) || (directory !== undefined && hasTsconfig(directory))
    ? 'ts'
    : extname(configPath).slice(1);
}

/** Looked for as far up as the project's package.json. */
function hasTsconfig(directory: string): boolean {
  if (existsSync(join(directory, 'tsconfig.json'))) return true;
  const parent = dirname(directory);
  return parent !== directory && !existsSync(join(directory, 'package.json')) && hasTsconfig(parent);
}
