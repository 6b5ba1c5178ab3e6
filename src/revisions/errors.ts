/** Every error of the revision history, by name. */
export { RevisionError } from './revision-error.ts';
export {
  AmbiguousDowngradeError,
  AmbiguousRevisionError,
  AmbiguousUpgradeError,
  AmbiguousWalkError,
  AppliedRevisionNotFoundError,
  BranchNotFoundError,
  DisconnectedRangeError,
  DowngradeTargetNotAppliedError,
  InvalidDowngradeTargetError,
  MultipleHeadsError,
  NotMemberOfBranchError,
  OverlappingRevisionsError,
  RangeNotAncestorError,
  RelativeOutOfRangeError,
  RevisionNotFoundError,
  WalkedTooFarError,
} from './target-errors.ts';
export {
  CycleError,
  DependencyCycleError,
  DependencySelfLoopError,
  DuplicateBranchLabelError,
  DuplicateRevisionError,
  IllegalRevisionIdError,
  LookalikeNamesError,
  MalformedRevisionError,
  MissingRevisionError,
  RevisionIdTooLongError,
  SelfLoopError,
} from './load-errors.ts';
export type { NamedRevision } from './load-errors.ts';
export {
  DowngradeNeedsRangeError,
  DuplicateHeadsError,
  HistoryRangeSyntaxError,
  NotAHeadError,
  PurgeOfflineError,
  RangeNotAllowedError,
  RangeSyntaxError,
  StampConflictError,
  StampStartsError,
} from './command-errors.ts';
