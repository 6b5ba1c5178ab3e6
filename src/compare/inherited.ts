import type { Schema } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';
import {
  handedDownTo,
  missingFrom,
  ofParents,
  ownColumn,
  parentsOf,
  partitionsOf,
  withOwnColumns,
} from '../objects/tables/inheritance.ts';
import { afterParents, remadeAbove } from '../objects/tables/own-changes.ts';
import type { Table } from '../objects/tables/table.ts';
import type { QualifiedName } from '../sql/name.ts';

/**
 * The target schema with what PostgreSQL hands down from a table to those that inherit from it: a table that entities
 * declare keeps what it says itself, any other follows its parents.
 */
export function withInherited(target: Schema, live: Schema, declared: Schema): Schema {
  if (![...target.tables.values()].some(({ inherits }) => inherits)) return target;
  const done = new Map<QualifiedName, Table>();
  // What no entity declares keeps nothing that leaves the tables it inherits from.
  const known = new Map(
    [...target.tables].map(([name, each]) => [name, declared.tables.has(name) ? each : withOwnColumns(each)]),
  );
  const finish = (table: Table): void => {
    if (done.has(table.name)) return;
    parentsOf(table, target).forEach(finish);
    done.set(table.name, table.inherits ? inheriting(table) : table);
  };
  const inheriting = (table: Table): Table => {
    const comparison = { before: live, after: { ...target, tables: new Map([...known, ...done]) } };
    const own = declared.tables.get(table.name);
    return own ? joined(table, own, comparison) : afterParents(table, comparison);
  };
  target.tables.forEach(finish);
  return { ...target, tables: new Map([...target.tables.keys()].map(name => [name, done.get(name)!])) };
}

/** What is handed down to a declared table and is not declared comes with its parents, and goes with them. */
function joined(table: Table, declared: Table, comparison: Comparison): Table {
  const schema = comparison.after;
  const handed = handedDownTo(table, schema);
  const said = new Set([...declared.columns, ...(declared.checks ?? [])].map(({ name }) => name));
  const stays = (names: ReadonlySet<string>) => (part: { readonly name: string; readonly inherited?: true }) =>
    !part.inherited || names.has(part.name) || said.has(part.name);
  const { checks: all = [], ...rest } = table;
  const former = comparison.before.tables.get(table.name);
  const known = new Set([...(former?.columns ?? []), ...(former?.checks ?? [])].map(({ name }) => name));
  const remade = remadeAbove(table, comparison);
  const comes = (names: ReadonlySet<string>, { name }: { readonly name: string }) =>
    names.has(name) && (remade.has(name) || !known.has(name));
  const columns = table.columns
    .filter(stays(handed.columns))
    .map(column => (handed.columns.has(column.name) ? column : ownColumn(column)))
    .map(column => (comes(handed.columns, column) ? ofParents(column) : column));
  const checks = all
    .filter(stays(handed.checks))
    .map(check => (comes(handed.checks, check) ? { ...check, inherited: true as const } : check));
  const missing = missingFrom({ ...table, columns, checks }, parentsOf(table, schema));
  const allChecks = [...checks, ...(missing.checks ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    ...rest,
    columns: [...columns, ...missing.columns],
    ...(allChecks.length > 0 && { checks: allChecks }),
  };
}

/** The partitions of a schema's tables: an entity may declare one, but PostgreSQL makes them what their table is. */
export const partitionsIn = (schema: Schema): readonly QualifiedName[] =>
  [...schema.tables.values()].flatMap(partitionsOf);
