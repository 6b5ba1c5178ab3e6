export { VersionApplyError } from './runner/stamp.ts';
export { createRunner } from './runner/create-runner.ts';
export { DatabaseNotAtHeadError } from './runner/check.ts';
export type {
  CallOptions,
  ChangedRevision,
  CheckOptions,
  CheckResult,
  DatabaseStatus,
  LogContradiction,
  PlannedStatement,
  PlannedStep,
  PlanOptions,
  Revisions,
  Runner,
  RunnerOptions,
  RunOptions,
  RunResult,
  RunStep,
  ScriptOptions,
  StampOptions,
  StampResult,
  UnfinishedStep,
} from './runner/runner.ts';
export { JournalMismatchError, LostTemporaryTableError, PartlyCommittedError } from './runner/journal-errors.ts';
export { DatabaseAheadError, DatabaseDivergedError } from './runner/position.ts';
export { RevisionBlockedError } from './runner/retry.ts';
export { RevisionFailedError } from './runner/revision-failed.ts';
export { UnscriptableStatementError } from './runner/script-text.ts';
export { MigrationRanAlreadyError } from './runner/run-migration.ts';
export { OperationAfterEndError, UnawaitedOperationError } from './runner/operation-queue.ts';
export {
  NonTransactionalStatementError,
  RevisionNotRunError,
  TransactionControlError,
  TransactionSettingError,
} from './runner/revision-operations.ts';
export { RunnerCallError } from './call-arguments.ts';
export { RevisionsLoggedError } from './runner/logged-runs.ts';
export { UnfinishedRevisionError } from './runner/unfinished.ts';
export { silent, standardError, type Logger } from './runner/logger.ts';

export { defineConfig, resolveConfig } from './resolve-config.ts';
export type {
  ResolvedConfig,
  RevisionExports,
  RevisionSource,
  RevisionTemplate,
  ColumnComparison,
  ColumnPair,
  DirectiveContext,
  Directives,
  DraftRevision,
  Duration,
  MigrationsConfig,
  ParentNames,
  PostWriteHook,
  Transactional,
  VersionApplication,
} from './config.ts';
export { ConfigurationError, MigrationError } from './errors.ts';
export { FileAccessError, MissingPackageError, StatementRefusedError } from './unexpected-error.ts';

export { targetSchema, type TargetSchemaOptions } from './metadata/target-schema.ts';
export {
  ColumnDeclarationError,
  DuplicateNameError,
  DuplicateTableError,
  ForeignKeyTypeError,
  EntityError,
  EnumDeclarationError,
  MissingColumnTypeError,
  UnsupportedDataSourceError,
  ViewDefinitionError,
} from './metadata/errors.ts';
export { introspect, type IntrospectOptions } from './database/introspect.ts';
export { canonical } from './database/canonical.ts';
export type { Blocker } from './database/blockers.ts';
export { AbortError } from './database/abort.ts';
export { ConnectionError, ConnectionLostError } from './database/connection-error.ts';
export { UnnamedServerError } from './database/unnamed-server.ts';
export { type LockHolder, LockLostError, LockNotAcquiredError } from './database/advisory-lock.ts';
export { ReadOnlySessionError } from './database/migration-session.ts';
export { PoolExhaustedError } from './database/pool-queue.ts';
export { OpenTransactionError } from './database/open-transaction.ts';
export { AccessDeniedError } from './database/access.ts';
export { UntrustedTableError } from './database/trusted-tables.ts';
export { HiddenObjectsError } from './database/hidden-objects.ts';
export { ProbeDeniedError } from './database/probe-denied.ts';
export { SessionLeftoversError } from './database/kept-session.ts';
export { SharedSessionError, UnverifiedSessionError } from './database/pooler.ts';
export { LockWaitError } from './database/lock-wait.ts';
export {
  ConcurrentChangeError,
  CorruptVersionTableError,
  MissingVersionSchemaError,
  VersionTableError,
} from './database/version-table.ts';
export { UnsupportedServerError } from './database/server.ts';
export type { Connection } from './database/connection.ts';

export { NameTakenError } from './compare/new-names.ts';
export { BlockedChangeError, type Obstacle } from './compare/obstacles.ts';
export { compare, WouldLoseRowsError, type CompareOptions } from './compare/compare.ts';
export { RenameConflictError, UnknownRenameError, type Renames } from './compare/renames.ts';
export {
  kinds,
  schemaOf,
  statementsOf,
  UnknownOperationError,
  type CustomOperations,
  type Kinds,
  type KindName,
  type Operation,
  type Registry,
  type OperationMethods,
  type Schema,
  type SchemaContents,
  type SchemaObject,
} from './objects/kinds.ts';
export type { Remarks } from './objects/lost.ts';
export { OperationArgumentError } from './objects/operation-argument-error.ts';
export type { Address, Effect, Identity, Place } from './objects/address.ts';
export type { Naming } from './objects/naming.ts';
export { RECREATE, type Comparison, type Effects, type FilterType, type ObjectKind } from './objects/object-kind.ts';
export type { EnumType } from './objects/enums.ts';
export type { Extension } from './objects/extensions.ts';
export type { ForeignKey, ReferentialAction } from './objects/foreign-key-definition.ts';
export type { Index, IndexKey } from './objects/index-definition.ts';
export type { Namespace } from './objects/namespaces.ts';
export type { Sequence } from './objects/sequences.ts';
export type {
  CheckConstraint,
  Column,
  ColumnAlteration,
  Deferrable,
  ExclusionConstraint,
  Partition,
  PrimaryKey,
  Table,
  UniqueConstraint,
} from './objects/tables/table.ts';
export type { View, ViewColumn } from './objects/views.ts';
export type { MaterializedView } from './objects/materialized-views.ts';
export type { Policy } from './objects/policies.ts';
export type { TableProgram, Trigger } from './objects/triggers.ts';
export type { Statistics } from './objects/statistics.ts';
export type { Attributes } from './objects/attributes.ts';
export type { Grant } from './objects/grants.ts';

export { OfflineError } from './operations/offline-error.ts';
export type { DataOperations, Operations } from './operations/operations.ts';
export type { BackfillProgress, MigrationClass, MigrationReference, OperationContext } from './operations/target.ts';
export type { Backfill } from './operations/backfill.ts';
export { BackfillKeyError } from './operations/backfill-key.ts';
export { HiddenRowsError } from './operations/hidden-rows-error.ts';
export type { BulkInsert } from './operations/bulk-insert.ts';
export type { MigrationOperations } from './operations/run-migration.ts';
export { TypeormMigrationsError, UnknownMigrationError } from './metadata/migrations.ts';
export { MalformedRevisionFileError, type RevisionFile } from './scripts/revision-file.ts';
export { MissingVersionLocationError, NoRevisionFileError, NoRevisionModuleError } from './scripts/location-errors.ts';
export { RevisionGraph } from './revisions/graph.ts';
export {
  AmbiguousDowngradeError,
  AmbiguousRevisionError,
  AmbiguousUpgradeError,
  AmbiguousWalkError,
  AppliedRevisionNotFoundError,
  BranchNotFoundError,
  CycleError,
  DependencyCycleError,
  DependencySelfLoopError,
  DisconnectedRangeError,
  DowngradeNeedsRangeError,
  DowngradeTargetNotAppliedError,
  DuplicateBranchLabelError,
  DuplicateHeadsError,
  DuplicateRevisionError,
  HistoryRangeSyntaxError,
  IllegalRevisionIdError,
  InvalidDowngradeTargetError,
  LookalikeNamesError,
  MalformedRevisionError,
  MissingRevisionError,
  MultipleHeadsError,
  NotAHeadError,
  NotMemberOfBranchError,
  OverlappingRevisionsError,
  PurgeOfflineError,
  RangeNotAllowedError,
  RangeNotAncestorError,
  RangeSyntaxError,
  RelativeOutOfRangeError,
  RevisionError,
  RevisionIdTooLongError,
  RevisionNotFoundError,
  SelfLoopError,
  StampConflictError,
  StampStartsError,
  WalkedTooFarError,
} from './revisions/errors.ts';
export type { RevisionHeader, Step } from './revisions/revision.ts';
export { describeHazard, type Hazard } from './sql/hazard.ts';
export type { Statement } from './sql/statement.ts';
export type { QualifiedName } from './sql/name.ts';
export { NoEntitiesError } from './metadata/no-entities.ts';
