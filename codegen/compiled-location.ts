import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { MigrationError } from '../src/errors.ts';
import { isTypeScript } from '../src/scripts/module-format.ts';
import { tsMorph } from './ts-morph.ts';

/** A new revision would be written to a folder that a build writes, as `dist/migrations` is. */
export class CompiledLocationError extends MigrationError {
  override readonly name = 'CompiledLocationError';
  /** The absolute path of the folder. */
  readonly versionLocation: string;
  /** The configuration among the sources, where it was found. */
  readonly sourceConfig: string | undefined;

  constructor(versionLocation: string, built: string, advice: string, sourceConfig?: string) {
    super(
      `${versionLocation} ${versionLocation === built ? 'is a folder' : `lies in ${built}`} that a build writes, and a revision written there would be missing among the sources; ${advice}.`,
    );
    this.versionLocation = versionLocation;
    this.sourceConfig = sourceConfig;
  }
}

/** A folder that a build writes, and where its sources may be. */
interface Build {
  readonly folder: string;
  readonly sources: readonly string[];
}

/**
 * Sources are written, and compiled files are made of them.
 * @throws CompiledLocationError where `folder` is one that a build writes
 */
export function assertNotCompiled(folder: string, configPath?: string): void {
  const build = outDirAround(folder) ?? distAround(folder) ?? compiledAround(folder, configPath);
  if (!build) return;
  if (configPath !== undefined && !contains(build.folder, configPath))
    throw new CompiledLocationError(
      folder,
      build.folder,
      'name the folder of the sources in "versionLocations" of the configuration',
    );
  const source = configPath === undefined ? undefined : sourceOf(configPath, build);
  throw new CompiledLocationError(
    folder,
    build.folder,
    source === undefined
      ? 'run the command where the sources are, with their configuration, and compile what it writes'
      : `run the command with the configuration among the sources: --config ${source}`,
    source,
  );
}

/** What TypeScript is told to write to. A folder that also holds the project itself says nothing. */
function outDirAround(folder: string): Build | undefined {
  const { ts } = tsMorph();
  const path = ts.findConfigFile(folder, ts.sys.fileExists);
  if (path === undefined) return undefined;
  // Which files it names is not asked.
  const host = { ...ts.sys, readDirectory: () => [], onUnRecoverableConfigFileDiagnostic: () => {} };
  const { outDir, rootDir } = ts.getParsedCommandLineOfConfigFile(path, {}, host)?.options ?? {};
  if (outDir === undefined) return undefined;
  const root = dirname(path);
  const built = resolve(root, outDir);
  if (!contains(built, folder) || contains(built, root)) return undefined;
  return { folder: built, sources: [...(rootDir === undefined ? [] : [resolve(root, rootDir)]), ...sourcesOf(root)] };
}

/** Where no `tsconfig.json` says so, as in an image: `dist` beside `package.json`. */
function distAround(folder: string): Build | undefined {
  const parent = dirname(folder);
  if (parent === folder) return undefined;
  return basename(folder) === 'dist' && existsSync(join(parent, 'package.json'))
    ? { folder, sources: sourcesOf(parent) }
    : distAround(parent);
}

/** The folder of a configuration that was compiled, and has no source beside it. */
function compiledAround(folder: string, configPath: string | undefined): Build | undefined {
  if (configPath === undefined || !isCompiled(configPath)) return undefined;
  const built = dirname(configPath);
  if (!contains(built, folder) || holdsTypeScript(built) || holdsTypeScript(folder)) return undefined;
  return { folder: built, sources: sourcesOf(dirname(built)) };
}

/** What TypeScript, Babel and SWC write at the top of CommonJS. */
const isCompiled = (path: string): boolean =>
  !isTypeScript(path) && /^Object\.defineProperty\(exports, ["']__esModule["']/m.test(readFileSync(path, 'utf8'));

const holdsTypeScript = (folder: string): boolean => existsSync(folder) && readdirSync(folder).some(isTypeScript);

const sourcesOf = (root: string): readonly string[] => [join(root, 'src'), root];

function sourceOf(configPath: string, { folder, sources }: Build): string | undefined {
  const stem = relative(folder, configPath).slice(0, -extname(configPath).length);
  return sources
    .flatMap(source => ['.ts', '.mts', '.cts'].map(extension => join(source, `${stem}${extension}`)))
    .find(path => existsSync(path));
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
