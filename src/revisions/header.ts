import { reading } from '../errors.ts';
import {
  DependencySelfLoopError,
  IllegalRevisionIdError,
  MalformedRevisionError,
  RevisionIdTooLongError,
  SelfLoopError,
} from './errors.ts';
import { readRelative } from './relative.ts';
import type { RevisionHeader } from './revision.ts';
import { visibleName } from './visible-name.ts';

/** A header with every field a list. */
export interface Declaration {
  readonly header: RevisionHeader;
  readonly down: readonly string[];
  readonly dependsOn: readonly string[];
  readonly labels: readonly string[];
}

/** The length of the version table's column. */
const ID_LIMIT = 32;

/** Words that commands read as something else. */
export const RESERVED: ReadonlySet<string> = new Set(['head', 'heads', 'base', 'current']);

/** Reads one header. Throws a MalformedRevisionError, an error of the id's, or one of the two self-loop errors. */
export const readHeader = (header: RevisionHeader): Declaration =>
  reading(
    () => declarationIn(header),
    reason => new MalformedRevisionError('header', `an object that can be read (${reason})`, undefined),
  );

function declarationIn(header: RevisionHeader): Declaration {
  if (typeof header !== 'object' || header === null) throw new MalformedRevisionError('header', 'an object', undefined);
  const { revision } = header;
  if (typeof revision !== 'string' || revision === '') {
    throw new MalformedRevisionError('revision', 'a non-empty string', header);
  }
  if (!isPrintable(revision))
    throw new MalformedRevisionError('revision', 'printable text without control characters', header);
  if (RESERVED.has(revision))
    throw new MalformedRevisionError(
      'revision',
      'an id of its own, as commands read this word as something else',
      header,
    );
  if (header.downRevision === undefined) {
    throw new MalformedRevisionError('downRevision', 'null, an id or a list of ids', header);
  }
  const declaration = {
    header,
    down: listIn(header, 'downRevision'),
    dependsOn: listIn(header, 'dependsOn'),
    labels: listIn(header, 'branchLabels'),
  };
  const unsayable = declaration.labels.find(label => !isSayable(label) || RESERVED.has(label));
  if (unsayable !== undefined)
    throw new MalformedRevisionError(
      'branchLabels',
      `a list of labels that commands can say, as ${JSON.stringify(unsayable)} is read as something else`,
      header,
    );
  if (new Set(declaration.down).size < declaration.down.length)
    throw new MalformedRevisionError('downRevision', 'a list that names each parent once', header);
  if (declaration.down.includes(revision)) throw new SelfLoopError(revision);
  if (declaration.dependsOn.includes(revision)) throw new DependencySelfLoopError(revision);
  assertRevisionId(revision);
  return declaration;
}

const isPrintable = (name: string): boolean => !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(name) && visibleName(name) !== '';

/** A label is no path into the history: no `branch@target`, no range, nothing that counts from somewhere. */
const isSayable = (label: string): boolean =>
  isPrintable(label) && !/[@:]/.test(label) && !/^[+-]/.test(label) && !countsSteps(label);

/** True where a command reads a label as so many steps from somewhere, as `rel-2` (but not `my-app-2`, nor `v1.2-3`). */
export const countsSteps = (label: string): boolean =>
  [label, `${label}@head`].some(target => readRelative(target) !== undefined);

/** Throws an IllegalRevisionIdError or a RevisionIdTooLongError where the id cannot be one. */
export function assertRevisionId(revision: string): void {
  const illegal = ['+', '-', ':', '@'].filter(character => revision.includes(character));
  if (illegal.length > 0) throw new IllegalRevisionIdError(revision, illegal);
  if (revision.length > ID_LIMIT) throw new RevisionIdTooLongError(revision, ID_LIMIT);
}

function listIn(header: RevisionHeader, field: 'downRevision' | 'dependsOn' | 'branchLabels'): readonly string[] {
  // The header comes from a file that nobody has type-checked.
  const value: unknown = header[field] ?? [];
  const list: readonly unknown[] = Array.isArray(value) ? Array.from<unknown>(value) : [value];
  if (list.every(item => typeof item === 'string' && item !== '')) return list as readonly string[];
  throw new MalformedRevisionError(field, 'null, a string or a list of strings', header);
}
