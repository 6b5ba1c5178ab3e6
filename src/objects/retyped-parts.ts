import { columnsOf as columnsOfIndex } from './index-definition.ts';
import { LOST } from './lost.ts';
import type { Comparison } from './object-kind.ts';
import { lostWith } from './own-of-parts.ts';
import { columnsOf, constraintsOf } from './tables/constraints.ts';
import type { Table } from './tables/table.ts';
import { columnUse, usesOf } from './uses.ts';

/**
 * What partitions and heirs have of their own on the indexes and constraints of a column that gets another type: PostgreSQL
 * makes those anew, and keeps only what the table itself has; of foreign keys not the states of their triggers either.
 */
export function lostWithType(
  table: Table,
  column: string,
  { indexes, foreignKeys }: Comparison['before'],
): readonly string[] {
  const use = columnUse(table.name, column);
  const keys = [...foreignKeys.values()].filter(
    ({ table: on, columns, references }) =>
      (on === table.name && columns.includes(column)) ||
      (references.table === table.name && references.columns.includes(column)),
  );
  const parts = [
    ...constraintsOf(table).filter(each => columnsOf(table.name, each).includes(use)),
    ...[...indexes.values()].filter(
      each => each.table === table.name && [...columnsOfIndex(each), ...usesOf(each)].includes(use),
    ),
    ...keys,
  ];
  return [...parts.flatMap(lostWith), ...keys.flatMap(key => key[LOST] ?? [])];
}
