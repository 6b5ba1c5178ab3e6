import { typeNameIn, typeText, type QualifiedName } from '../../sql/name.ts';
import { typesReplaced } from '../enums.ts';
import type { Comparison } from '../object-kind.ts';
import { collationLeft, definitionHasCollation } from '../own-collations.ts';
import { alike, DIFFERS } from '../shape.ts';
import { usingFor } from './casts.ts';
import { columnUse, usesOf, type Use, type Using } from '../uses.ts';
import type { handedDownTo } from './inheritance.ts';
import { constraintsOf, sameConstraint, shapeOf, type TableConstraint } from './constraints.ts';
import type { Column, ExclusionConstraint, Table } from './table.ts';

export interface TableChanges {
  readonly columns: ColumnChanges;
  readonly constraints: ConstraintChanges;
}

/** What differs between two versions of a table, or must be made anew because a type under it is; undefined where nothing. */
export const tableChanges = (before: Table, after: Table, comparison: Comparison): TableChanges | undefined =>
  changesBetween(before, after, typesReplaced(comparison), { columns: new Set(), checks: new Set() });

/** What a table's parents hand down to it. */
type HandedDown = ReturnType<typeof handedDownTo>;

/** @param handed what its parents hand down to the table: it is not the table's own to change */
export function changesBetween(
  before: Table,
  after: Table,
  types: readonly string[],
  handed: HandedDown,
): TableChanges | undefined {
  if (before === after && types.length === 0) return undefined;
  const columns = columnChanges(before, after, types, handed);
  return { columns, constraints: constraintChanges(before, after, movedUses(before, columns, types), handed) };
}

/** The columns and types that a constraint's expression cannot follow: they are replaced by others of the same name. */
function movedUses({ name }: Table, { replaced, altered }: ColumnChanges, types: readonly string[]): Moved {
  const moved = altered.filter(([from]) => isOf(from, types)).map(([from]) => from.name);
  const collations = altered.flatMap(([from, to]) => {
    const left = collationLeft(from, to);
    return left === undefined ? [] : [[columnUse(name, from.name), left] as const];
  });
  return {
    columns: replaced,
    uses: new Set([...usesIn(name, [...replaced, ...moved]), ...typeUses(types)]),
    collations: new Map(collations),
  };
}

interface Moved {
  /** Columns that are dropped and added again. */
  readonly columns: ReadonlySet<string>;
  readonly uses: ReadonlySet<Use>;
  /** The collations that columns leave. */
  readonly collations: ReadonlyMap<Use, QualifiedName>;
}

const usesIn = (table: QualifiedName, columns: readonly string[]): Use[] =>
  columns.map(column => columnUse(table, column));

const typeUses = (types: readonly string[]): Use[] => types.map(type => `type:${typeNameIn(type)}` as const);

const usesAny = (object: Using, uses: ReadonlySet<Use>): boolean => usesOf(object).some(use => uses.has(use));

export interface ColumnChanges {
  readonly added: readonly Column[];
  readonly dropped: readonly Column[];
  readonly altered: readonly (readonly [Column, Column])[];
  /** Generated columns that must be dropped and added again: PostgreSQL cannot change what they are computed from. */
  readonly replaced: ReadonlySet<string>;
  /** Columns that move to the type which replaces theirs under its name. */
  readonly moved: ReadonlySet<string>;
}

function columnChanges(before: Table, after: Table, types: readonly string[], handed: HandedDown): ColumnChanges {
  const moves = (column: Column) => isOf(column, types) && !handed.columns.has(column.name);
  const was = new Map(before.columns.map(column => [column.name, column]));
  const is = new Map(after.columns.map(column => [column.name, column]));
  const own = (column: Column) => (handed.columns.has(column.name) ? unmarked(column) : column);
  const kept = after.columns.flatMap(to => {
    const from = was.get(to.name);
    return from === undefined ? [] : [[own(from), own(to)] as const];
  });
  const retyped = kept.filter(([from, to]) => isRetyped(from, to) || moves(from)).map(([from]) => from.name);
  const gone = before.columns.filter(({ name }) => !is.has(name)).map(({ name }) => name);
  const computed = kept.filter(([from, to]) => becomesComputed(from, to)).map(([, { name }]) => name);
  const moving = new Set([...usesIn(before.name, [...retyped, ...gone, ...computed]), ...typeUses(types)]);
  const replaced = new Set(kept.filter(([from, to]) => mustReplace(from, to, moving)).map(([, to]) => to.name));
  return {
    added: after.columns.filter(({ name }) => !was.has(name) || replaced.has(name)),
    dropped: before.columns.filter(({ name }) => !is.has(name)),
    altered: kept.filter(([from, to]) => !replaced.has(to.name) && (!alike(from, to) || moves(from))),
    replaced,
    moved: new Set(before.columns.filter(moves).map(({ name }) => name)),
  };
}

/** Whether a column is to get a type or collation: another one than it has, or the same where the configuration says so. */
export const isRetyped = (from: Column, to: Column): boolean =>
  from.type !== to.type || from.collation !== to.collation || differsIn('type', from, to);

/** The same for a default. There is none to be set where a column has none. */
export const hasNewDefault = (from: Column, to: Column): boolean =>
  from.default !== to.default || (to.default !== undefined && differsIn('default', from, to));

/** A column as it looks. */
function unmarked(column: Column): Column {
  const { [DIFFERS]: _, ...rest } = column;
  return rest;
}

const differsIn = (what: 'type' | 'default', ...columns: readonly Column[]): boolean =>
  columns.some(({ [DIFFERS]: differs }) => differs?.includes(what));

/** True for a column of one of the types, or of arrays of it. */
const isOf = ({ type }: Column, types: readonly string[]): boolean => types.includes(typeText(typeNameIn(type)));

/** PostgreSQL refuses to be told how to convert the values of a generated column: what it cannot assign is made anew. */
const isAssigned = (from: Column, to: Column): boolean =>
  from.type === to.type || usingFor(to.name, from.type, to.type) === undefined;

function mustReplace(from: Column, to: Column, moving: ReadonlySet<Use>): boolean {
  if (from.generated !== undefined && to.generated !== undefined) {
    return (
      from.generated !== to.generated || from.virtual !== to.virtual || usesAny(from, moving) || !isAssigned(from, to)
    );
  }
  return becomesComputed(from, to) || (from.virtual === true && to.generated === undefined);
}

const becomesComputed = (from: Column, to: Column): boolean =>
  from.generated === undefined && to.generated !== undefined;

export interface ConstraintChanges {
  readonly dropped: readonly TableConstraint[];
  readonly added: readonly TableConstraint[];
  readonly renamed: readonly (readonly [TableConstraint, TableConstraint])[];
  /** Checks that stay, and whose rows are to be checked now. */
  readonly validated: readonly TableConstraint[];
}

/** Constraints that go by another name and are otherwise the same are renamed: no scan, no lock held for one. */
function constraintChanges(before: Table, after: Table, moved: Moved, handed: HandedDown): ConstraintChanges {
  const mustMove = (one: TableConstraint) => cannotFollow(one, moved);
  const isOwn = ({ kind, name }: TableConstraint) => kind !== 'check' || !handed.checks.has(name);
  const olds = constraintsOf(before).filter(isOwn);
  const news = constraintsOf(after).filter(isOwn);
  const validated = news.filter(one => !mustMove(one) && olds.some(old => isValidation(old, one)));
  const stays = (one: TableConstraint, others: readonly TableConstraint[]) =>
    validated.some(({ name }) => name === one.name) ||
    (others.some(other => sameConstraint(other, one)) && !mustMove(one));
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
    validated,
    dropped: leaving.filter(one => !renamed.some(([from]) => from === one)),
    added: arriving.filter(one => !renamed.some(([, to]) => to === one)),
  };
}

const isValidation = (from: TableConstraint, to: TableConstraint): boolean => {
  if (from.kind !== 'check' || !from.notValid || to.kind !== 'check') return false;
  const { notValid: _, ...checked } = from;
  return sameConstraint(checked, to);
};

const cannotFollow = (constraint: TableConstraint, { columns, uses, collations }: Moved): boolean =>
  'columns' in constraint
    ? [...constraint.columns, ...(constraint.include ?? [])].some(name => columns.has(name))
    : usesAny(constraint, uses) || (constraint.kind === 'exclusion' && losesCollation(constraint, collations));

const losesCollation = (
  { definition, ...exclusion }: ExclusionConstraint,
  collations: ReadonlyMap<Use, QualifiedName>,
): boolean =>
  usesOf(exclusion).some(use => {
    const left = collations.get(use);
    return left !== undefined && definitionHasCollation(definition, left);
  });
