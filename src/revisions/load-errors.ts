import { listOf, RevisionError } from './revision-error.ts';
import type { RevisionHeader } from './revision.ts';
import { escapedName } from './visible-name.ts';

/** A header that does not have the shape of one. */
export class MalformedRevisionError extends RevisionError {
  override readonly name = 'MalformedRevisionError';
  override readonly category = 'malformed-revision';
  readonly path: string | undefined;
  readonly field: string;

  constructor(field: string, expected: string, header: RevisionHeader | undefined) {
    super(`\`${field}\` of ${sourceOf(header)} is not ${expected}; correct it in that file`);
    this.path = header?.path;
    this.field = field;
  }
}

/** An id with a character that targets give a meaning to. */
export class IllegalRevisionIdError extends RevisionError {
  override readonly name = 'IllegalRevisionIdError';
  override readonly category = 'illegal-revision-id';
  readonly revision: string;
  readonly characters: readonly string[];

  constructor(revision: string, characters: readonly string[]) {
    super(
      `Character(s) '${characters.join(', ')}' not allowed in revision identifier '${revision}'; ` +
        'use letters, digits and underscores',
    );
    this.revision = revision;
    this.characters = characters;
  }
}

/** An id that the version table's varchar(32) cannot hold. */
export class RevisionIdTooLongError extends RevisionError {
  override readonly name = 'RevisionIdTooLongError';
  override readonly category = 'revision-id-too-long';
  readonly revision: string;
  readonly limit: number;

  constructor(revision: string, limit: number) {
    super(
      `Revision identifier '${revision}' has ${revision.length} characters, and the version table holds ${limit}; shorten it`,
    );
    this.revision = revision;
    this.limit = limit;
  }
}

/** Two files with one id. */
export class DuplicateRevisionError extends RevisionError {
  override readonly name = 'DuplicateRevisionError';
  override readonly category = 'duplicate-revision';
  readonly revision: string;
  /** The files, as far as they are known. */
  readonly paths: readonly string[];

  constructor(revision: string, paths: readonly (string | undefined)[]) {
    const known = paths.filter(path => path !== undefined);
    const where = known.length > 0 ? ` (${known.join(' and ')})` : '';
    super(`Revision ${revision} is present more than once${where}; give one of them another id`);
    this.revision = revision;
    this.paths = known;
  }
}

/** A branch label that another revision has, or that is an id. */
export class DuplicateBranchLabelError extends RevisionError {
  override readonly name = 'DuplicateBranchLabelError';
  override readonly category = 'duplicate-branch-label';
  readonly label: string;
  readonly revision: string;
  readonly usedBy: string;

  constructor(label: string, revision: string, usedBy: string) {
    super(`Branch name '${label}' in revision ${revision} already used by revision ${usedBy}; choose another label`);
    this.label = label;
    this.revision = revision;
    this.usedBy = usedBy;
  }
}

/** An id or a branch label, and the revision that has it. */
export interface NamedRevision {
  readonly name: string;
  readonly header: RevisionHeader;
}

/** Two ids or branch labels that read the same, and differ in characters that nobody sees or tells apart. */
export class LookalikeNamesError extends RevisionError {
  override readonly name = 'LookalikeNamesError';
  override readonly category = 'lookalike-names';
  readonly names: readonly [string, string];

  constructor(one: NamedRevision, other: NamedRevision) {
    const [first, second] = [one, other].map(({ name, header }) => `${escapedName(name)} of ${sourceOf(header)}`);
    super(`${first} and ${second} read the same, though they are two names; rename one of them`);
    this.names = [one.name, other.name];
  }
}

/** A revision refers to one that no file has. */
export class MissingRevisionError extends RevisionError {
  override readonly name = 'MissingRevisionError';
  override readonly category = 'missing-revision';
  readonly missing: string;
  readonly referencedBy: string;
  readonly field: 'downRevision' | 'dependsOn';

  constructor(missing: string, field: 'downRevision' | 'dependsOn', header: RevisionHeader) {
    super(
      `Revision '${missing}', which ${sourceOf(header)} names in \`${field}\`, is not present; ` +
        'restore its file, or correct the reference',
    );
    this.missing = missing;
    this.referencedBy = header.revision;
    this.field = field;
  }
}

/** Revisions that follow one another in a circle. */
export class CycleError extends RevisionError {
  override readonly name: string = 'CycleError';
  override readonly category: string = 'cycle';
  readonly revisions: readonly string[];

  constructor(revisions: readonly string[], kind = 'Cycle', field = 'downRevision') {
    super(`${kind} is detected in revisions (${listOf(revisions)}); correct \`${field}\` in one of them`);
    this.revisions = revisions;
  }
}

/** A revision that follows itself. */
export class SelfLoopError extends CycleError {
  override readonly name = 'SelfLoopError';
  override readonly category = 'self-loop';

  constructor(revision: string) {
    super([revision], 'Self-loop');
  }
}

/** Revisions that need one another in a circle, some of them through `dependsOn`. */
export class DependencyCycleError extends CycleError {
  override readonly name = 'DependencyCycleError';
  override readonly category = 'dependency-cycle';

  constructor(revisions: readonly string[]) {
    super(revisions, 'Dependency cycle', 'dependsOn');
  }
}

/** A revision that depends on itself. */
export class DependencySelfLoopError extends CycleError {
  override readonly name = 'DependencySelfLoopError';
  override readonly category = 'dependency-self-loop';

  constructor(revision: string) {
    super([revision], 'Dependency self-loop', 'dependsOn');
  }
}

function sourceOf(header: RevisionHeader | undefined): string {
  if (header?.path) return header.path;
  return typeof header?.revision === 'string' ? `revision ${header.revision}` : 'a revision without an id';
}
