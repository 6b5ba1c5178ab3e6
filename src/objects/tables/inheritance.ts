import type { Comparison } from '../object-kind.ts';
import type { Schema } from '../kinds.ts';
import { alike } from '../shape.ts';
import { sequenceOf } from './clauses.ts';
import { quoteText } from '../../sql/literal.ts';
import { typeText, type QualifiedName } from '../../sql/name.ts';
import { OF_PARENTS, type CheckConstraint, type Column, type Table } from './table.ts';

/** The tables of a schema that a table inherits from. */
export const parentsOf = ({ inherits = [] }: Pick<Table, 'inherits'>, { tables }: Pick<Schema, 'tables'>): Table[] =>
  inherits.flatMap(name => tables.get(name) ?? []);

/** The partitions of a table, on all levels. */
export const partitionsOf = ({ partitions = [] }: Pick<Table, 'partitions'>): readonly QualifiedName[] =>
  partitions.flatMap(partition => [partition.name, ...partitionsOf(partition)]);

/** A table, its partitions, and the tables that inherit from it: a change of a column changes it in all of them at once. */
export function lineOf(name: QualifiedName, schema: Pick<Schema, 'tables'>): ReadonlySet<QualifiedName> {
  const heirs = heirsOf(name, schema);
  const partitions = partitionsOf(schema.tables.get(name) ?? {});
  return new Set([name, ...partitions, ...heirs.flatMap(heir => [...lineOf(heir.name, schema)])]);
}

/** The names of the columns and checks that a table's parents hand down to it: only there can they be changed. */
export function handedDownTo(table: Table, schema: Pick<Schema, 'tables'>) {
  const parents = parentsOf(table, schema);
  return {
    columns: new Set(parents.flatMap(({ columns }) => columns.map(({ name }) => name))),
    checks: new Set(parents.flatMap(parent => checksFor(parent).map(({ name }) => name))),
  };
}

const checksFor = ({ checks = [] }: Table): readonly CheckConstraint[] => checks.filter(({ noInherit }) => !noInherit);

/**
 * A table as PostgreSQL leaves it once its parents have changed: it hands their changes down.
 * @param remade the names of what leaves the parents and is created there again
 */
export function handDown(table: Table, comparison: Comparison, remade: ReadonlySet<string>): Table {
  const { before, after } = comparison;
  const handed = handedDownTo(table, after).columns;
  return (table.inherits ?? []).reduce((current, name) => {
    const [from, to] = [before.tables.get(name), after.tables.get(name)];
    if (!from || !to) return current;
    const leaving = from.columns.filter(column => to.columns.every(each => each.name !== column.name));
    const own = leaving.filter(column => !handed.has(column.name) && isKeptBelow(name, column.name, comparison));
    const kept = withOwn(current, new Set(own.map(column => column.name)));
    return withChecks(withColumns(kept, from, to, { remade, handed }), from, to, remade);
  }, table);
}

/**
 * True where a table's column leaves it and stays in one that inherits it from there alone: it leaves the upper one only,
 * and with it none of the lower ones loses its values.
 */
export function isKeptBelow(table: QualifiedName, column: string, { before, after }: Comparison): boolean {
  return heirsOf(table, after).some(heir => {
    const has = (each: Table | undefined) => each?.columns.find(({ name }) => name === column);
    if (handedDownTo(heir, after).columns.has(column)) return false;
    const former = has(before.tables.get(heir.name));
    if (former?.generated !== undefined) return false;
    return (
      former?.[OF_PARENTS] === true && (has(heir) !== undefined || isKeptBelow(heir.name, column, { before, after }))
    );
  });
}

/** The tables of a schema that inherit from a table. */
export const heirsOf = (table: QualifiedName, { tables }: Pick<Schema, 'tables'>): readonly Table[] =>
  [...tables.values()].filter(({ inherits }) => inherits?.includes(table));

/** A table that has columns by itself from now on. */
const withOwn = (table: Table, names: ReadonlySet<string>): Table => ({
  ...table,
  columns: table.columns.map(column => (names.has(column.name) ? ownColumn(column) : column)),
});

/** A column that is not inherited. */
export function ownColumn({ inherited: _, [OF_PARENTS]: __, ...column }: Column): Column {
  return column;
}

/** A table without the columns that it has through its parents only. */
export const withOwnColumns = (table: Table): Table => ({
  ...table,
  columns: table.columns.filter(column => !column[OF_PARENTS]),
});

/** What a table's parents have and it lacks. */
export function missingFrom(table: Table, parents: readonly Table[]): Pick<Table, 'columns' | 'checks'> {
  const names = new Set([...table.columns, ...(table.checks ?? [])].map(({ name }) => name));
  const isMissing = ({ name }: { readonly name: string }) => !names.has(name) && Boolean(names.add(name));
  return {
    columns: parents.flatMap(parent => parent.columns.filter(isMissing).map(column => handedDown(parent, column))),
    checks: parents.flatMap(parent => checksFor(parent).filter(isMissing).map(inheritedCheck)),
  };
}

/** @param handed the names of the columns that any of its parents hands down to the table from now on */
function withColumns(
  table: Table,
  from: Table,
  to: Table,
  { remade, handed }: { readonly remade: ReadonlySet<string>; readonly handed: ReadonlySet<string> },
): Table {
  const was = new Map(from.columns.map(column => [column.name, handedDown(from, column)]));
  const is = new Map(to.columns.map(column => [column.name, handedDown(to, column)]));
  const kept = table.columns
    .filter(({ name, [OF_PARENTS]: ofParents }) => !ofParents || !was.has(name) || handed.has(name))
    .map(column => changedAs(column, was.get(column.name), is.get(column.name)))
    .map(column => (remade.has(column.name) && is.has(column.name) ? ofParents(column) : column));
  const names = new Set(kept.map(({ name }) => name));
  return { ...table, columns: [...kept, ...[...is.values()].filter(({ name }) => !was.has(name) && !names.has(name))] };
}

/** What of a column goes down to the tables below. The sequence of a serial or an identity column stays above. */
function handedDown(table: Table, column: Column): Column {
  const { name, type, nullable, default: value, serial, generated, virtual, collation, storage } = column;
  const fed =
    serial === undefined ? value : `nextval(${quoteText(typeText(sequenceOf(table.name, column)))}::regclass)`;
  const handed = { name, type, nullable, default: fed, generated, virtual, collation, storage };
  return ofParents(said(handed) as unknown as Column);
}

/** A column that a table has through its parents only: it goes when they drop it. */
export const ofParents = (column: Column): Column => ({ ...column, inherited: true, [OF_PARENTS]: true });

const said = (fields: object): object =>
  Object.fromEntries(Object.entries(fields).filter(([, each]) => each !== undefined));

/** A column with whatever differs between two versions of its parent's. */
function changedAs(column: Column, was: Column | undefined, is: Column | undefined): Column {
  if (!was || !is || alike(was, is)) return column;
  const keys = ['type', 'nullable', 'default', 'generated', 'virtual', 'collation', 'storage'] as const;
  const changed = keys.filter(key => was[key] !== is[key]);
  const now = said({ ...column, ...Object.fromEntries(changed.map(key => [key, is[key]])) }) as unknown as Column;
  return column[OF_PARENTS] ? ofParents(now) : now;
}

function withChecks(table: Table, from: Table, to: Table, remade: ReadonlySet<string>): Table {
  const [was, is] = [from, to].map(each => new Map(checksFor(each).map(check => [check.name, check]))) as [
    Map<string, CheckConstraint>,
    Map<string, CheckConstraint>,
  ];
  const isSame = (name: string) =>
    was.get(name)?.expression === is.get(name)?.expression && !(remade.has(name) && is.has(name));
  const kept = (table.checks ?? []).filter(
    ({ name, inherited }) => !was.has(name) || isSame(name) || (!inherited && !is.has(name)),
  );
  const names = new Set(kept.map(({ name }) => name));
  const added = [...is.values()].filter(({ name }) => !isSame(name) && !names.has(name)).map(inheritedCheck);
  const { checks: _, ...rest } = table;
  const checks = [...kept, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...rest, ...(checks.length > 0 && { checks }) };
}

const inheritedCheck = ({ comment: _, ...check }: CheckConstraint): CheckConstraint => ({ ...check, inherited: true });
