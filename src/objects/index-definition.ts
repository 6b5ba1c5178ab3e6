import type { QualifiedName } from '../sql/name.ts';
import type { ExtensionDependencies } from './extension-dependencies.ts';
import type { Losing } from './lost.ts';
import type { OfParts } from './own-of-parts.ts';
import type { IndexRoles } from './tables/table.ts';
import { columnUse, type Use, type Using } from './uses.ts';

/** What an index sorts by: a column by name, or anything else spelled out. */
export type IndexKey =
  | string
  | {
      readonly column?: string;
      readonly expression?: string;
      readonly collation?: QualifiedName;
      readonly operatorClass?: string;
      readonly order?: 'desc';
      /** Where it is not the order's own: nulls last for ascending, first for descending. */
      readonly nulls?: 'first' | 'last';
      /** The statistics target of an expression, where it was set. */
      readonly statistics?: number;
    };

export interface Index extends Using, Losing, OfParts, IndexRoles, ExtensionDependencies {
  /** Indexes lie in their table's schema. */
  readonly name: QualifiedName;
  readonly table: QualifiedName;
  readonly columns: readonly IndexKey[];
  readonly unique?: true;
  /** Left out: btree. */
  readonly method?: string;
  readonly include?: readonly string[];
  readonly nullsNotDistinct?: true;
  /** Storage parameters, as in `WITH (…)`. */
  readonly with?: readonly string[];
  /** Where it is not the database's own. */
  readonly tablespace?: string;
  readonly where?: string;
  readonly comment?: string;
  /** An interrupted CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY left it: PostgreSQL does not use it. */
  readonly invalid?: true;
}

/** The columns that it sorts by or holds. */
export const columnsOf = ({ table, columns, include = [] }: Index): readonly Use[] =>
  [...columns.flatMap(key => (typeof key === 'string' ? key : (key.column ?? []))), ...include].map(name =>
    columnUse(table, name),
  );
