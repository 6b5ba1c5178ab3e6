import { typeNameIn, typeText } from '../../sql/name.ts';
import { pick } from '../attributes.ts';
import { replacedName } from '../enums.ts';
import type { Comparison, OperationIn } from '../object-kind.ts';
import { baseType, usingFor, usingText } from './casts.ts';
import { makesSequences } from './column-sequences.ts';
import { sequenceOf, sequenceUsedBy } from './clauses.ts';
import { losing } from '../lost.ts';
import { lostWith } from '../own-of-parts.ts';
import { lostWithType } from '../retyped-parts.ts';
import { alike } from '../shape.ts';
import { heirsOf, isKeptBelow } from './inheritance.ts';
import { hasNewDefault, isRetyped, type TableChanges } from './changes.ts';
import { ownChanges, remadeAbove } from './own-changes.ts';
import { constraintsOf, creationOf, type TableConstraint } from './constraints.ts';
import type { Column, ColumnAlteration, IndexRoles, Table, TableOperations } from './table.ts';

type TableOperation = OperationIn<TableOperations>;

/**
 * What must leave before anything that the table rests on changes: constraints that go or change, and computed columns,
 * which hold those they are computed from. A computed column that stays as a plain one leaves its expression, and those
 * that go leave before the plain ones that become computed: they may be computed from these.
 */
export function detachDependents(before: Table, after: Table, comparison: Comparison): TableOperation[] {
  const changes = ownChanges(before, after, comparison);
  if (!changes) return [];
  const table = before.name;
  const remade = remadeAbove(before, comparison);
  const isRemade = (part: { readonly name: string; readonly inherited?: true }) =>
    remade.has(part.name) && !part.inherited;
  return [
    ...[...changes.constraints.dropped, ...(before.checks ?? []).filter(isRemade)].map(
      constraint =>
        ({
          op: 'dropConstraint',
          table,
          name: constraint.name,
          ...losing(lostWithConstraint(constraint, after)),
        }) as const,
    ),
    ...changes.columns.altered
      .filter(([from, to]) => becomesPlain(from, to))
      .map(([, { name }]) => ({ op: 'alterColumn', table, name, generated: null }) as const),
    ...computedFirst(
      [...changes.columns.replaced, ...computed(changes), ...before.columns.filter(isRemade).map(({ name }) => name)],
      before,
    ).map(name => dropColumn(before, name)),
  ];
}

/** A key by which logical replication tells rows apart is not missed where a successor does the same. */
const lostWithConstraint = (constraint: Omit<TableConstraint, 'kind'>, after: Table): readonly string[] => [
  ...((constraint as IndexRoles).replicaIdentity &&
  !constraintsOf(after).some(each => 'columns' in each && each.replicaIdentity)
    ? [`${constraint.name} as the replica identity of ${after.name}`]
    : []),
  ...lostWith(constraint),
];

const becomesPlain = (from: Column, to: Column): boolean => from.generated !== undefined && to.generated === undefined;

function computedFirst(names: readonly string[], { columns }: Table): readonly string[] {
  const isComputed = (name: string) => columns.some(each => each.name === name && each.generated !== undefined);
  return [...names.filter(isComputed), ...names.filter(name => !isComputed(name))];
}

/** A computed column may be computed from one that is added along with it. */
const computedLast = (columns: readonly Column[]): readonly Column[] => [
  ...columns.filter(({ generated }) => generated === undefined),
  ...columns.filter(({ generated }) => generated !== undefined),
];

function dropColumn({ name: table, columns }: Table, name: string): TableOperation {
  const column = columns.find(each => each.name === name);
  return { op: 'dropColumn', table, name, ...(column?.generated !== undefined && { generated: true }) };
}

/** PostgreSQL takes no column back that it once made a table's own. */
function whereKeptBelow({ name: table }: Table, column: string, comparison: Comparison) {
  if (!isKeptBelow(table, column, comparison)) return {};
  const heirs = heirsOf(table, comparison.after).filter(({ columns }) => columns.some(({ name }) => name === column));
  return {
    only: true as const,
    ...losing(
      heirs.map(({ name }) => `column ${name}.${column} as inherited only, which is its table's own from now on`),
    ),
  };
}

const computed = ({ columns }: TableChanges): readonly string[] =>
  columns.dropped.filter(column => column.generated !== undefined).map(({ name }) => name);

/** The operations that turn one version of a table, out of whose way all has been made, into another. Columns leave last. */
export function alterTable(before: Table, after: Table, comparison: Comparison): TableOperation[] {
  const changes = ownChanges(before, after, comparison);
  if (!changes) return [];
  const { columns, constraints } = changes;
  const table = after.name;
  const gone = computed(changes);
  return [
    ...constraints.renamed.map(
      ([from, to]) => ({ op: 'renameConstraint', table, from: from.name, to: to.name }) as const,
    ),
    ...columns.altered.flatMap(([from, to]) =>
      withLost(alterColumn(before, after, from, to, columns.moved.has(from.name)), before, comparison),
    ),
    ...computedLast(columns.added).map(
      column => ({ op: 'addColumn', table, column, ...(makesSequences(column) && pick(after, ['owner'])) }) as const,
    ),
    ...constraints.validated.map(({ name }) => ({ op: 'validateConstraint', table, name }) as const),
    ...constraints.added.map(constraint => creationOf(table, constraint)),
    ...columns.dropped
      .filter(({ name }) => !gone.includes(name))
      .map(({ name }) => ({ ...dropColumn(before, name), ...whereKeptBelow(before, name, comparison) })),
    ...(before.comment === after.comment
      ? []
      : [{ op: 'commentOnTable', table, comment: after.comment ?? null } as const]),
  ];
}

/** With a new type goes what partitions have of their own on whatever PostgreSQL makes anew for it. */
const withLost = (operations: readonly TableOperation[], table: Table, { before }: Comparison): TableOperation[] =>
  operations.map(each =>
    each.op === 'alterColumn'
      ? {
          ...each,
          ...losing([
            ...(each.type === undefined ? [] : lostWithType(table, each.name, before)),
            ...formerOwner(each, before),
          ]),
        }
      : each,
  );

/** A free sequence that becomes a column's own goes to the owner of the table, whose it stays when it is let go again. */
function formerOwner(
  { existingSequence = '', owner }: ColumnAlteration,
  { sequences }: Comparison['before'],
): string[] {
  const former = sequences.get(existingSequence);
  return former && owner !== undefined && former.owner !== owner ? [`the owner of the sequence ${former.name}`] : [];
}

function alterColumn(before: Table, after: Table, from: Column, to: Column, moves: boolean): TableOperation[] {
  const retyped = moves || isRetyped(from, to);
  const follows = retyped && from.sequenceOptions?.type === undefined;
  const alteration: ColumnAlteration = {
    table: after.name,
    name: to.name,
    ...(retyped && typeChange(from, to, moves)),
    ...(from.serial !== undefined && (follows || to.serial === undefined) && standing(before, from)),
    ...(from.nullable !== to.nullable && { nullable: to.nullable }),
    ...(defaultMustMove(from, to, moves) && { default: to.default ?? null }),
    ...(!from.serial !== !to.serial && { serial: to.serial !== undefined, existingType: from.type }),
    ...(typeof to.serial === 'string' && from.serial === undefined && { sequence: to.serial }),
    ...(from.identity !== to.identity && identityChange(from, to)),
    ...feedChange(after, from, to, retyped),
    ...(from.serial === undefined && to.serial !== undefined && pick(after, ['owner'])),
    ...(retyped && pick(to, ['storage', 'compression'])),
    ...(from.comment !== to.comment && { comment: to.comment ?? null }),
  };
  return [
    ...(Object.keys(alteration).length > 2 ? [{ op: 'alterColumn', ...alteration } as const] : []),
    ...alterSequence(after, from, to),
  ];
}

/** The sequence of a serial column follows its type, and goes with its default. */
const standing = (table: Table, column: Column) => ({ sequence: sequenceOf(table.name, column) });

function typeChange(from: Column, to: Column, moves: boolean) {
  const using = moves ? usingText(to.name, from.type, to.type) : usingFor(to.name, from.type, to.type);
  return {
    type: to.type,
    existingType: moves ? replacedType(from.type) : from.type,
    ...(using !== undefined && { using }),
    // Without it, the new type would bring its own.
    ...((from.collation !== to.collation || to.collation !== undefined) && { collation: to.collation ?? null }),
  };
}

/** The type a column still has when another one has taken that type's name. */
const replacedType = (type: string): string =>
  `${typeText(replacedName(typeNameIn(type)))}${type.endsWith('[]') ? '[]' : ''}`;

/** What a sequence that feeds the column anew, or differently, is like, and the one it takes over from. */
function feedChange(table: Table, from: Column, to: Column, retyped: boolean): Partial<ColumnAlteration> {
  if (to.serial === undefined && to.identity === undefined) return feedThatStays(table, from, to);
  const own = from.sequences?.find(({ name }) => to.serial !== undefined && name === sequenceOf(table.name, to));
  const former = sequenceUsedBy(from.default) ?? own?.name;
  if (!isFedDifferently(from, to)) return to.identity === undefined ? {} : identityOptions(from, to, retyped);
  const options = to.sequenceOptions ?? {};
  return {
    existingType: from.type,
    ...(Object.keys(options).length > 0 && { sequenceOptions: options }),
    ...(former !== undefined && { existingSequence: former }),
  };
}

/** The sequence of a column that is serial no longer goes, unless it is the column's without feeding it. */
function feedThatStays(table: Table, from: Column, to: Column): Partial<ColumnAlteration> {
  const feed = from.serial === undefined ? undefined : sequenceOf(table.name, from);
  return feed !== undefined && to.sequences?.some(({ name }) => name === feed) ? { existingSequence: feed } : {};
}

/** The sequence of an identity column under other options. A new type of the column is given to it too, unless it has its own. */
function identityOptions(from: Column, to: Column, retyped: boolean): Partial<ColumnAlteration> {
  const [former, own] = [from.sequenceOptions?.type, to.sequenceOptions?.type];
  if (alike(from.sequenceOptions, to.sequenceOptions) && !(retyped && own !== undefined)) return {};
  const type = own ?? (former === undefined ? undefined : (to.type as 'integer'));
  return {
    existingType: from.type,
    sequenceOptions: { ...to.sequenceOptions, ...(type !== undefined && { type }) },
    ...(type !== undefined && pick(to, ['sequence'])),
  };
}

const isFedDifferently = (from: Column, to: Column): boolean =>
  !from.serial !== !to.serial || !from.identity !== !to.identity;

/** The sequence of a serial column under other options. */
function alterSequence(table: Table, from: Column, to: Column): TableOperation[] {
  if (!from.serial || !to.serial || alike(from.sequenceOptions, to.sequenceOptions)) return [];
  const { grants: _, comment: __, persistence: ___, ...options } = to.sequenceOptions ?? {};
  return [{ op: 'alterSequence', name: sequenceOf(table.name, to), type: to.type, ...options } as never];
}

const identityChange = (from: Column, to: Column) => ({
  identity: to.identity ?? null,
  ...(from.identity !== undefined && to.identity !== undefined && { existingIdentity: from.identity }),
});

/** A default that PostgreSQL cannot cast by itself leaves before its column's type changes, and returns after. */
function defaultMustMove(from: Column, to: Column, moves: boolean): boolean {
  if (hasNewDefault(from, to)) return from.generated === undefined || to.default !== undefined;
  return from.default !== undefined && (moves || baseType(from.type) !== baseType(to.type));
}
