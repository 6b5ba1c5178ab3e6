import { otherDefault, otherOptions } from './column-types.ts';
import { consistent } from './consistent.ts';
import type { ColumnModel, EntitySet, RelationModel, TableModel } from './entity-set.ts';
import {
  distinctIndices,
  randomCheck,
  randomChild,
  randomColumn,
  randomComputed,
  randomExclusion,
  randomIndex,
  randomKey,
  randomTable,
  randomUnique,
  TREES,
  type Names,
} from './make-set.ts';
import type { Random } from './random.ts';
import { randomRelation, randomRelationOptions } from './relations.ts';
import { randomView } from './views.ts';

/** What a label that was renamed begins with. */
export const RENAMED = 'renamed ';

type Mutation = (set: EntitySet, random: Random, names: Names) => EntitySet | undefined;

/** The set after some changes, as a project makes them between two releases. */
export function mutated(set: EntitySet, random: Random, names: Names): EntitySet {
  const changes = Array.from({ length: 1 + random.below(8) }, () => random.pick(mutations));
  return changes.reduce((current, change) => consistent(change(current, random, names) ?? current), set);
}

/** A change of one table, any of them. */
const ofTable =
  (change: (table: TableModel, random: Random, names: Names) => TableModel | undefined): Mutation =>
  (set, random, names) => {
    const table = random.pick(set.tables);
    const changed = change(table, random, names);
    return changed && { ...set, tables: set.tables.map(each => (each === table ? changed : each)) };
  };

/** A change of one column that is not part of a primary key. */
const ofColumn = (change: (column: ColumnModel, random: Random, names: Names) => ColumnModel): Mutation =>
  ofTable((table, random, names) => {
    const columns = table.columns.filter(({ key, computedFrom }) => key === undefined && computedFrom === undefined);
    if (columns.length === 0) return undefined;
    const column = random.pick(columns);
    const changed = change(column, random, names);
    return { ...table, columns: table.columns.map(each => (each === column ? changed : each)) };
  });

/** A change of one relation. */
const ofRelation = (change: (relation: RelationModel, random: Random, names: Names) => RelationModel): Mutation =>
  ofTable((table, random, names) => {
    if (table.relations.length === 0) return undefined;
    const relation = random.pick(table.relations);
    const changed = change(relation, random, names);
    return { ...table, relations: table.relations.map(each => (each === relation ? changed : each)) };
  });

const added = <Each>(list: readonly Each[], one: Each | undefined): readonly Each[] => (one ? [...list, one] : list);

const without = <Each>(random: Random, list: readonly Each[]): readonly Each[] => {
  const gone = list.length > 0 ? random.pick(list) : undefined;
  return list.filter(each => each !== gone);
};

const mutations: readonly Mutation[] = [
  (set, random, names) => ({ ...set, tables: [...set.tables, randomTable(random, names)] }),
  (set, random) => (set.tables.length > 1 ? { ...set, tables: without(random, set.tables) } : undefined),
  ofTable((table, _, names) => ({ ...table, name: names.next('renamed_') })),
  ofTable((table, random) => {
    const { schema: _, ...moved } = table;
    const schema = random.pick([undefined, 'audit', 'Sales', 'fresh']);
    return schema === undefined ? moved : { ...moved, schema };
  }),
  ofTable(({ comment, ...table }, random) => (random.chance(50) ? { ...table, comment: `now ${comment}` } : table)),
  ofTable((table, random, names) => ({ ...table, columns: [...table.columns, randomColumn(random, names)] })),
  ofTable((table, random) => {
    const columns = table.columns.filter(({ key }) => key === undefined);
    if (columns.length === 0) return undefined;
    const gone = random.pick(columns);
    return { ...table, columns: table.columns.filter(each => each !== gone) };
  }),
  ofColumn((column, _, names) => ({ ...column, name: names.next('renamed_') })),
  ofColumn((column, random) => ({ ...column, options: otherOptions(random, column.options) })),
  ofColumn((column, random) => ({ ...column, options: otherDefault(random, column.options) })),
  ofColumn(({ options: { nullable, ...options }, ...column }) => ({
    ...column,
    options: nullable ? options : { ...options, nullable: true },
  })),
  ofColumn(({ options: { comment, ...options }, ...column }) => ({
    ...column,
    options: comment === undefined ? { ...options, comment: 'now commented' } : options,
  })),
  ofColumn((column, random) => ({ ...column, options: otherLabels(random, column.options) })),
  ofTable((table, random, names) => ({
    ...table,
    indices: distinctIndices(added(table.indices, randomIndex(random, names, table))),
  })),
  ofTable((table, random) => ({ ...table, indices: without(random, table.indices) })),
  ofTable((table, random) => ({
    ...table,
    indices: table.indices.map(index => (random.chance(50) ? { ...index, unique: !index.unique } : index)),
  })),
  ofTable((table, random, names) => ({ ...table, uniques: added(table.uniques, randomUnique(random, names, table)) })),
  ofTable((table, random) => ({ ...table, uniques: without(random, table.uniques) })),
  ofTable((table, random, names) => ({ ...table, checks: added(table.checks, randomCheck(random, names, table)) })),
  ofTable((table, random) => ({ ...table, checks: without(random, table.checks) })),
  ofTable((table, random, names) => ({
    ...table,
    columns: added(table.columns, randomComputed(random, names, table)),
  })),
  ofTable((table, random, names) => {
    const key = randomKey(random, names);
    return {
      ...table,
      columns: table.columns.map(each => (each.key ? { ...key, id: each.id, name: each.name } : each)),
    };
  }),
  ofTable((table, random, names) => ({
    ...table,
    exclusions: added(table.exclusions, randomExclusion(random, names, table)),
  })),
  ofTable((table, random) => ({ ...table, exclusions: without(random, table.exclusions) })),
  ofTable(({ tree, ...table }, random) => (tree === undefined ? { ...table, tree: random.pick(TREES) } : table)),
  ofTable((table, random, names) => ({ ...table, children: [...table.children, randomChild(random, names)] })),
  ofTable((table, random) => ({ ...table, children: without(random, table.children) })),
  // Not told: one table goes, and another of the same shape comes. The same with a column.
  ofTable((table, _, names) => ({ ...table, id: names.next('t'), name: names.next('untold_') })),
  ofColumn((column, _, names) => ({ ...column, id: names.next('t'), name: names.next('untold_') })),
  ofColumn(column => ({ ...column, options: withRenamedLabel(column.options) })),
  ofColumn(({ options, ...column }, _, names) => ({
    ...column,
    options: options.enumName === undefined ? options : { ...options, enumName: names.next('renamed_kind_') },
  })),
  withAnotherRelation,
  withAnotherRelation,
  ofTable((table, random) => ({ ...table, relations: without(random, table.relations) })),
  ofRelation((relation, random) => ({ ...relation, options: randomRelationOptions(random, relation.kind) })),
  ofRelation((relation, _, names) => ({ ...relation, name: names.next('renamed ') })),
  ofRelation(relation =>
    relation.kind === 'many-to-many'
      ? relation
      : { ...relation, kind: relation.kind === 'one-to-one' ? 'many-to-one' : 'one-to-one' },
  ),
  (set, random, names) => ({ ...set, views: [...set.views, randomView(random, names, set)] }),
  (set, random) => ({ ...set, views: without(random, set.views) }),
  (set, random) => ({
    ...set,
    views: set.views.map(view => (random.chance(50) ? { ...view, presentOnly: !view.presentOnly } : view)),
  }),
];

function withAnotherRelation(set: EntitySet, random: Random, names: Names): EntitySet {
  const owner = random.pick(set.tables);
  const relation = randomRelation(random, names, owner, set);
  return {
    ...set,
    tables: set.tables.map(each => (each === owner ? { ...owner, relations: [...owner.relations, relation] } : each)),
  };
}

/** The enum with its first label under a new name. */
function withRenamedLabel(options: ColumnModel['options']): ColumnModel['options'] {
  const [first, ...others] = options.enum ?? [];
  if (first === undefined || first.startsWith(RENAMED)) return options;
  const now = `${RENAMED}${first}`;
  const { default: given, ...rest } = options;
  const renamed = Array.isArray(given)
    ? given.map(each => (each === first ? now : each))
    : given === first
      ? now
      : given;
  return { ...rest, enum: [now, ...others], ...(given !== undefined && { default: renamed }) };
}

function otherLabels(random: Random, options: ColumnModel['options']): ColumnModel['options'] {
  if (!options.enum) return options;
  const { default: given, ...rest } = options;
  const added = random.chance(60) ? [...options.enum, random.pick(['late', 'Later', 'x,y'])] : options.enum;
  const labels = added.length > 2 && random.chance(50) ? added.slice(1) : added;
  const stays =
    given !== undefined && (Array.isArray(given) ? given : [given]).every(label => labels.includes(label as string));
  return { ...rest, enum: [...new Set(labels)], ...(stays && { default: given }) };
}
