/**
 * A set of entities as plain data, from which source is printed. Every part has an id of its own that it keeps when a
 * mutation gives it another name: that is how a rename is known, and what is the same before and after.
 */
export interface EntitySet {
  readonly tables: readonly TableModel[];
}

export interface TableModel {
  readonly id: string;
  /** The name of the class or of the EntitySchema. */
  readonly entity: string;
  readonly name: string;
  readonly schema?: string;
  readonly comment?: string;
  /** Printed as a decorated class or as an EntitySchema. */
  readonly form: 'class' | 'schema';
  readonly columns: readonly ColumnModel[];
  readonly indices: readonly IndexModel[];
  readonly uniques: readonly UniqueModel[];
  readonly checks: readonly CheckModel[];
}

export interface ColumnModel {
  readonly id: string;
  readonly name: string;
  /** How the primary key is made; absent for other columns. */
  readonly key?: 'uuid' | 'increment' | 'identity' | 'given';
  /** What `@Column` is given. */
  readonly options: ColumnOptions;
}

export interface ColumnOptions {
  readonly type: string;
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly array?: boolean;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly comment?: string;
  readonly enum?: readonly string[];
  readonly enumName?: string;
  readonly collation?: string;
}

export interface IndexModel {
  readonly id: string;
  readonly name?: string;
  readonly columns: readonly string[];
  readonly unique?: boolean;
  /** A predicate on this column: `IS NOT NULL`. */
  readonly presentOnly?: string;
}

export interface UniqueModel {
  readonly id: string;
  readonly name?: string;
  readonly columns: readonly string[];
}

export interface CheckModel {
  readonly id: string;
  readonly name?: string;
  readonly column: string;
  /** What is demanded of the column: ` >= 0`. */
  readonly demand: string;
}

/** Source text among the data, printed as it is. */
export interface Code {
  readonly code: string;
}

export const code = (text: string): Code => ({ code: text });

export const isCode = (value: unknown): value is Code => typeof value === 'object' && value !== null && 'code' in value;

export const columnOf = (table: TableModel, id: string): ColumnModel | undefined =>
  table.columns.find(column => column.id === id);

/** `"s1"."ticket"`, for SQL. */
export const relationOf = ({ schema, name }: Pick<TableModel, 'schema' | 'name'>): string =>
  `"${schema ?? 'public'}"."${name}"`;
