import type { ForeignKey } from '../objects/foreign-keys.ts';
import type { Table } from '../objects/tables/table.ts';
import type { QualifiedName } from '../sql/name.ts';
import { ForeignKeyTypeError } from './errors.ts';

/**
 * Refuses foreign keys between columns of types that PostgreSQL cannot compare, as far as the types are known here.
 * @throws ForeignKeyTypeError
 */
export function assertComparable(tables: readonly Table[], foreignKeys: readonly ForeignKey[]): void {
  const types = new Map(
    tables.map(({ name, columns }) => [name, new Map(columns.map(column => [column.name, column.type]))]),
  );
  const typeOf = (table: QualifiedName, column: string) => types.get(table)?.get(column);
  for (const { name, table, columns, references } of foreignKeys) {
    for (const [position, column] of columns.entries()) {
      const referenced = references.columns[position]!;
      const [own, other] = [typeOf(table, column), typeOf(references.table, referenced)];
      if (own === undefined || other === undefined || isComparable(own, other)) continue;
      throw new ForeignKeyTypeError(name, [`${table}.${column}`, `${references.table}.${referenced}`], [own, other]);
    }
  }
}

/** Types that compare with each other; among numbers, a type can refer to those after it. */
const families: Readonly<Record<string, readonly [family: string, rank: number]>> = {
  smallint: ['number', 1],
  integer: ['number', 1],
  bigint: ['number', 1],
  numeric: ['number', 2],
  real: ['number', 3],
  'double precision': ['number', 3],
  text: ['text', 0],
  'character varying': ['text', 0],
  character: ['text', 0],
  uuid: ['uuid', 0],
  boolean: ['boolean', 0],
  date: ['time', 0],
  'timestamp without time zone': ['time', 0],
  'timestamp with time zone': ['time', 0],
  bytea: ['bytea', 0],
};

/** @see https://www.postgresql.org/docs/current/btree.html, whose operator families decide */
function isComparable(own: string, other: string): boolean {
  const [one, two] = [own, other].map(type => families[type.replace(/\(.*\)/, '')]);
  if (own === other || !one || !two) return true;
  return one[0] === two[0] && one[1] <= two[1];
}
