import type { QualifiedName } from '../../sql/name.ts';
import type { Attributes, Storage } from '../attributes.ts';
import type { Grant } from '../grants.ts';
import type { OfParts } from '../own-of-parts.ts';
import type { Persistence, Sequence, SequenceOptions } from '../sequences.ts';
import type { DIFFERS } from '../shape.ts';
import type { Using } from '../uses.ts';

/** The sequence that feeds a column. */
export interface ColumnSequence extends SequenceOptions {
  /** Where it is not the column's. */
  readonly type?: Sequence['type'];
  /** Where it is not what PostgreSQL gives a new one: `logged`, and that of the table to an identity (PostgreSQL 15). */
  readonly persistence?: Persistence;
  readonly grants?: readonly Grant[];
  readonly comment?: string;
}

/** How the values of a column are stored, and what the planner knows of them. */
export interface ColumnStorage {
  /** How long values are stored, where it is not the type's own way. */
  readonly storage?: 'plain' | 'external' | 'extended' | 'main';
  /** The compression of long values, where it was chosen for this column (PostgreSQL 14). */
  readonly compression?: string;
  /** The statistics target, where it was set for this column. */
  readonly statistics?: number;
  /** Attribute options, as in `SET (n_distinct=100)`. */
  readonly with?: readonly string[];
}

/** Set of a column whose domain is NOT NULL, while the column itself is not. Entities cannot tell the two apart. */
export const NEVER_NULL: unique symbol = Symbol.for('typeorm-alembic.neverNull') as never;

/** Set on a column that a table has from those it inherits from alone, even where it differs from theirs: it goes with them. */
export const OF_PARENTS: unique symbol = Symbol.for('typeorm-alembic.ofParents') as never;

/** Set on a table of the database that TypeORM makes for itself. Nothing is to be done about it unless an entity declares it. */
export const OF_TYPEORM: unique symbol = Symbol.for('typeorm-alembic.ofTypeorm') as never;

export interface Column extends Using, ColumnStorage {
  readonly [NEVER_NULL]?: boolean;
  readonly [OF_PARENTS]?: true;
  /** What the configuration says that it differs in from its counterpart, though both may look alike. */
  readonly [DIFFERS]?: readonly ('type' | 'default')[];
  readonly name: string;
  /** As `format_type` prints it: `uuid`, `character varying(200)`, `ticket_priority`. */
  readonly type: string;
  readonly nullable: boolean;
  /** A SQL expression, as `pg_get_expr` prints it. */
  readonly default?: string;
  /** A sequence of the column's own feeds it: its name where that is not PostgreSQL's `<table>_<column>_seq`. */
  readonly serial?: true | QualifiedName;
  readonly identity?: 'always' | 'by default';
  /** The sequence of an identity column, where it has another name than PostgreSQL's own. */
  readonly sequence?: QualifiedName;
  /** What the sequence of a serial or identity column is like, where it is not PostgreSQL's default. */
  readonly sequenceOptions?: ColumnSequence;
  /** Sequences that belong to the column without feeding it: its default does more than to take the next value. */
  readonly sequences?: readonly Sequence[];
  /** The expression a generated column is computed from. */
  readonly generated?: string;
  /** The generated column is computed when it is read (PostgreSQL 18), not stored. */
  readonly virtual?: true;
  /** Where it is not the type's own. */
  readonly collation?: QualifiedName;
  readonly comment?: string;
  /** Privileges on this column alone. */
  readonly grants?: readonly Grant[];
  /** The tables it inherits from hand it down, as it is. */
  readonly inherited?: true;
}

/** When a deferrable constraint is checked unless the transaction says otherwise. */
export type Deferrable = 'initially immediate' | 'initially deferred';

/** What an index may be to its table. */
export interface IndexRoles {
  /** `CLUSTER` sorts the table by it. */
  readonly clustered?: true;
  /** Logical replication tells the table's rows apart by it. */
  readonly replicaIdentity?: true;
}

export interface PrimaryKey extends IndexRoles, OfParts {
  readonly name: string;
  readonly columns: readonly string[];
  /** The last column is a range, and those of equal other columns do not overlap (PostgreSQL 18). */
  readonly withoutOverlaps?: true;
  readonly include?: readonly string[];
  /** Storage parameters of its index, as in `WITH (fillfactor=70)`. */
  readonly with?: readonly string[];
  /** Where its index is, if that is not the database's own tablespace. */
  readonly tablespace?: string;
  readonly deferrable?: Deferrable;
  readonly comment?: string;
  /** The comment on its index, which may have another one than the constraint. */
  readonly indexComment?: string;
}

export interface UniqueConstraint extends PrimaryKey {
  /** Two nulls count as equal (PostgreSQL 15). */
  readonly nullsNotDistinct?: true;
}

export interface CheckConstraint extends Using, OfParts {
  readonly name: string;
  readonly expression: string;
  /** Existing rows were not checked. */
  readonly notValid?: true;
  /** No row is checked, neither existing nor new ones (PostgreSQL 18). */
  readonly notEnforced?: true;
  readonly noInherit?: true;
  /** The tables it inherits from hand it down. */
  readonly inherited?: true;
  readonly comment?: string;
}

export interface ExclusionConstraint extends Using, OfParts {
  readonly name: string;
  /** What follows `EXCLUDE`: `USING gist (room WITH =, during WITH &&)`. */
  readonly definition: string;
  /** Where its index is, if that is not the database's own tablespace. */
  readonly tablespace?: string;
  readonly deferrable?: Deferrable;
  readonly comment?: string;
  /** The comment on its index, which may have another one than the constraint. */
  readonly indexComment?: string;
}

/** A publication that names a table. */
export interface Publication {
  readonly name: string;
  /** Left out: all columns. */
  readonly columns?: readonly string[];
  readonly where?: string;
}

/** A part of a partitioned table, with what can be said where it is created. */
export interface Partition extends Attributes, Storage {
  readonly name: QualifiedName;
  /** As in `FOR VALUES FROM (1) TO (10)`, or `DEFAULT`. */
  readonly bounds: string;
  /** What follows `PARTITION BY`, where it is partitioned in turn. */
  readonly partitionBy?: string;
  readonly partitions?: readonly Partition[];
  readonly unlogged?: true;
}

export interface Table extends Attributes, Storage {
  readonly [OF_TYPEORM]?: true;
  readonly name: QualifiedName;
  readonly columns: readonly Column[];
  readonly primaryKey?: PrimaryKey;
  readonly uniques?: readonly UniqueConstraint[];
  readonly checks?: readonly CheckConstraint[];
  readonly exclusions?: readonly ExclusionConstraint[];
  /** What follows `PARTITION BY`: `RANGE (created_at)`. */
  readonly partitionBy?: string;
  readonly partitions?: readonly Partition[];
  /** The tables that follow `INHERITS`. */
  readonly inherits?: readonly QualifiedName[];
  /** What is dropped with the table and not created again with it, as in `index by_day of the partition ticket_2024`. */
  readonly losing?: readonly string[];
  /** Its rows are not written to the log of the server, and are lost in a crash. */
  readonly unlogged?: true;
  /** Policies decide which rows are seen; `forced` for the owner too, once it is enabled. */
  readonly rowSecurity?: 'enabled' | 'forced' | 'forced, not enabled';
  /** What logical replication writes of a changed row: all of it or nothing, where it is not a key. */
  readonly replicaIdentity?: 'full' | 'nothing';
  /** The publications that name it. */
  readonly publications?: readonly Publication[];
}

/** What `op.alterColumn` may change. What is left out stays; `null` takes away. */
export interface ColumnAlteration {
  readonly table: QualifiedName;
  readonly name: string;
  readonly type?: string;
  /** The type so far: it tells a widening from a change that may fail or lose precision. */
  readonly existingType?: string;
  /** How to compute the new value where PostgreSQL has no cast of its own for the change. */
  readonly using?: string;
  readonly collation?: QualifiedName | null;
  readonly nullable?: boolean;
  readonly default?: string | null;
  /** True: feed the column from a sequence of its own. False: drop that sequence. A new one goes on where the former was. */
  readonly serial?: boolean;
  /** The sequence of a serial column, where it has another name than PostgreSQL's own. */
  readonly sequence?: QualifiedName;
  readonly identity?: 'always' | 'by default' | null;
  /** The identity so far. */
  readonly existingIdentity?: 'always' | 'by default';
  /** What the sequence that feeds the column is like, where it is not PostgreSQL's default. */
  readonly sequenceOptions?: ColumnSequence;
  /**
   * A sequence that the column's default has used so far, without being its own. With `serial: false`: the sequence that
   * has fed the column, and stays its own.
   */
  readonly existingSequence?: QualifiedName;
  /** The table's, where it is another role than the one that runs the revision: a new sequence of the column becomes its, too. */
  readonly owner?: string;
  /** `null`: keep the values of a generated column, and compute no more (PostgreSQL 13). */
  readonly generated?: null;
  readonly comment?: string | null;
  /** How long values are stored: a new type brings its own way. */
  readonly storage?: Column['storage'];
  readonly compression?: string;
}

interface OfTable {
  readonly table: QualifiedName;
}

interface Named {
  readonly name: QualifiedName;
}

interface Renaming {
  readonly from: string;
  readonly to: string;
}

export interface TableOperations {
  /** Create a table with its columns, keys and constraints; indexes and foreign keys come by operations of their own. */
  createTable(table: Table): Promise<void>;
  /** Drop a table with its rows, indexes, constraints and partitions. `losing` names what the downgrade cannot create again. */
  dropTable(table: Named & { readonly losing?: readonly string[] }): Promise<void>;
  /** Rename a table within its schema. */
  renameTable(renaming: { readonly from: QualifiedName; readonly to: QualifiedName }): Promise<void>;
  /** Move a table to another schema, with its indexes, constraints and sequences. `to` is the schema's name. */
  moveTable(move: OfTable & { readonly to: string }): Promise<void>;
  commentOnTable(comment: OfTable & { readonly comment: string | null }): Promise<void>;
  /** `owner`: the table's, where it is another role than the one that runs the revision: the column's sequences become its, too. */
  addColumn(addition: OfTable & { readonly column: Column; readonly owner?: string }): Promise<void>;
  /**
   * Drop a column with its values; those of a `generated` one are computed from others, and none are lost. `only`: the
   * tables that inherit it keep it and its values, as a column of their own.
   */
  dropColumn(
    column: OfTable & { readonly name: string; readonly generated?: true; readonly only?: true },
  ): Promise<void>;
  renameColumn(renaming: OfTable & Renaming): Promise<void>;
  /** Change a column in place, keeping its rows. */
  alterColumn(alteration: ColumnAlteration): Promise<void>;
  createPrimaryKey(key: OfTable & PrimaryKey): Promise<void>;
  createUniqueConstraint(constraint: OfTable & UniqueConstraint): Promise<void>;
  createCheckConstraint(constraint: OfTable & CheckConstraint): Promise<void>;
  createExclusionConstraint(constraint: OfTable & ExclusionConstraint): Promise<void>;
  dropConstraint(constraint: OfTable & { readonly name: string }): Promise<void>;
  renameConstraint(renaming: OfTable & Renaming): Promise<void>;
  /** Check the rows of a constraint that was added `notValid`. */
  validateConstraint(constraint: OfTable & { readonly name: string }): Promise<void>;
}
