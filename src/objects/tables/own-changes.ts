import { typesReplaced } from '../enums.ts';
import type { Comparison } from '../object-kind.ts';
import { changesBetween, tableChanges, type TableChanges } from './changes.ts';
import { handDown, handedDownTo, parentsOf } from './inheritance.ts';
import type { Table } from './table.ts';

/** A table as PostgreSQL leaves it once the tables it inherits from have changed. */
export const afterParents = (table: Table, comparison: Comparison): Table =>
  table.inherits ? handDown(table, comparison, remadeAbove(table, comparison)) : table;

/** What is to be done to a table itself: PostgreSQL hands down what changes in the tables it inherits from. */
export const ownChanges = (before: Table, after: Table, comparison: Comparison): TableChanges | undefined =>
  changesBetween(
    afterParents(before, comparison),
    after,
    typesReplaced(comparison),
    handedDownTo(after, comparison.after),
  );

/**
 * The names of the computed columns and checks that the parents of a table drop and create again. What the table has of
 * them by itself stays when its parents drop them, and would be in the way.
 */
export function remadeAbove(table: Table, comparison: Comparison): ReadonlySet<string> {
  const names = parentsOf(table, comparison.before).flatMap(from => {
    const to = comparison.after.tables.get(from.name);
    const changes = to && tableChanges(from, to, comparison);
    if (!changes) return [];
    const checks = changes.constraints.dropped.filter(({ kind }) => kind === 'check').map(({ name }) => name);
    return [...changes.columns.replaced, ...checks.filter(name => to.checks?.some(check => check.name === name))];
  });
  return new Set(names);
}
