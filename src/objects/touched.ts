import { typeNameIn } from '../sql/name.ts';
import { typesReplaced } from './enums.ts';
import type { Comparison } from './object-kind.ts';
import { isRetyped, tableChanges } from './tables/changes.ts';
import { lineOf, partitionsOf } from './tables/inheritance.ts';
import { columnUse, constraintUse, primaryKeyUse, usesOf, type Use, type Using } from './uses.ts';

/**
 * How a column that others may use changes: it gets another type, moves to the enum that replaces its own, is dropped and
 * added again, or is dropped.
 */
export type ColumnChange = 'retyped' | 'moved' | 'readded' | 'dropped';

const known = new WeakMap<Comparison, ReadonlyMap<Use, ColumnChange | 'replaced'>>();

/** The columns, types and constraints that change in a way PostgreSQL refuses under some of what uses them. */
export function touchedBy(comparison: Comparison): ReadonlyMap<Use, ColumnChange | 'replaced'> {
  const cached = known.get(comparison);
  if (cached) return cached;
  const touched = new Map<Use, ColumnChange | 'replaced'>();
  for (const type of typesReplaced(comparison)) touched.set(`type:${typeNameIn(type)}`, 'replaced');
  for (const before of comparison.before.tables.values()) {
    const after = comparison.after.tables.get(before.name);
    const changes = after && tableChanges(before, after, comparison);
    if (!changes) continue;
    const { altered, dropped, replaced } = changes.columns;
    // What is said of a column is true of its partitions' columns as well, and a new type of its heirs', too.
    const touch = (column: string, change: ColumnChange, line = [before.name, ...partitionsOf(before)]) =>
      line.forEach(relation => touched.set(columnUse(relation, column), change));
    const moved = (type: string) => touched.has(`type:${typeNameIn(type)}`);
    for (const [from, to] of altered) {
      if (moved(from.type)) touch(from.name, 'moved');
      else if (isRetyped(from, to)) touch(from.name, 'retyped', [...lineOf(before.name, comparison.before)]);
    }
    for (const { name } of dropped) touch(name, 'dropped');
    for (const name of replaced) touch(name, 'readded');
    for (const { name } of changes.constraints.dropped) {
      touched.set(constraintUse(before.name, name), 'dropped');
      if (name === before.primaryKey?.name) touched.set(primaryKeyUse(before.name), 'dropped');
    }
  }
  known.set(comparison, touched);
  return touched;
}

/** True where the object uses something that changes in one of these ways. */
export function usesTouched(
  object: Using,
  comparison: Comparison,
  changes: readonly (ColumnChange | 'replaced')[],
): boolean {
  const touched = touchedBy(comparison);
  if (touched.size === 0) return false;
  return usesOf(object).some(use => {
    const change = touched.get(use);
    return change !== undefined && changes.includes(change);
  });
}

/** What views, policies, triggers and rules do not allow under them. */
export const everyChange = ['retyped', 'moved', 'readded', 'dropped', 'replaced'] as const;

/** What an index or a check cannot follow by itself. */
export const replacements = ['moved', 'readded', 'replaced'] as const;
