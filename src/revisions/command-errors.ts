import { listOf, RevisionError } from './revision-error.ts';

/** `A:B` where a single target is expected. */
export class RangeNotAllowedError extends RevisionError {
  override readonly name = 'RangeNotAllowedError';
  override readonly category = 'range-not-allowed-online';
  readonly target: string;

  constructor(target: string) {
    super(`Range revision not allowed: '${target}' is one, and only \`--sql\` takes ranges; name the target alone`);
    this.target = target;
  }
}

/** `downgrade --sql` without the revision to start from. */
export class DowngradeNeedsRangeError extends RevisionError {
  override readonly name = 'DowngradeNeedsRangeError';
  override readonly category = 'downgrade-sql-needs-range';
  readonly target: string;

  constructor(target: string) {
    super(
      `downgrade with --sql requires <fromrev>:<torev>, but was given '${target}'; type \`head:${target}\` or the like`,
    );
    this.target = target;
  }
}

/** A range for a SQL script that is not `start:end`. */
export class RangeSyntaxError extends RevisionError {
  override readonly name = 'RangeSyntaxError';
  override readonly category = 'range-syntax';
  readonly range: string;

  constructor(range: string) {
    super(`A range is [start]:[end] with one revision or \`base\` as its start, but was given '${range}'`);
    this.range = range;
  }
}

/** A range for `history` that is not `[start]:[end]`. */
export class HistoryRangeSyntaxError extends RevisionError {
  override readonly name = 'HistoryRangeSyntaxError';
  override readonly category = 'history-range-syntax';
  readonly range: string;

  constructor(range: string) {
    super(`History range requires [start]:[end], [start]:, or :[end], but was given '${range}'`);
    this.range = range;
  }
}

/** The requested revisions cannot be put into the version table one after the other. */
export class StampConflictError extends RevisionError {
  override readonly name = 'StampConflictError';
  override readonly category = 'stamp-conflict';
  readonly targets: readonly string[];
  readonly current: readonly string[];

  constructor(targets: readonly string[], current: readonly string[]) {
    super(
      `Revisions ${listOf(targets)} cannot be stamped together over ${listOf(current) || 'an empty version table'}; ` +
        'stamp them one by one, or all at once with `stamp --purge`',
    );
    this.targets = targets;
    this.current = current;
  }
}

/** `stamp --sql` with several ranges that start at different revisions. */
export class StampStartsError extends RevisionError {
  override readonly name = 'StampStartsError';
  override readonly category = 'stamp-sql-single-start';
  readonly starts: readonly string[];

  constructor(starts: readonly string[]) {
    super(
      `Stamp operation with --sql only supports a single starting revision at a time, but was given ${listOf(starts)}`,
    );
    this.starts = starts;
  }
}

/** `stamp --purge --sql`: which rows there are to delete is not known offline. */
export class PurgeOfflineError extends RevisionError {
  override readonly name = 'PurgeOfflineError';
  override readonly category = 'purge-sql';

  constructor() {
    super("Can't use --purge with --sql mode; leave out one of them");
  }
}

/** A new revision was asked to follow one that others follow already. */
export class NotAHeadError extends RevisionError {
  override readonly name = 'NotAHeadError';
  override readonly category = 'not-a-head-needs-splice';
  readonly revision: string;

  constructor(revision: string) {
    super(
      `Revision ${revision} is not a head revision; please specify --splice to create a new branch from this revision`,
    );
    this.revision = revision;
  }
}

/** A new revision was asked to follow one revision twice. */
export class DuplicateHeadsError extends RevisionError {
  override readonly name = 'DuplicateHeadsError';
  override readonly category = 'duplicate-heads-specified';
  readonly heads: readonly string[];

  constructor(heads: readonly string[]) {
    super(`Duplicate head revisions specified: ${listOf(heads)}; name each once`);
    this.heads = heads;
  }
}
