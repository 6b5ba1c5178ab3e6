import { readFileSync, statSync } from 'node:fs';
import { loadRevisionModule } from './load-revision.ts';
import {
  MalformedRevisionFileError,
  noRevision,
  revisionFileOf,
  type HeaderValues,
  type RevisionFile,
} from './revision-file.ts';
import { headerNames, scanHeader, type ScannedHeader } from './revision-header.ts';
import { revisionPaths, type LocationReading } from './version-locations.ts';

/**
 * The revisions in the given folders, in load order: location by location, by file name. No file is run that states its
 * header in literals. Throws MalformedRevisionFileError for a file that is no revision, and what `revisionPaths` throws.
 */
export async function readRevisionHeaders(
  locations: readonly string[],
  options: LocationReading = {},
): Promise<readonly RevisionFile[]> {
  const files: RevisionFile[] = [];
  for (const path of revisionPaths(locations, options)) files.push(await readRevisionHeader(path));
  return files;
}

/** The header of one revision file. */
export async function readRevisionHeader(path: string): Promise<RevisionFile> {
  // A pipe would keep whoever reads it waiting for ever.
  if (!statSync(path).isFile()) throw new MalformedRevisionFileError(path, noFile);
  const source = readFileSync(path, 'utf8');
  const header = scanHeader(source);
  const values =
    isCertain(header) && !exportsMore(source, header) ? header.constants : await exportedHeader(path, source);
  return revisionFileOf(path, values, header.comment);
}

const noFile = 'is a pipe, a socket, a device or a folder, not a file: move it out of the version location';

const isCertain = ({ constants, computed, balanced }: ScannedHeader): boolean =>
  'revision' in constants && 'downRevision' in constants && computed.length === 0 && balanced;

/** A file may export a constant of another one, directly or as compilers write it. */
const exportsMore = (source: string, { constants }: ScannedHeader): boolean =>
  /\bexport\s*\*(?!\s*as\b)|__exportStar\(/.test(source) ||
  headerNames.some(
    name =>
      !(name in constants) &&
      new RegExp(`\\bexport\\s*\\{[^}]*\\b${name}\\b|defineProperty\\(\\s*exports\\s*,\\s*['"]${name}['"]`).test(
        source,
      ),
  );

/** What a file exports that does not say it in literals, or not where they were looked for. */
async function exportedHeader(path: string, source: string): Promise<HeaderValues> {
  if (!/\brevision\b|\bexport \*|export_?star/i.test(source))
    throw new MalformedRevisionFileError(path, noRevision(source));
  const exported = await loadRevisionModule(path);
  return Object.fromEntries(
    headerNames.filter(name => exported[name] !== undefined).map(name => [name, exported[name]]),
  );
}
