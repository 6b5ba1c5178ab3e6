/**
 * A set of entities as plain data, from which source is printed. Every part has an id of its own that it keeps when a
 * mutation gives it another name: that is how a rename is known, and what is the same before and after.
 */
export interface EntitySet {
  /** The DataSource's `schema`; the connection's own where absent. */
  readonly home?: string;
  /** The DataSource's `namingStrategy`; TypeORM's own where absent. */
  readonly naming?: 'short';
  readonly tables: readonly TableModel[];
  readonly views: readonly ViewModel[];
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
  readonly exclusions: readonly ExclusionModel[];
  readonly relations: readonly RelationModel[];
  /** How TypeORM stores the table as a tree. */
  readonly tree?: 'closure-table' | 'materialized-path' | 'nested-set';
  /** Entities that share the table. */
  readonly children: readonly ChildModel[];
}

export interface ChildModel {
  readonly id: string;
  readonly columns: readonly ColumnModel[];
}

export interface ExclusionModel {
  readonly id: string;
  readonly name?: string;
  /** A column of ranges: no two rows may overlap in it. */
  readonly column: string;
}

export type Action = 'CASCADE' | 'SET NULL' | 'RESTRICT' | 'NO ACTION';

/** A relation from the side that owns it: a foreign key, or a junction table. */
export interface RelationModel {
  readonly id: string;
  readonly kind: 'many-to-one' | 'one-to-one' | 'many-to-many';
  readonly property: string;
  /** The id of the table it refers to. */
  readonly target: string;
  /** The name of the foreign key's column, or of the junction table. */
  readonly name: string;
  /** The column it refers to, by its id; the primary key where absent. */
  readonly references?: string;
  /** The columns of the junction table; those that TypeORM names where absent. */
  readonly junctionColumns?: readonly [string, string];
  /** The target has a property that leads back. */
  readonly inverse?: true;
  readonly options: {
    readonly nullable?: boolean;
    readonly onDelete?: Action;
    readonly onUpdate?: Action;
    readonly deferrable?: 'INITIALLY DEFERRED' | 'INITIALLY IMMEDIATE';
    readonly createForeignKeyConstraints?: boolean;
  };
}

/** A view of some columns of one table, or of another view. */
export interface ViewModel {
  readonly id: string;
  readonly entity: string;
  readonly name: string;
  readonly schema?: string;
  readonly materialized?: boolean;
  /** Printed as a decorated class or as an EntitySchema. */
  readonly form: 'class' | 'schema';
  /** An index on the first column: a materialized view may have one. */
  readonly index?: string;
  /** The id of the table or view that it reads. */
  readonly table: string;
  readonly columns: readonly string[];
  /** Only rows in which the first column is there. */
  readonly presentOnly?: boolean;
}

export interface ColumnModel {
  readonly id: string;
  readonly name: string;
  /** How the primary key is made; absent for other columns. */
  readonly key?: 'uuid' | 'increment' | 'identity' | 'given';
  /** A column that TypeORM fills itself. */
  readonly special?: 'create' | 'update' | 'delete' | 'version';
  /** The embedded entity that it is part of. */
  readonly embedded?: string;
  /** The embedded entity's name begins the column's. */
  readonly prefixed?: true;
  /** The column that this one is computed from, by its id. */
  readonly computedFrom?: string;
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
  /** The access method; the default one where absent. */
  readonly type?: 'hash' | 'brin';
  /** On a geometric column. */
  readonly spatial?: true;
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
export const relationOf = ({ schema, name }: Pick<TableModel, 'schema' | 'name'>, { home }: EntitySet): string =>
  `"${schema ?? home ?? 'public'}"."${name}"`;

export const tableOf = (set: EntitySet, id: string): TableModel | undefined =>
  set.tables.find(table => table.id === id);

/** The type of an enum column, for SQL. */
export const enumTypeOf = (
  { schema, name: table }: TableModel,
  { name, options }: ColumnModel,
  set: EntitySet,
): string =>
  relationOf(
    { ...(schema !== undefined && { schema }), name: options.enumName ?? `${table}_${name.toLowerCase()}_enum` },
    set,
  );

export const viewOf = (set: EntitySet, id: string): ViewModel | undefined => set.views.find(view => view.id === id);

/** The columns of the primary key. */
export const keysOf = ({ columns }: TableModel): readonly ColumnModel[] =>
  columns.filter(({ key }) => key !== undefined);

/** The columns of a relation's foreign key: as many as what it refers to has. */
export function foreignKeyColumns({ name, references, target }: RelationModel, set: EntitySet): readonly string[] {
  const keys = references === undefined ? keysOf(tableOf(set, target)!) : [references];
  return keys.map((_, at) => (at === 0 ? name : `${name}_${at}`));
}

/** The property of an entity that a column is: its name in camel case, without the embedded entity's. */
export function propertyOf({ name, embedded, prefixed }: ColumnModel): string {
  if (prefixed) return name.slice(embedded!.length).toLowerCase();
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
