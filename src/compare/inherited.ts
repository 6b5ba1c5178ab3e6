import type { Schema } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';
import { handedDownTo, missingFrom, ownColumn, parentsOf, partitionsOf } from '../objects/tables/inheritance.ts';
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
  const known = [...target.tables].filter(([name]) => declared.tables.has(name));
  const finish = (table: Table): void => {
    if (done.has(table.name)) return;
    done.set(table.name, table);
    parentsOf(table, target).forEach(finish);
    const comparison = { before: live, after: { ...target, tables: new Map([...known, ...done]) } };
    const own = declared.tables.get(table.name);
    done.set(table.name, own ? joined(table, own, comparison) : afterParents(table, comparison));
  };
  target.tables.forEach(finish);
  return { ...target, tables: new Map([...target.tables.keys()].map(name => [name, done.get(name)!])) };
}

/** What is handed down to a declared table and is not declared comes with its parents, and goes with them. */
function joined(table: Table, declared: Table, comparison: Comparison): Table {
  if (!table.inherits) return table;
  const schema = comparison.after;
  const handed = handedDownTo(table, schema);
  const said = new Set([...declared.columns, ...(declared.checks ?? [])].map(({ name }) => name));
  const stays = (names: ReadonlySet<string>) => (part: { readonly name: string; readonly inherited?: true }) =>
    !part.inherited || names.has(part.name) || said.has(part.name);
  const { checks: all = [], ...rest } = table;
  const former = comparison.before.tables.get(table.name);
  const known = new Set([...(former?.columns ?? []), ...(former?.checks ?? [])].map(({ name }) => name));
  const remade = remadeAbove(table, comparison);
  const marked =
    (names: ReadonlySet<string>) =>
    <Part extends { readonly name: string }>(part: Part): Part =>
      names.has(part.name) && (remade.has(part.name) || !known.has(part.name)) ? { ...part, inherited: true } : part;
  const columns = table.columns
    .filter(stays(handed.columns))
    .map(column => (handed.columns.has(column.name) ? column : ownColumn(column)))
    .map(marked(handed.columns));
  const checks = all.filter(stays(handed.checks)).map(marked(handed.checks));
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
