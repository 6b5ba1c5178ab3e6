import type { Obstacle } from '../compare/obstacles.ts';
import type { Duration } from '../config.ts';
import type { LockHolder } from '../database/advisory-lock.ts';
import type { Operation } from '../objects/kinds.ts';
import type { RevisionGraph } from '../revisions/graph.ts';
import type { Step } from '../revisions/revision.ts';
import type { RevisionFile } from '../scripts/revision-file.ts';
import type { Hazard } from '../sql/hazard.ts';
import type { Statement } from '../sql/statement.ts';
import type { Logger } from './logger.ts';

/**
 * Migrates the database of a DataSource. Each method opens a connection of its own and gives it back. Whatever runs or waits
 * takes a `signal`, and rejects with an AbortError when it is aborted.
 */
export interface Runner {
  /**
   * Run what is missing for `target` to be applied. Where nothing is, this costs one query. A database that newer code has
   * migrated further is left as it is, with a warning (see `whenAhead`).
   * @param target `heads` (the default), `head`, an id or the unique beginning of one, `+2`, `label@head` …
   */
  upgrade(target?: string, options?: RunOptions): Promise<RunResult>;
  /** Downgrade the revisions above `target`: an id, `base`, `-1`, `label@base` … */
  downgrade(target: string, options?: RunOptions): Promise<RunResult>;
  /** Write down that the database is at `targets`, without running anything. Forgets what an interrupted revision had done. */
  stamp(targets: string | readonly string[], options?: StampOptions): Promise<StampResult>;
  /** The revisions the database is at: of each branch the last one applied, also where another one depends on it. */
  current(options?: CallOptions): Promise<readonly string[]>;
  /** What the version table holds, beside what it would hold after `upgrade`. */
  status(options?: CallOptions): Promise<DatabaseStatus>;
  /** The steps `upgrade(target)` (or `downgrade`) would take, with their statements. Reads the heads, and runs nothing. */
  plan(target?: string, options?: PlanOptions): Promise<readonly PlannedStep[]>;
  /**
   * Compare entities and database, changing neither.
   * @throws DatabaseNotAtHeadError where revisions are still to be applied, DatabaseAheadError where newer code has applied more.
   */
  check(options?: CheckOptions): Promise<CheckResult>;
  /** Create the version table and the log beside it, where they are missing. */
  ensureVersionTable(options?: CallOptions): Promise<void>;
  /**
   * A script for `psql -v ON_ERROR_STOP=1 -f` that does what the run would do. Needs no database.
   * @param range `FROM:TO`; for an upgrade also `TO` alone, from `base`.
   */
  sql(direction: Step['direction'], range: string, options?: ScriptOptions): Promise<string>;
  /** The same for `stamp`: each of `targets` is `TO` or `FROM:TO`. */
  stampSql(targets: string | readonly string[]): Promise<string>;
  /** A script that creates the version table and the log. */
  ensureVersionTableSql(): string;
  /** The ends of the branches. */
  heads(): Promise<readonly string[]>;
  /** All revisions, newest first, or those of a range `A:B` (which may name `current`). */
  history(range?: string, options?: CallOptions): Promise<readonly RevisionFile[]>;
  /** The revisions of the version locations, as they are now. */
  revisions(): Promise<Revisions>;
  /** Applied revisions whose file is not what it was when it ran. */
  changedSince(options?: CallOptions): Promise<readonly ChangedRevision[]>;
}

/** What every method takes that runs or waits. */
export interface CallOptions {
  /**
   * Aborts the call: the running statement is cancelled, what was not committed is rolled back, the migration lock is
   * released, and the session is ended. One that is aborted already runs nothing.
   */
  readonly signal?: AbortSignal;
}

/** A run's own settings. */
export interface RunOptions extends CallOptions {
  /** The values of `-x key=value`, for revisions to read as `op.context.x`. */
  readonly x?: Readonly<Record<string, string>>;
  /** The value of `--tag`, for revisions to read as `op.context.tag`. */
  readonly tag?: string;
  /** Say which steps there are, and take none. */
  readonly dryRun?: boolean;
  /** Overrides the configuration's `lockWait`. */
  readonly lockWait?: Duration;
}

export interface PlanOptions extends Pick<RunOptions, 'x' | 'tag' | 'signal'> {
  readonly direction?: Step['direction'];
}

export type ScriptOptions = Pick<RunOptions, 'x' | 'tag' | 'signal'>;

export interface StampOptions extends Pick<RunOptions, 'lockWait' | 'signal'> {
  /** Empty the version table first: for one that holds revisions nobody has any more. */
  readonly purge?: boolean;
}

/** A step and what it is called. */
export interface RunStep extends Step {
  readonly message: string;
}

export interface RunResult {
  /** What was run, in order; with `dryRun`, what would be. */
  readonly steps: readonly RunStep[];
  /** What the version table holds afterwards. */
  readonly heads: readonly string[];
  /** The database is at revisions that newer code has run and this code does not have: nothing was to be done. */
  readonly isAhead: boolean;
}

export interface CheckOptions extends CallOptions {
  /** The values of `-x key=value`, for `processRevisionDirectives`. */
  readonly x?: Readonly<Record<string, string>>;
}

/** What entities and database differ in. */
export interface CheckResult {
  /** What an autogenerated revision would do: `processRevisionDirectives` was asked, too. */
  readonly operations: readonly Operation[];
  readonly isEmpty: boolean;
  /** Why PostgreSQL would refuse these operations: what depends on the things they change. Left out where nothing does. */
  readonly obstacles?: readonly Obstacle[];
}

export interface StampResult {
  readonly before: readonly string[];
  readonly heads: readonly string[];
}

export interface DatabaseStatus {
  /** The rows of the version table. */
  readonly heads: readonly string[];
  /** What they will be after `upgrade heads`. */
  readonly target: readonly string[];
  readonly isAtHeads: boolean;
  /** All revisions of this code are applied, and beyond them some that only newer code has. */
  readonly isAhead: boolean;
  /** Revisions that commit statement by statement and were interrupted: the next run goes on with them. */
  readonly unfinished: readonly UnfinishedStep[];
  /** Who holds the migration lock now, and may be running what is unfinished. Asked only where something is. */
  readonly migrating?: LockHolder;
  /** What the log says otherwise than the version table, where something emptied that or set it back: `upgrade` refuses to run it again. */
  readonly contradiction?: LogContradiction;
}

/** The log says that revisions are applied, and the version table that they are not. */
export interface LogContradiction {
  readonly revisions: readonly string[];
  /** The heads of what is applied according to the log. */
  readonly logged: readonly string[];
  /** What was found, and what to do. */
  readonly message: string;
}

export interface UnfinishedStep extends Step {
  /** How many of its operations are done. */
  readonly done: number;
}

/** A statement that was not sent. */
export interface PlannedStatement extends Statement {
  /** It concerns only tables that the revision itself creates: nobody waits for its locks. */
  readonly isOnNewTable?: true;
}

/** A step that was not taken, and what it would do. */
export interface PlannedStep extends RunStep {
  readonly path: string;
  /** False where the step commits statement by statement. */
  readonly transactional: boolean;
  /** Of a step that was interrupted half way: how many of its operations are done, whose statements are left out. */
  readonly done?: number;
  /** What the revision itself would send, in order. */
  readonly statements: readonly PlannedStatement[];
  /** What it would write into the version table. */
  readonly versionStatements: readonly Statement[];
  /** All hazards of its statements. */
  readonly hazards: readonly Hazard[];
  /** True where the revision reads rows: the statements after that are not known. */
  readonly needsDatabase: boolean;
}

export interface Revisions {
  readonly graph: RevisionGraph;
  readonly files: ReadonlyMap<string, RevisionFile>;
}

export interface RevisionReading {
  /** No revisions are no error: for who is about to write the first one. */
  readonly mayBeEmpty?: boolean;
}

export interface ChangedRevision {
  readonly revision: string;
  readonly path: string;
  /** SHA-256 of the file when it was applied, and now. */
  readonly applied: string;
  readonly current: string;
}

export interface RunnerOptions {
  /** What relative paths of the configuration are relative to, where its own key `directory` does not say it. */
  readonly directory?: string | URL;
  /** Where progress goes; standard error by default. */
  readonly logger?: Logger;
  /** Aborts whatever call is under way, and lets none begin: for the shutdown of an application. */
  readonly signal?: AbortSignal;
  /** Where the history comes from; each call reads the version locations by default. */
  revisions?(reading?: RevisionReading): Promise<Revisions>;
}
