import type { Renames } from './compare/renames.ts';
import type { Duration } from './duration.ts';
import type { AnyKind } from './objects/kinds.ts';
import type { AnyOperation, FilterType } from './objects/object-kind.ts';
import type { Operations } from './operations/operations.ts';

export type { Duration } from './duration.ts';

/** Where a name was found: what `includeName` may need to tell two of the same name apart. Empty for a schema. */
export interface ParentNames {
  /** Null in the connection's own schema. */
  readonly schema_name?: string | null;
  /** The table that a column, key, constraint, index, policy, trigger or rule belongs to. */
  readonly table_name?: string | null;
  /** That table with its schema, unless it is the connection's own; for a table, view or sequence, its own name. */
  readonly schema_qualified_table_name?: string | null;
}

/** What `compareType` and `compareServerDefault` are asked about: a column both sides have. */
export interface ColumnPair {
  /** The table's name, qualified where it is outside the connection's schema. */
  readonly table: string;
  readonly column: string;
  /** The column as the database has it, and as the entities declare it. */
  readonly live: unknown;
  readonly target: unknown;
}

/** True: they differ, also where they look alike. False: they are alike. Undefined: decide as if there were no callback. Promises are refused. */
export type ColumnComparison = (pair: ColumnPair) => boolean | undefined;

/** A revision as autogenerate is about to write it. */
export interface DraftRevision {
  readonly revision: string;
  readonly downRevision: string | readonly string[] | null;
  readonly message: string;
  readonly upgrade: readonly AnyOperation[];
  readonly downgrade: readonly AnyOperation[];
}

export interface DirectiveContext {
  /** The heads the new revision follows. */
  readonly heads: readonly string[];
  /** `-x key=value` arguments of the command line. */
  readonly x: Readonly<Record<string, string>>;
}

/** A step that was just recorded in the version table, in whose transaction the callback runs. */
export interface VersionApplication {
  readonly direction: 'upgrade' | 'downgrade' | 'stamp';
  /** The revision that was applied or taken away; null for a stamp to `base`. */
  readonly revision: string | null;
  readonly message: string;
  /** What the version table holds after the step. */
  readonly heads: readonly string[];
  /** True where a script is written (`--sql`): what is sent goes into the script, after the step's own bookkeeping. */
  readonly isOffline: boolean;
  execute(sql: string, parameters?: readonly unknown[]): Promise<void>;
  /** The rows of a statement. Offline, one that gives rows is an OfflineError. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly unknown[]>;
}

/** A shell command, where `{file}` stands for the quoted path of the new file (it is appended otherwise), or a function. */
export type PostWriteHook = string | ((file: string) => unknown);

/** The path of a module whose default export makes a revision's source, or that function itself. */
export type RevisionTemplate = string | URL | ((script: DraftRevision) => string);

/** Both directions of a revision, none, or only the one that is named run in a transaction. */
export type Transactional = boolean | 'upgrade' | 'downgrade';

/** What a revision's file exports, as `import * as revision from './migrations/3f2a9c1b7d44_….js'` gives it. */
export interface RevisionExports {
  readonly revision: string;
  readonly downRevision: string | readonly string[] | null;
  readonly branchLabels?: string | readonly string[] | null;
  readonly dependsOn?: string | readonly string[] | null;
  readonly transactional?: Transactional;
  readonly replaces?: readonly string[];
  /** What the revision is called in progress and history: a bundle has no comments to read it from. */
  readonly message?: string;
  upgrade(op: Operations): Promise<void> | void;
  downgrade(op: Operations): Promise<void> | void;
}

type MaybePromise<Value> = Value | Promise<Value>;

/** A revision's module, a promise of it, or a function that imports it: `() => import('./migrations/….js')`. */
export type RevisionSource = MaybePromise<RevisionExports> | (() => MaybePromise<RevisionExports>);

/**
 * How a project wants its migrations: the named export `migrations` of `ormconfig.ts`. Every key may be left out.
 * Relative paths are relative to `directory`. Callbacks are methods, so that parameters may be declared narrower.
 */
export interface MigrationsConfig {
  /**
   * What relative paths are relative to: `import.meta.dirname`, or `__dirname` in CommonJS. Default: on the command line
   * the configuration file's folder; with `createRunner` there is none, and a relative path is an error.
   */
  readonly directory?: string | URL;
  /** Folders of revision files. Default: `['migrations']`. A new revision goes to its parent's folder. */
  readonly versionLocations?: readonly (string | URL)[];
  /** Look into folders inside the version locations too. Default: false. */
  readonly recursiveVersionLocations?: boolean;
  /**
   * Revisions given as modules, instead of files: for bundles and lambdas. No version location is read then.
   * Default: none.
   */
  readonly revisions?: readonly RevisionSource[];
  /** Take a missing or empty version location for a history without revisions, instead of an error. Default: false. */
  readonly allowNoRevisions?: boolean;
  /** Compare although the DataSource has no entities, or one of its patterns matches no file. Default: false. */
  readonly allowNoEntities?: boolean;
  /**
   * The name of a new file, without its extension. Default: `'{rev}_{slug}'`. Also `{year}`, `{month}`, `{day}`, `{hour}`,
   * `{minute}`, `{second}` (padded with zeros) and `{epoch}`; `/` makes folders and needs `recursiveVersionLocations`.
   */
  readonly fileTemplate?: string;
  /** The longest slug a message may become, in characters. Default: 40. */
  readonly truncateSlugLength?: number;
  /** IANA name of the time zone of file names and create dates. Default: `'UTC'`. */
  readonly timezone?: string;
  /** A project's own source for new revision files. Default: the built-in rendering. */
  readonly template?: RevisionTemplate;
  /** Run on each file after it was written, in order; one that fails is an error. Default: none. */
  readonly postWriteHooks?: readonly PostWriteHook[];

  /** The table that holds the current revisions. Default: `'alembic_version'`. */
  readonly versionTable?: string;
  /** Its schema. Default: the connection's. */
  readonly versionTableSchema?: string;
  /** One transaction for each revision (the default), one for all of a run, or none. */
  readonly transaction?: 'each' | 'all' | 'none';
  /** How long a statement may wait for a lock before its transaction is rolled back and tried again, in milliseconds or with a unit. Default: `'1s'`. */
  readonly lockTimeout?: Duration;
  /** How long a statement may run. Default: no limit. */
  readonly statementTimeout?: Duration;
  /** How long to wait in all for locks, and for another process that is migrating. Default: `'10min'`. */
  readonly lockWait?: Duration;

  /** What `upgrade` does where newer code has migrated the database further: go on with a warning (the default), or fail. */
  readonly whenAhead?: 'continue' | 'fail';

  /** Whether column types are compared. Default: true. */
  readonly compareType?: boolean | ColumnComparison;
  /** Whether column defaults are compared. Default: true. */
  readonly compareServerDefault?: boolean | ColumnComparison;
  /** Schemas to read. Default: the DataSource's schema and every schema an entity names. */
  readonly includeSchemas?: readonly string[];
  /** False hides a name on both sides, and what lies in it. Not asked about the connection's own schema. */
  includeName?(name: string | null, type: FilterType, parentNames: ParentNames): boolean;
  /** False leaves an object out of comparing. `reflected`: it was read from the database; `compareTo`: its counterpart. */
  includeObject?(object: unknown, name: string, type: FilterType, reflected: boolean, compareTo: unknown): boolean;
  /** Old names to new ones, for what was renamed rather than dropped and created. */
  readonly renames?: Renames;
  /** May change what autogenerate writes: the script to write, several, or none (`null`). Undefined: as it was. */
  processRevisionDirectives?(script: DraftRevision, context: DirectiveContext): Directives | Promise<Directives>;
  /** Called after each step, in its transaction; for a script (`--sql`), too, with `isOffline: true`. */
  onVersionApply?(applied: VersionApplication): void | Promise<void>;
  /**
   * The registry of object kinds, for projects that add their own: `{ ...kinds, policies }`. Objects of a built-in kind that
   * it leaves out are not compared; its operations are there all the same.
   */
  readonly kinds?: Readonly<Record<string, AnyKind>>;
}

export type Directives = DraftRevision | readonly DraftRevision[] | null | undefined;

/** Keys that a configuration need not have, and that always have a value. */
export type Defaulted =
  | 'versionLocations'
  | 'recursiveVersionLocations'
  | 'allowNoRevisions'
  | 'allowNoEntities'
  | 'fileTemplate'
  | 'truncateSlugLength'
  | 'timezone'
  | 'postWriteHooks'
  | 'versionTable'
  | 'transaction'
  | 'lockTimeout'
  | 'statementTimeout'
  | 'lockWait'
  | 'whenAhead'
  | 'compareType'
  | 'compareServerDefault'
  | 'renames';

/** A configuration with nothing left to decide: defaults applied, paths absolute, durations in milliseconds (0: no limit). */
export interface ResolvedConfig extends Omit<MigrationsConfig, Defaulted | 'template' | 'directory'> {
  /** What relative paths of the configuration are relative to, where that is known. */
  readonly directory?: string;
  /** None where `revisions` are given and the folders cannot be told. */
  readonly versionLocations: readonly string[];
  readonly recursiveVersionLocations: boolean;
  readonly allowNoRevisions: boolean;
  readonly allowNoEntities: boolean;
  readonly fileTemplate: string;
  readonly truncateSlugLength: number;
  readonly timezone: string;
  readonly template?: string | ((script: DraftRevision) => string);
  readonly postWriteHooks: readonly PostWriteHook[];
  readonly versionTable: string;
  readonly transaction: 'each' | 'all' | 'none';
  readonly lockTimeout: number;
  readonly statementTimeout: number;
  readonly lockWait: number;
  readonly whenAhead: 'continue' | 'fail';
  readonly compareType: boolean | ColumnComparison;
  readonly compareServerDefault: boolean | ColumnComparison;
  readonly renames: Renames;
}
