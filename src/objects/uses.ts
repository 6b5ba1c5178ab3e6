import { partName, type QualifiedName } from '../sql/name.ts';

/**
 * What an expression can refer to: `column:ticket.status`, `relation:ticket`, `type:ticket_status`, `constraint:ticket.by_code`,
 * and `primaryKey:ticket`, whatever that key is called: under a `GROUP BY` of its columns, others may be selected.
 */
export type Use = `${'column' | 'relation' | 'type' | 'constraint' | 'primaryKey'}:${string}`;

/**
 * What PostgreSQL recorded (in `pg_depend`) that the expressions of an object refer to. The key is a symbol because it
 * describes the object's text and is no part of it: it is neither compared nor rendered, and copies keep it.
 */
export const USES: unique symbol = Symbol.for('typeorm-alembic.uses') as never;

export interface Using {
  readonly [USES]?: readonly Use[];
}

export const usesOf = (object: Using): readonly Use[] => object[USES] ?? [];

/** To be spread into an object: nothing where there are no uses. */
export const using = (uses: readonly Use[]): Using => (uses.length > 0 ? { [USES]: uses } : {});

/** The relations that an object's expressions read as a whole. */
export const relationsUsed = (object: Using): `relation:${string}`[] =>
  usesOf(object).filter((use): use is `relation:${string}` => use.startsWith('relation:'));

export const columnUse = (relation: QualifiedName, column: string): Use => `column:${partName(relation, column)}`;

export const constraintUse = (table: QualifiedName, constraint: string): Use =>
  `constraint:${partName(table, constraint)}`;

export const primaryKeyUse = (table: QualifiedName): Use => `primaryKey:${table}`;

/** What an object with expressions is called where its uses are looked up. */
export type UserOf = `${'column' | 'relation' | 'constraint' | 'policy' | 'trigger' | 'rule' | 'statistics'}:${string}`;

/** Looks up what the expressions of an object use. */
export type UsesLookup = (user: UserOf) => readonly Use[];
