import type { Comparison, OperationIn } from '../object-kind.ts';
import { baseType, usingFor } from './casts.ts';
import { sequenceOf } from './clauses.ts';
import { constraintsOf, creationOf, shapeOf, type TableConstraint } from './constraints.ts';
import type { Column, ColumnAlteration, Table, TableOperations } from './table.ts';
import { alike } from '../shape.ts';

type TableOperation = OperationIn<TableOperations>;

/**
 * The operations that turn one version of a table into another. Constraints leave before the columns they watch change,
 * and arrive after; columns leave last, so that nothing needs them any more, but computed ones first: they hold the others.
 */
export function alterTable(before: Table, after: Table, comparison: Comparison): TableOperation[] {
  if (before === after) return [];
  const table = after.name;
  const columns = columnChanges(before, after);
  const constraints = constraintChanges(before, after, columns.replaced);
  const computed = columns.dropped.filter(column => column.generated !== undefined).map(({ name }) => name);
  return [
    ...constraints.dropped.map(({ name }) => ({ op: 'dropConstraint', table, name }) as const),
    ...constraints.renamed.map(
      ([from, to]) => ({ op: 'renameConstraint', table, from: from.name, to: to.name }) as const,
    ),
    ...[...columns.replaced, ...computed].map(name => ({ op: 'dropColumn', table, name }) as const),
    ...columns.altered.flatMap(([from, to]) => alterColumn(before, after, from, to, comparison)),
    ...columns.added.map(column => ({ op: 'addColumn', table, column }) as const),
    ...constraints.added.map(constraint => creationOf(table, constraint)),
    ...columns.dropped
      .filter(({ name }) => !computed.includes(name))
      .map(({ name }) => ({ op: 'dropColumn', table, name }) as const),
    ...(before.comment === after.comment
      ? []
      : [{ op: 'commentOnTable', table, comment: after.comment ?? null } as const]),
  ];
}

export interface ColumnChanges {
  readonly added: readonly Column[];
  readonly dropped: readonly Column[];
  readonly altered: readonly (readonly [Column, Column])[];
  /** Generated columns that must be dropped and added again: PostgreSQL cannot change what they are computed from. */
  readonly replaced: ReadonlySet<string>;
}

export function columnChanges(before: Table, after: Table): ColumnChanges {
  const was = new Map(before.columns.map(column => [column.name, column]));
  const is = new Map(after.columns.map(column => [column.name, column]));
  const kept = after.columns.flatMap(to => {
    const from = was.get(to.name);
    return from === undefined ? [] : [[from, to] as const];
  });
  const retyped = kept
    .filter(([from, to]) => from.type !== to.type || from.collation !== to.collation)
    .map(([from]) => from.name);
  const gone = before.columns.filter(({ name }) => !is.has(name)).map(({ name }) => name);
  const replaced = new Set(
    kept.filter(([from, to]) => mustReplace(from, to, [...retyped, ...gone])).map(([, to]) => to.name),
  );
  return {
    added: after.columns.filter(({ name }) => !was.has(name) || replaced.has(name)),
    dropped: before.columns.filter(({ name }) => !is.has(name)),
    altered: kept.filter(([from, to]) => !replaced.has(to.name) && !alike(from, to)),
    replaced,
  };
}

function mustReplace(from: Column, to: Column, moving: readonly string[]): boolean {
  if (from.generated !== undefined && to.generated !== undefined) {
    return (
      from.generated !== to.generated ||
      from.virtual !== to.virtual ||
      moving.some(name => name !== to.name && mentions(from.generated!, name))
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

interface ConstraintChanges {
  readonly dropped: readonly TableConstraint[];
  readonly added: readonly TableConstraint[];
  readonly renamed: readonly (readonly [TableConstraint, TableConstraint])[];
}

/** Constraints that go by another name and are otherwise the same are renamed: no scan, no lock held for one. */
export function constraintChanges(before: Table, after: Table, replaced: ReadonlySet<string>): ConstraintChanges {
  const olds = constraintsOf(before);
  const news = constraintsOf(after);
  const stays = (one: TableConstraint, others: readonly TableConstraint[]) =>
    others.some(other => other.name === one.name && alike(other, one)) && !uses(one, replaced);
  const leaving = olds.filter(constraint => !stays(constraint, news));
  const arriving = news.filter(constraint => !stays(constraint, olds));
  const renamed: [TableConstraint, TableConstraint][] = [];
  for (const from of leaving) {
    const to = arriving.find(
      one => shapeOf(one) === shapeOf(from) && one.name !== from.name && !renamed.some(([, taken]) => taken === one),
    );
    const nameIsFree = to !== undefined && !olds.some(({ name }) => name === to.name);
    if (nameIsFree && !news.some(({ name }) => name === from.name) && !uses(from, replaced)) renamed.push([from, to]);
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

function alterColumn(before: Table, after: Table, from: Column, to: Column, comparison: Comparison): TableOperation[] {
  const retyped = from.type !== to.type || from.collation !== to.collation;
  const alteration: ColumnAlteration = {
    table: after.name,
    name: to.name,
    ...(retyped && typeChange(from, to)),
    ...(from.serial !== undefined && (retyped || to.serial === undefined) && standing(before, from)),
    ...(from.generated !== undefined && to.generated === undefined && { generated: null }),
    ...(from.nullable !== to.nullable && { nullable: to.nullable }),
    ...(defaultMustMove(from, to, comparison) && { default: to.default ?? null }),
    ...(!from.serial !== !to.serial && { serial: to.serial !== undefined, existingType: from.type }),
    ...(typeof to.serial === 'string' && from.serial === undefined && { sequence: to.serial }),
    ...(from.identity !== to.identity && identityChange(from, to)),
    ...(from.comment !== to.comment && { comment: to.comment ?? null }),
  };
  return Object.keys(alteration).length > 2 ? [{ op: 'alterColumn', ...alteration }] : [];
}

/** The sequence of a serial column follows its type, and goes with its default. */
const standing = (table: Table, column: Column) => ({ sequence: sequenceOf(table.name, column) });

function typeChange(from: Column, to: Column) {
  const using = usingFor(to.name, from.type, to.type);
  return {
    type: to.type,
    existingType: from.type,
    ...(using !== undefined && { using }),
    ...(from.collation !== to.collation && { collation: to.collation ?? null }),
  };
}

const identityChange = (from: Column, to: Column) => ({
  identity: to.identity ?? null,
  ...(from.identity !== undefined && to.identity !== undefined && { existingIdentity: from.identity }),
});

/** A default that PostgreSQL cannot cast by itself leaves before its column's type changes, and returns after. */
function defaultMustMove(from: Column, to: Column, { before, after }: Comparison): boolean {
  if (from.default !== to.default) return from.generated === undefined || to.default !== undefined;
  const changesKind = baseType(from.type) !== baseType(to.type);
  return from.default !== undefined && changesKind && before.tables !== after.tables;
}
