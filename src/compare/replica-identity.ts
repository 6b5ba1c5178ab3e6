import type { Operation, Schema } from '../objects/kinds.ts';
import { columnsOf as columnsOfIndex } from '../objects/indexes.ts';
import { columnsOf, constraintsOf } from '../objects/tables/constraints.ts';
import { columnUse, type Use } from '../objects/uses.ts';
import type { QualifiedName } from '../sql/name.ts';
import type { Obstacle } from './obstacles.ts';

/** An index by which logical replication tells the rows of a table apart. */
interface Identifier {
  /** `index by_code`. */
  readonly text: string;
  readonly columns: readonly Use[];
}

/**
 * Columns that may be null from now on, of indexes that are replica identities: PostgreSQL takes NOT NULL columns only.
 * @see https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY
 */
export function nullableIdentities(operations: readonly Operation[], after: Schema): readonly Obstacle[] {
  return tablesTouched(operations).flatMap(name => {
    const nullable = (after.tables.get(name)?.columns ?? []).filter(column => column.nullable);
    return identifiersOf(name, after).flatMap(({ text, columns }) =>
      nullable
        .filter(column => columns.includes(columnUse(name, column.name)))
        .map(column => ({
          dependent: `the replica identity of ${name} (${text})`,
          on: `NOT NULL of column ${name}.${column.name}, which goes`,
        })),
    );
  });
}

/** The tables of which a column may be null from now on, or a replica identity is made. */
const tablesTouched = (operations: readonly Operation[]): readonly QualifiedName[] => [
  ...new Set(
    operations.flatMap(each => {
      const isTouched =
        each.op === 'alterColumn'
          ? each.nullable === true
          : (each.op === 'createIndex' || each.op === 'createUniqueConstraint') && each.replicaIdentity;
      return isTouched ? [(each as { readonly table: QualifiedName }).table] : [];
    }),
  ),
];

function identifiersOf(name: QualifiedName, schema: Schema): readonly Identifier[] {
  const table = schema.tables.get(name);
  const keys = table ? constraintsOf(table).filter(each => 'columns' in each && each.replicaIdentity) : [];
  const indexes = [...schema.indexes.values()].filter(each => each.table === name && each.replicaIdentity);
  return [
    ...keys.map(key => ({ text: `constraint ${key.name}`, columns: columnsOf(name, key) })),
    ...indexes.map(index => ({ text: `index ${index.name}`, columns: columnsOfIndex(index) })),
  ];
}
