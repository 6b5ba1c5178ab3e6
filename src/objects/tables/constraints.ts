import type { QualifiedName } from '../../sql/name.ts';
import type { OperationIn } from '../object-kind.ts';
import { shapeText } from '../shape.ts';
import { columnUse, usesOf, type Use } from '../uses.ts';
import type {
  CheckConstraint,
  ExclusionConstraint,
  IndexRoles,
  PrimaryKey,
  Table,
  TableOperations,
  UniqueConstraint,
} from './table.ts';

export type TableConstraint =
  | ({ readonly kind: 'primaryKey' } & PrimaryKey)
  | ({ readonly kind: 'unique' } & UniqueConstraint)
  | ({ readonly kind: 'check' } & CheckConstraint)
  | ({ readonly kind: 'exclusion' } & ExclusionConstraint);

/** A table's constraints in one list. */
export const constraintsOf = (table: Table): readonly TableConstraint[] => [
  ...(table.primaryKey ? [{ kind: 'primaryKey', ...table.primaryKey } as const] : []),
  ...(table.uniques ?? []).map(unique => ({ kind: 'unique', ...unique }) as const),
  ...(table.checks ?? []).map(check => ({ kind: 'check', ...check }) as const),
  ...(table.exclusions ?? []).map(exclusion => ({ kind: 'exclusion', ...exclusion }) as const),
];

/** What PostgreSQL calls a constraint of a kind. */
export const wordOf = (kind: TableConstraint['kind']): string => (kind === 'primaryKey' ? 'primary key' : kind);

/** The columns that a constraint holds or its expression uses: it goes with any of them. */
export const columnsOf = (table: QualifiedName, constraint: TableConstraint): readonly Use[] =>
  'columns' in constraint
    ? [...constraint.columns, ...(constraint.include ?? [])].map(name => columnUse(table, name))
    : usesOf(constraint);

/** What makes two constraints of different names the same. */
export const shapeOf = (constraint: TableConstraint): string => {
  const {
    name: _,
    comment: __,
    indexComment: ________,
    clustered: ___,
    replicaIdentity: ____,
    with: _____,
    tablespace: ______,
    inherited: _______,
    ...rest
  } = constraint as TableConstraint &
    IndexRoles &
    Pick<PrimaryKey, 'with' | 'tablespace' | 'indexComment'> &
    Pick<CheckConstraint, 'inherited'>;
  return shapeText(rest);
};

/** True for constraints that differ in nothing but what entities cannot declare, such as comments. */
export const sameConstraint = (one: TableConstraint, other: TableConstraint): boolean =>
  one.name === other.name && shapeOf(one) === shapeOf(other);

/** The operation that adds a constraint to a table that is there. */
export function creationOf(table: QualifiedName, constraint: TableConstraint): OperationIn<TableOperations> {
  switch (constraint.kind) {
    case 'primaryKey': {
      const { kind: _, ...key } = constraint;
      return { op: 'createPrimaryKey', table, ...key };
    }
    case 'unique': {
      const { kind: _, ...unique } = constraint;
      return { op: 'createUniqueConstraint', table, ...unique };
    }
    case 'check': {
      const { kind: _, ...check } = constraint;
      return { op: 'createCheckConstraint', table, ...check };
    }
    case 'exclusion': {
      const { kind: _, ...exclusion } = constraint;
      return { op: 'createExclusionConstraint', table, ...exclusion };
    }
  }
}
