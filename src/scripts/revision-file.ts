import { basename } from 'node:path';
import type { Transactional } from '../config.ts';
import { MigrationError, reading } from '../errors.ts';
import type { RevisionHeader } from '../revisions/revision.ts';
import type { HeaderName } from './revision-header.ts';

/** A revision as the header of its file, or of the module it was given as, tells it. */
export interface RevisionFile extends RevisionHeader {
  /** The file; of a module its place in the configuration, as in `revisions[2]`. */
  readonly path: string;
  /** What the revision exports, where it was given as a module and has no file. */
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly branchLabels: readonly string[];
  readonly dependsOn: readonly string[];
  /** Which directions run in a transaction. */
  readonly transactional: Transactional;
  /** The first line of the doc comment, or the file's name in words where a compiler left out the comment. */
  readonly message: string;
  /** The whole doc comment. */
  readonly comment: string;
}

/** True where this direction of a revision runs in a transaction. */
export const runsInTransaction = (
  { transactional }: { readonly transactional: Transactional },
  direction: 'upgrade' | 'downgrade',
): boolean => transactional === true || transactional === direction;

/** A file in a version location that is no revision, or not one that can be run. */
export class MalformedRevisionFileError extends MigrationError {
  override readonly name = 'MalformedRevisionFileError';
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path} ${problem}.`, options);
    this.path = path;
  }
}

/** What a header says, before it is known to make sense. */
export type HeaderValues = Readonly<Partial<Record<HeaderName, unknown>>>;

/** The revision with the given header. Throws MalformedRevisionFileError where a value is missing or of the wrong type. */
export const revisionFileOf = (path: string, values: HeaderValues, comment: string): RevisionFile =>
  readingRevision(path, () => withHeader(path, values, comment));

/** What the work reads of a revision. Throws MalformedRevisionFileError where that throws. */
export const readingRevision = <Result>(path: string, work: () => Result): Result =>
  reading(
    work,
    (reason, cause) =>
      new MalformedRevisionFileError(path, `cannot be read (${reason}); export plain values and functions`, { cause }),
  );

function withHeader(path: string, values: HeaderValues, comment: string): RevisionFile {
  const { revision, downRevision, transactional = true } = values;
  if (revision === undefined) throw new MalformedRevisionFileError(path, noRevision(''));
  if (typeof revision !== 'string' || revision === '') throw wrong(path, 'revision', "an id, such as '3f2a9c1b7d44'");
  if (downRevision === undefined) throw wrong(path, 'downRevision', 'null, an id or a list of ids');
  if (!isTransactional(transactional)) throw wrong(path, 'transactional', "true, false, 'upgrade' or 'downgrade'");
  return {
    path,
    revision,
    downRevision:
      downRevision === null || typeof downRevision === 'string' ? downRevision : namesIn(values, 'downRevision', path),
    branchLabels: namesIn(values, 'branchLabels', path),
    dependsOn: namesIn(values, 'dependsOn', path),
    transactional,
    message: comment.split('\n')[0] || wordsOf(path, revision),
    comment,
  };
}

const isTransactional = (value: unknown): value is Transactional =>
  typeof value === 'boolean' || value === 'upgrade' || value === 'downgrade';

function namesIn(
  values: HeaderValues,
  name: 'downRevision' | 'branchLabels' | 'dependsOn',
  path: string,
): readonly string[] {
  const value = values[name] ?? [];
  // Holes of a sparse list are undefined here.
  const list: readonly unknown[] = Array.isArray(value) ? Array.from<unknown>(value) : [value];
  if (list.every((each): each is string => typeof each === 'string' && each !== '')) return list;
  throw wrong(path, name, 'null, a string or a list of strings');
}

const wrong = (path: string, name: HeaderName, expected: string): MalformedRevisionFileError =>
  new MalformedRevisionFileError(
    path,
    `is not a usable revision: \`export const ${name}\` is missing or not ${expected}; correct it in that file`,
  );

/** `3f2a_add_surveys.js` is about "add surveys". */
const wordsOf = (path: string, revision: string): string =>
  basename(path)
    .replace(/\.\w+$/, '')
    .replace(revision, '')
    .replaceAll('_', ' ')
    .trim();

/** Why a file without a header is refused, and what to do, by what it seems to be. */
export const noRevision = (source: string): string =>
  /\bMigrationInterface\b|\bqueryRunner\b/.test(source)
    ? "is one of TypeORM's own migrations, which have no place in this history: move it out of the version location, or give revisions a folder of their own, as in `export const migrations = defineConfig({ versionLocations: ['revisions'] })`, and take it over with `typeorm-alembic adopt`"
    : "is no revision: it has no `export const revision = '…'`; add it, or, for a file that is not meant as one, move it out of the version location or begin its name with an underscore";
