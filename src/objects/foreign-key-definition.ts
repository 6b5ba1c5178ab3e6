import type { QualifiedName } from '../sql/name.ts';
import type { Losing } from './lost.ts';
import type { OfParts } from './own-of-parts.ts';
import type { Deferrable } from './tables/table.ts';
import type { Using } from './uses.ts';

/** What happens to a row when the one it refers to is deleted or gets another key. */
export type ReferentialAction = 'restrict' | 'cascade' | 'set null' | 'set default';

export interface ForeignKey extends Using, Losing, OfParts {
  readonly name: string;
  readonly table: QualifiedName;
  readonly columns: readonly string[];
  readonly references: { readonly table: QualifiedName; readonly columns: readonly string[] };
  /** Left out: no action, PostgreSQL's default. */
  readonly onDelete?: ReferentialAction;
  readonly onUpdate?: ReferentialAction;
  /** The columns that `on delete set null` or `set default` is limited to (PostgreSQL 15). */
  readonly onDeleteColumns?: readonly string[];
  readonly match?: 'full';
  readonly deferrable?: Deferrable;
  /** Existing rows were not checked. */
  readonly notValid?: true;
  /** No row is checked, neither existing nor new ones (PostgreSQL 18). */
  readonly notEnforced?: true;
  /** The last column of either side is a range, which those that it refers to must cover (PostgreSQL 18). */
  readonly period?: true;
  readonly comment?: string;
}
