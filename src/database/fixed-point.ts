import type { Index } from '../objects/index-definition.ts';
import type { Schema } from '../objects/kinds.ts';
import { constraintsOf, shapeOf, type TableConstraint } from '../objects/tables/constraints.ts';
import type { Column, Table } from '../objects/tables/table.ts';
import { alike } from '../objects/shape.ts';
import type { View } from '../objects/views.ts';

/**
 * The declared schema, with the live spelling of whatever is the same once PostgreSQL has spelled both sides until it
 * repeats itself: PostgreSQL's spelling of an expression may be spelled differently when it is declared in its turn, as
 * that of `IN (…)` over varchar is.
 * @param declared and `actual`: both sides as PostgreSQL spells them in the end
 * @param live the live schema as it was read
 */
export function settled(declared: Schema, actual: Schema, live: Schema): Schema {
  const tables = [...declared.tables].map(([name, table]) => {
    const [fixed, read] = [actual.tables.get(name), live.tables.get(name)];
    return [name, fixed && read && fixed !== read ? settledTable(table, fixed, read) : table] as const;
  });
  return {
    ...declared,
    tables: new Map(tables),
    indexes: settledIndexes(declared.indexes, actual.indexes, live.indexes),
    views: settledObjects([declared.views, actual.views, live.views], isSameView),
    materializedViews: settledObjects(
      [declared.materializedViews, actual.materializedViews, live.materializedViews],
      isSameView,
    ),
  };
}

/** @param taken what is taken of a live object */
function settledObjects<Each>(
  [declared, actual, live]: readonly ReadonlyMap<string, Each>[],
  isSame: (one: Each, other: Each) => boolean,
  taken: (live: Each) => Each = live => live,
): ReadonlyMap<string, Each> {
  return new Map(
    [...declared!].map(([name, object]) => {
      const [spelled, own] = [actual!.get(name), live!.get(name)];
      const isSettled = spelled && own && spelled !== own && isSame(object, spelled);
      return [name, isSettled ? taken(own) : object] as const;
    }),
  );
}

/** An index whose name follows from its text may be there under another one. */
function settledIndexes(declared: Indexes, actual: Indexes, live: Indexes): Indexes {
  const settled = settledObjects([declared, actual, live], isSameIndex, withoutFlaw);
  const others = [...actual.values()].filter(({ name }) => !declared.has(name) && actual.get(name) !== live.get(name));
  if (others.length === 0) return settled;
  return new Map(
    [...settled].map(([name, index]) => {
      const other = live.has(name) ? undefined : others.find(each => isSameIndex({ ...each, name }, index));
      const own = other && live.get(other.name);
      return [name, own ? withoutFlaw({ ...own, name }) : index] as const;
    }),
  );
}

type Indexes = Schema['indexes'];

const isSameView = (one: View, other: View): boolean => one.definition === other.definition;
const isSameIndex = ({ comment: _, ...one }: Index, { comment: _other, ...other }: Index): boolean => alike(one, other);

/** An index that is not valid differs from one that is declared, whatever it is spelled like. */
const withoutFlaw = ({ invalid: _, ...index }: Index): Index => index;

function settledTable(declared: Table, fixed: Table, live: Table): Table {
  const [spelled, read] = [fixed, live].map(each => new Map(each.columns.map(column => [column.name, column])));
  const names = new Set(constraintsOf(declared).map(({ name }) => name));
  const [fixedOnes, liveOnes] = [constraintsOf(fixed), constraintsOf(live)];
  /** One whose name follows from its text may be there under another one. */
  const constraint = <Each extends { readonly name: string }>(kind: 'check' | 'exclusion', each: Each): Each => {
    const shape = shapeOf({ kind, ...each } as never);
    const isNamed = (one: TableConstraint) => one.kind === kind && one.name === each.name;
    const spelledOne = fixedOnes.some(isNamed)
      ? fixedOnes.find(one => isNamed(one) && shapeOf(one) === shape)
      : fixedOnes.find(one => one.kind === kind && !names.has(one.name) && shapeOf(one) === shape);
    const readOne = spelledOne && liveOnes.find(one => one.kind === kind && one.name === spelledOne.name);
    if (!readOne) return each;
    const { kind: _, ...own } = readOne;
    return { ...own, name: each.name } as unknown as Each;
  };
  return {
    ...declared,
    columns: declared.columns.map(column => settledColumn(column, spelled!.get(column.name), read!.get(column.name))),
    ...(declared.checks && { checks: declared.checks.map(each => constraint('check', each)) }),
    ...(declared.exclusions && { exclusions: declared.exclusions.map(each => constraint('exclusion', each)) }),
  };
}

function settledColumn(declared: Column, fixed: Column | undefined, live: Column | undefined): Column {
  if (!fixed || !live) return declared;
  const isSame = (key: 'default' | 'generated') => declared[key] !== undefined && declared[key] === fixed[key];
  return {
    ...declared,
    ...(isSame('default') && live.default !== undefined && { default: live.default }),
    ...(isSame('generated') && live.generated !== undefined && { generated: live.generated }),
  };
}
