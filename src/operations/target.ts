import type { Operation, Registry } from '../objects/kinds.ts';
import type { QualifiedName } from '../sql/name.ts';
import type { Statement } from '../sql/statement.ts';

/**
 * Where statements go: a database, a SQL script, or a list in a test.
 * @param operation the operation of a kind that the statement carries out, where there is one
 */
export type StatementSink = (statement: Statement, operation?: Operation) => Promise<void>;

/** Reads rows for a data migration. */
export type RowSource = (sql: string, parameters?: readonly unknown[]) => Promise<any[]>;

/** What a revision may know of the run it is part of. */
export interface OperationContext {
  /** True where a script is written (`--sql`) instead of a database changed: nothing can be read. */
  readonly isOffline: boolean;
  /** The value of `--tag`. */
  readonly tag?: string;
  /** The values of `-x key=value`. */
  readonly x: Readonly<Record<string, string>>;
  /** The heads the database was at when the run began. */
  readonly heads: readonly string[];
  /** Aborted when the run is: for what a revision waits for beside its operations. Left out where the run has none. */
  readonly signal?: AbortSignal;
}

/** What operations are carried out with. */
export interface OperationTarget {
  readonly sink: StatementSink;
  readonly context: OperationContext;
  /** The kinds whose operations there are; the built-in ones by default. */
  readonly kinds?: Registry | undefined;
  /** The connection's own schema, which is always there: a revision neither creates nor drops it. */
  readonly ownSchema?: string | undefined;
  /** Left out where nothing can be read. */
  readonly rows?: RowSource;
  /** Runs one batch in a transaction of its own, where the revision is not transactional. */
  readonly batches?: {
    resumeFrom(name: string): Promise<unknown>;
    commit(name: string, key: unknown, work: () => Promise<void>): Promise<void>;
  };
  readonly onProgress?: (progress: BackfillProgress, countRemaining: CountRemaining) => void | Promise<void>;
  /** Carries out TypeORM's own migrations; left out where none are. */
  readonly migrations?: MigrationTarget;
  /** Told of each operation of a kind before its statements. */
  readonly onOperation?: (operation: Operation) => void;
}

/** Gives the number of rows that a backfill has not walked over yet. */
export type CountRemaining = () => Promise<number>;

export interface BackfillProgress {
  readonly table: QualifiedName;
  /** Rows this run has walked over so far: 0 at its beginning. */
  readonly done: number;
  readonly isComplete: boolean;
}

/** A class of TypeORM's own migrations. */
export type MigrationClass = new () => { up(queryRunner: any): Promise<any>; down(queryRunner: any): Promise<any> };

export type MigrationDirection = 'up' | 'down';

/** One of TypeORM's own migrations: by the name it goes by among the DataSource's `migrations`, or its class. */
export type MigrationReference = string | MigrationClass;

/** A migration that was found, and the table TypeORM remembers it in. */
export interface FoundMigration {
  readonly name: string;
  readonly timestamp: number;
  readonly table: QualifiedName;
}

/** Whoever can carry out TypeORM's own migrations. */
export interface MigrationTarget {
  find(migration: MigrationReference): Promise<FoundMigration>;
  run(migration: FoundMigration, direction: MigrationDirection): Promise<void>;
}
