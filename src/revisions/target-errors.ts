import { listOf, RevisionError } from './revision-error.ts';

/** No revision or branch label has the given name, and it is not the beginning of exactly one. */
export class RevisionNotFoundError extends RevisionError {
  override readonly name: string = 'RevisionNotFoundError';
  override readonly category = 'revision-not-found';
  readonly identifier: string;
  readonly suggestions: readonly string[];

  constructor(identifier: string, suggestions: readonly string[], advice = adviceOn(suggestions)) {
    super(`Can't locate revision identified by '${identifier}'; ${advice}`);
    this.identifier = identifier;
    this.suggestions = suggestions;
  }
}

/** The version table holds an id that no revision file has, and that the log cannot place above one. */
export class AppliedRevisionNotFoundError extends RevisionNotFoundError {
  override readonly name = 'AppliedRevisionNotFoundError';

  constructor(identifier: string, suggestions: readonly string[]) {
    super(
      identifier,
      suggestions,
      'the version table holds it, no revision file does, and the log does not say what it follows: check that this is the ' +
        'right database, or run the code that has this revision',
    );
  }
}

/** What stands before `@` names no branch. */
export class BranchNotFoundError extends RevisionError {
  override readonly name = 'BranchNotFoundError';
  override readonly category = 'branch-not-found';
  readonly branch: string;
  readonly suggestions: readonly string[];

  constructor(branch: string, suggestions: readonly string[]) {
    super(`Can't locate revision identified by '${branch}': no such branch; ${adviceOn(suggestions)}`);
    this.branch = branch;
    this.suggestions = suggestions;
  }
}

/** Several revisions or branch labels begin with the given name. */
export class AmbiguousRevisionError extends RevisionError {
  override readonly name = 'AmbiguousRevisionError';
  override readonly category = 'ambiguous-partial-id';
  readonly identifier: string;
  readonly candidates: readonly string[];

  constructor(identifier: string, candidates: readonly string[]) {
    super(
      `Can't locate revision identified by '${identifier}': ${candidates.length} begin with it ` +
        `(${listOf(candidates)}); type more of the one you mean`,
    );
    this.identifier = identifier;
    this.candidates = candidates;
  }
}

/** In `branch@revision`, the revision is neither above nor below the branch's. */
export class NotMemberOfBranchError extends RevisionError {
  override readonly name = 'NotMemberOfBranchError';
  override readonly category = 'not-member-of-branch';
  readonly revision: string;
  readonly branch: string;

  constructor(revision: string, branch: string) {
    super(`Revision ${revision} is not a member of branch '${branch}'; leave out '${branch}@', or name its own branch`);
    this.revision = revision;
    this.branch = branch;
  }
}

/** One revision was asked for, and there are several. */
export class MultipleHeadsError extends RevisionError {
  override readonly name = 'MultipleHeadsError';
  override readonly category = 'multiple-heads';
  readonly argument: string;
  readonly heads: readonly string[];

  /** @param example a name of just one of the heads */
  constructor(argument: string, heads: readonly string[], example: string) {
    super(
      `Multiple head revisions are present for given argument '${argument}' (${listOf(heads)}); name one of them ` +
        `(\`upgrade ${example}\`, or for a new revision \`--head ${example}\`), take them all (\`upgrade heads\`), or join ` +
        'them with `merge heads`',
    );
    this.argument = argument;
    this.heads = heads;
  }
}

/** Of several revisions that should be independent, one needs another. */
export class OverlappingRevisionsError extends RevisionError {
  override readonly name = 'OverlappingRevisionsError';
  override readonly category = 'overlapping-revisions';
  readonly revision: string;
  readonly overlaps: readonly string[];

  constructor(revision: string, overlaps: readonly string[]) {
    super(
      `Requested revision ${revision} overlaps with other requested revisions ${listOf(overlaps)}, which it needs ` +
        `anyway; where the version table holds them all, correct it with \`stamp --purge ${revision}\``,
    );
    this.revision = revision;
    this.overlaps = overlaps;
  }
}

const fewerSteps = "use fewer steps, or `heads` or `base` for the history's ends";

const otherWay = (command: 'upgrade' | 'downgrade', steps: string): string =>
  command === 'upgrade'
    ? `the direction is wrong: \`upgrade\` goes up (\`upgrade +${steps}\`), and \`downgrade -${steps}\` goes down`
    : `the direction is wrong: \`downgrade\` goes down (\`downgrade -${steps}\`), and \`upgrade +${steps}\` goes up`;

/** A relative target leads beyond the ends of the history, or to the wrong side. */
export class RelativeOutOfRangeError extends RevisionError {
  override readonly name = 'RelativeOutOfRangeError';
  override readonly category = 'relative-out-of-range';
  readonly target: string;

  /** @param wrongWay the command that the target was given to, and that goes the other way */
  constructor(target: string, wrongWay?: 'upgrade' | 'downgrade') {
    const steps = /[+-](\d+)/.exec(target)?.[1] ?? 'its';
    super(
      `Relative revision ${target} didn't produce ${steps} migrations; ${wrongWay === undefined ? fewerSteps : otherWay(wrongWay, steps)}`,
    );
    this.target = target;
  }
}

/** A target relative to a named revision leads beyond the ends of the history. */
export class WalkedTooFarError extends RevisionError {
  override readonly name = 'WalkedTooFarError';
  override readonly category = 'walked-too-far';
  readonly target: string;

  constructor(target: string) {
    super(`Walked too far: '${target}' lies beyond the end of the history; use fewer steps, or \`heads\` or \`base\``);
    this.target = target;
  }
}

/** A relative target passes a place where there are several ways on. */
export class AmbiguousWalkError extends RevisionError {
  override readonly name = 'AmbiguousWalkError';
  override readonly category = 'ambiguous-walk';
  readonly from: string;
  readonly candidates: readonly string[];

  constructor(from: string, candidates: readonly string[], way: 'up' | 'down') {
    const [first] = candidates;
    const advice =
      way === 'up'
        ? `name the revision to go up to, as in \`upgrade ${first}\`, or the branch, as in \`upgrade ${first}@+1\``
        : `name the revision to go down to, as in \`downgrade ${first}\``;
    super(`Ambiguous walk: from ${from} there are several ways ${way} (${listOf(candidates)}); ${advice}`);
    this.from = from;
    this.candidates = candidates;
  }
}

/** `+N` where the version table holds several revisions. */
export class AmbiguousUpgradeError extends RevisionError {
  override readonly name = 'AmbiguousUpgradeError';
  override readonly category = 'ambiguous-upgrade';
  readonly current: readonly string[];

  constructor(current: readonly string[]) {
    super(
      `Ambiguous upgrade from multiple current revisions (${listOf(current)}); name the branch as in \`branch@+1\`, ` +
        'or the revision',
    );
    this.current = current;
  }
}

/** `branch@-N` where not exactly one applied revision ends that branch. */
export class AmbiguousDowngradeError extends RevisionError {
  override readonly name = 'AmbiguousDowngradeError';
  override readonly category = 'ambiguous-downgrade';
  readonly branch: string;
  readonly current: readonly string[];

  constructor(branch: string, current: readonly string[]) {
    const found = current.length === 0 ? 'none' : listOf(current);
    super(
      `One current revision on branch '${branch}' was expected to go down from, but there is ${found}; name the revision to go down to`,
    );
    this.branch = branch;
    this.current = current;
  }
}

/** The lower end of a range is not below its upper end. */
export class RangeNotAncestorError extends RevisionError {
  override readonly name = 'RangeNotAncestorError';
  override readonly category = 'range-not-ancestor';
  readonly start: string;
  readonly end: string;

  constructor(start: string, end: string) {
    super(
      `Requested range ${start}:${end} does not refer to ancestor/descendant revisions along the same branch; ` +
        'the older revision comes first',
    );
    this.start = start;
    this.end = end;
  }
}

/** A range shows revisions of a branch that its upper end reaches only as a dependency. */
export class DisconnectedRangeError extends RevisionError {
  override readonly name = 'DisconnectedRangeError';
  override readonly category = 'disconnected-range';
  readonly revisions: readonly string[];

  constructor(revisions: readonly string[]) {
    super(
      `The upper end of the range reaches ${listOf(revisions)} only through dependsOn; ` +
        'name the head of that branch as the upper end',
    );
    this.revisions = revisions;
  }
}

/** The target of a downgrade is not applied. */
export class DowngradeTargetNotAppliedError extends RevisionError {
  override readonly name = 'DowngradeTargetNotAppliedError';
  override readonly category = 'range-not-ancestor';
  readonly target: string;
  readonly current: readonly string[];

  constructor(target: string, current: readonly string[]) {
    super(
      `Destination ${target} is not a valid downgrade target from current head(s) ${listOf(current) || 'base'}: ` +
        'nothing applied lies above it; name a revision that is applied',
    );
    this.target = target;
    this.current = current;
  }
}

/** `branch@target` where nothing above the target belongs to the branch. */
export class InvalidDowngradeTargetError extends RevisionError {
  override readonly name = 'InvalidDowngradeTargetError';
  override readonly category = 'not-valid-downgrade-target';
  readonly target: string;
  readonly branch: string;

  constructor(target: string, branch: string) {
    super(
      `Not a valid downgrade target from current heads: nothing directly above '${target}' leads to '${branch}'; ` +
        'name a revision below that branch',
    );
    this.target = target;
    this.branch = branch;
  }
}

function adviceOn(suggestions: readonly string[]): string {
  if (suggestions.length === 0) return 'see `history` for all revisions';
  return `did you mean ${suggestions.map(name => `'${name}'`).join(' or ')}?`;
}
