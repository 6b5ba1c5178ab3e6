import { otherDefault, otherOptions } from './column-types.ts';
import { consistent } from './consistent.ts';
import { tableOf, type ColumnModel, type EntitySet, type RelationModel, type TableModel } from './entity-set.ts';
import {
  distinctExclusions,
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
import { exchanged, withSwappedNames } from './exchange.ts';
import type { Random } from './random.ts';
import { randomRelation, randomRelationOptions } from './relations.ts';
import { randomView } from './views.ts';

/** What a label that was renamed begins with. */
export const RENAMED = 'renamed ';

type Mutation = (set: EntitySet, random: Random, names: Names) => EntitySet | undefined;

/** The set after some changes, as a project makes them between two releases, and the names of the changes. */
export function mutated(
  set: EntitySet,
  random: Random,
  names: Names,
): { after: EntitySet; changes: readonly string[] } {
  const changes: string[] = [];
  let after = set;
  for (let left = 1 + random.below(8); left > 0; left -= 1) {
    const name = random.pick(Object.keys(mutations));
    const changed = mutations[name]!(after, random, names);
    const next = changed && consistent(changed);
    if (next === undefined || JSON.stringify(next) === JSON.stringify(after)) continue;
    changes.push(name);
    after = next;
  }
  return { after, changes };
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

/** The changes, by names under which they are counted. */
export const mutations: Readonly<Record<string, Mutation>> = {
  'add a table': (set, random, names) => ({ ...set, tables: [...set.tables, randomTable(random, names)] }),
  'drop a table': (set, random) =>
    set.tables.length > 1 ? { ...set, tables: without(random, set.tables) } : undefined,
  'rename a table': ofTable((table, _, names) => ({ ...table, name: names.next('renamed_') })),
  'move a table': ofTable((table, random) => {
    const { schema: from, ...moved } = table;
    const schema = random.pick([undefined, 'audit', 'Sales', 'fresh']);
    if (schema === from) return undefined;
    return schema === undefined ? moved : { ...moved, schema };
  }),
  'rename and move a table': ofTable((table, _, names) => ({ ...table, name: names.next('moved_'), schema: 'Sales' })),
  'swap the names of two tables': (set, random) => {
    const tables = exchanged(set.tables, set.tables, random);
    return tables && { ...set, tables };
  },
  'swap the names of two columns': ofTable((table, random) => {
    const plain = table.columns.filter(({ key, prefixed }) => key === undefined && !prefixed);
    const columns = exchanged(table.columns, plain, random);
    return columns && { ...table, columns };
  }),
  "change a table's comment": ofTable(({ comment, ...table }, random) =>
    random.chance(50) ? { ...table, comment: `now ${comment}` } : table,
  ),
  'add a column': ofTable((table, random, names) => ({
    ...table,
    columns: [...table.columns, randomColumn(random, names)],
  })),
  'drop a column': ofTable((table, random) => {
    const columns = table.columns.filter(({ key }) => key === undefined);
    if (columns.length === 0) return undefined;
    const gone = random.pick(columns);
    return { ...table, columns: table.columns.filter(each => each !== gone) };
  }),
  'rename a column': ofColumn((column, _, names) => ({
    ...column,
    name: names.next(column.prefixed ? 'addressLane' : 'renamed_'),
  })),
  "change a column's type": ofColumn((column, random) => ({
    ...column,
    options: otherOptions(random, column.options),
  })),
  "change a column's default": ofColumn((column, random) => ({
    ...column,
    options: otherDefault(random, column.options),
  })),
  'change whether a column may be null': ofColumn(({ options: { nullable, ...options }, ...column }) => ({
    ...column,
    options: nullable ? options : { ...options, nullable: true },
  })),
  "change a column's comment": ofColumn(({ options: { comment, ...options }, ...column }) => ({
    ...column,
    options: comment === undefined ? { ...options, comment: 'now commented' } : options,
  })),
  "change an enum's labels": ofColumn((column, random) => ({
    ...column,
    options: otherLabels(random, column.options),
  })),
  'rename a label': ofColumn(column => ({ ...column, options: withRenamedLabel(column.options) })),
  'rename a named enum': ofColumn(({ options, ...column }, _, names) => ({
    ...column,
    options: options.enumName === undefined ? options : { ...options, enumName: names.next('renamed_kind_') },
  })),
  'add an index': ofTable((table, random, names) => ({
    ...table,
    indices: distinctIndices(added(table.indices, randomIndex(random, names, table))),
  })),
  'drop an index': ofTable((table, random) => ({ ...table, indices: without(random, table.indices) })),
  'change whether indexes are unique': ofTable((table, random) => ({
    ...table,
    indices: table.indices.map(index =>
      random.chance(50) && !index.type && !index.spatial ? { ...index, unique: !index.unique } : index,
    ),
  })),
  'swap the names of two constraints or indexes': withSwappedNames,
  'add a unique constraint': ofTable((table, random, names) => ({
    ...table,
    uniques: added(table.uniques, randomUnique(random, names, table)),
  })),
  'drop a unique constraint': ofTable((table, random) => ({ ...table, uniques: without(random, table.uniques) })),
  'add a check': ofTable((table, random, names) => ({
    ...table,
    checks: added(table.checks, randomCheck(random, names, table)),
  })),
  'drop a check': ofTable((table, random) => ({ ...table, checks: without(random, table.checks) })),
  'add a generated column': ofTable((table, random, names) => ({
    ...table,
    columns: added(table.columns, randomComputed(random, names, table)),
  })),
  'change how the key is made': ofTable((table, random, names) => {
    const [first] = table.columns.filter(({ key }) => key !== undefined);
    const key = randomKey(random, names);
    return {
      ...table,
      columns: table.columns.map(each => (each === first ? { ...key, id: each.id, name: each.name } : each)),
    };
  }),
  'add an exclusion': ofTable((table, random, names) => ({
    ...table,
    exclusions: distinctExclusions(added(table.exclusions, randomExclusion(random, names, table))),
  })),
  'drop an exclusion': ofTable((table, random) => ({ ...table, exclusions: without(random, table.exclusions) })),
  'change the kind of tree': ofTable(({ tree, ...table }, random) =>
    tree === undefined || random.chance(50) ? { ...table, tree: random.pick(TREES) } : table,
  ),
  'add a child entity': ofTable((table, random, names) => ({
    ...table,
    children: [...table.children, randomChild(random, names)],
  })),
  'drop a child entity': ofTable((table, random) =>
    table.children.length > 0 ? { ...table, children: without(random, table.children) } : undefined,
  ),
  // Not told: one table goes, and another of the same shape comes. The same with a column.
  'replace a table': ofTable((table, _, names) => ({ ...table, id: names.next('t'), name: names.next('untold_') })),
  'replace a column': ofColumn((column, _, names) =>
    column.prefixed ? column : { ...column, id: names.next('t'), name: names.next('untold_') },
  ),
  'add a relation': withAnotherRelation,
  'drop a relation': ofTable((table, random) => ({ ...table, relations: without(random, table.relations) })),
  'change the options of a relation': ofRelation((relation, random) => ({
    ...relation,
    options: randomRelationOptions(random, relation.kind),
  })),
  'rename a foreign key column or a junction': ofRelation((relation, _, names) => ({
    ...relation,
    name: names.next('renamed '),
  })),
  'change the kind of a relation': ofRelation(relation =>
    relation.kind === 'many-to-many'
      ? relation
      : { ...relation, kind: relation.kind === 'one-to-one' ? 'many-to-one' : 'one-to-one' },
  ),
  'add a view': (set, random, names) => ({ ...set, views: [...set.views, randomView(random, names, set)] }),
  'drop a view': (set, random) => (set.views.length > 0 ? { ...set, views: without(random, set.views) } : undefined),
  "change a view's query": (set, random) =>
    set.views.length > 0
      ? {
          ...set,
          views: set.views.map(view => (random.chance(50) ? { ...view, presentOnly: !view.presentOnly } : view)),
        }
      : undefined,
  "change a view's columns": (set, random) => {
    const views = set.views.filter(({ table }) => tableOf(set, table));
    if (views.length === 0) return undefined;
    const changed = random.pick(views);
    const columns = random.some(tableOf(set, changed.table)!.columns, 1, 3).map(({ id }) => id);
    return { ...set, views: set.views.map(view => (view === changed ? { ...view, columns } : view)) };
  },
  'change the naming strategy': ({ naming, ...set }, random) =>
    random.chance(30) ? (naming === undefined ? { ...set, naming: 'short' } : set) : undefined,
};

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
