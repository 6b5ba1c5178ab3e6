import { typeNameIn, typeText } from '../../sql/name.ts';
import { typesReplaced } from '../enums.ts';
import type { Comparison } from '../object-kind.ts';
import { alike } from '../shape.ts';
import { constraintsOf, shapeOf, type TableConstraint } from './constraints.ts';
import type { Column, Table } from './table.ts';

export interface TableChanges {
  readonly columns: ColumnChanges;
  readonly constraints: ConstraintChanges;
}

/** What differs between two versions of a table, or must be made anew because a type under it is; undefined where nothing. */
export function tableChanges(before: Table, after: Table, comparison: Comparison): TableChanges | undefined {
  const types = typesReplaced(comparison);
  if (before === after && types.length === 0) return undefined;
  const columns = columnChanges(before, after, types);
  return { columns, constraints: constraintChanges(before, after, columns.replaced, types) };
}

/** True where an expression, as PostgreSQL prints it, casts to one of the types. */
export const speaksOf = (expression: string, types: readonly string[]): boolean =>
  types.some(type => expression.includes(`::${type}`));

export interface ColumnChanges {
  readonly added: readonly Column[];
  readonly dropped: readonly Column[];
  readonly altered: readonly (readonly [Column, Column])[];
  /** Generated columns that must be dropped and added again: PostgreSQL cannot change what they are computed from. */
  readonly replaced: ReadonlySet<string>;
}

function columnChanges(before: Table, after: Table, types: readonly string[]): ColumnChanges {
  const was = new Map(before.columns.map(column => [column.name, column]));
  const is = new Map(after.columns.map(column => [column.name, column]));
  const kept = after.columns.flatMap(to => {
    const from = was.get(to.name);
    return from === undefined ? [] : [[from, to] as const];
  });
  const retyped = kept
    .filter(([from, to]) => from.type !== to.type || from.collation !== to.collation || isOf(from, types))
    .map(([from]) => from.name);
  const gone = before.columns.filter(({ name }) => !is.has(name)).map(({ name }) => name);
  const replaced = new Set(
    kept.filter(([from, to]) => mustReplace(from, to, [...retyped, ...gone], types)).map(([, to]) => to.name),
  );
  return {
    added: after.columns.filter(({ name }) => !was.has(name) || replaced.has(name)),
    dropped: before.columns.filter(({ name }) => !is.has(name)),
    altered: kept.filter(([from, to]) => !replaced.has(to.name) && (!alike(from, to) || isOf(from, types))),
    replaced,
  };
}

/** True for a column of one of the types, or of arrays of it. */
export const isOf = ({ type }: Column, types: readonly string[]): boolean => types.includes(typeText(typeNameIn(type)));

function mustReplace(from: Column, to: Column, moving: readonly string[], types: readonly string[]): boolean {
  if (from.generated !== undefined && to.generated !== undefined) {
    return (
      from.generated !== to.generated ||
      from.virtual !== to.virtual ||
      moving.some(name => name !== to.name && mentions(from.generated!, name)) ||
      speaksOf(from.generated, types)
    );
  }
  return from.generated === undefined
    ? to.generated !== undefined
    : from.virtual === true && to.generated === undefined;
}

/** True where an expression, as PostgreSQL prints it, speaks of a column. */
export function mentions(expression: string, column: string): boolean {
  const outsideText = expression.replace(/'(?:[^']|'')*'/g, "''");
  const identifiers = outsideText.match(/"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*/gu) ?? [];
  return identifiers.some(word =>
    word.startsWith('"') ? word.slice(1, -1).replaceAll('""', '"') === column : word === column,
  );
}

export interface ConstraintChanges {
  readonly dropped: readonly TableConstraint[];
  readonly added: readonly TableConstraint[];
  readonly renamed: readonly (readonly [TableConstraint, TableConstraint])[];
}

/** Constraints that go by another name and are otherwise the same are renamed: no scan, no lock held for one. */
function constraintChanges(
  before: Table,
  after: Table,
  replaced: ReadonlySet<string>,
  types: readonly string[],
): ConstraintChanges {
  const mustMove = (one: TableConstraint) => uses(one, replaced) || speaksOf(textOf(one), types);
  const olds = constraintsOf(before);
  const news = constraintsOf(after);
  const stays = (one: TableConstraint, others: readonly TableConstraint[]) =>
    others.some(other => other.name === one.name && alike(other, one)) && !mustMove(one);
  const leaving = olds.filter(constraint => !stays(constraint, news));
  const arriving = news.filter(constraint => !stays(constraint, olds));
  const renamed: [TableConstraint, TableConstraint][] = [];
  for (const from of leaving) {
    const to = arriving.find(
      one => shapeOf(one) === shapeOf(from) && one.name !== from.name && !renamed.some(([, taken]) => taken === one),
    );
    const nameIsFree = to !== undefined && !olds.some(({ name }) => name === to.name);
    if (nameIsFree && !news.some(({ name }) => name === from.name) && !mustMove(from)) renamed.push([from, to]);
  }
  return {
    renamed,
    dropped: leaving.filter(one => !renamed.some(([from]) => from === one)),
    added: arriving.filter(one => !renamed.some(([, to]) => to === one)),
  };
}

const uses = (constraint: TableConstraint, replaced: ReadonlySet<string>): boolean =>
  replaced.size > 0 &&
  [...replaced].some(name =>
    'columns' in constraint ? constraint.columns.includes(name) : mentions(textOf(constraint), name),
  );

const textOf = (constraint: TableConstraint): string =>
  'expression' in constraint ? constraint.expression : 'definition' in constraint ? constraint.definition : '';
