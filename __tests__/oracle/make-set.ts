import { consistent } from './consistent.ts';
import { demandsOf, expressionFrom, isOrdered, randomOptions, takesMethods } from './column-types.ts';
import type {
  CheckModel,
  ChildModel,
  ColumnModel,
  EntitySet,
  ExclusionModel,
  IndexModel,
  TableModel,
  UniqueModel,
} from './entity-set.ts';
import type { Random } from './random.ts';
import { randomRelation } from './relations.ts';
import { randomView } from './views.ts';

/** Gives names and ids that no other part of a pair has. */
export interface Names {
  next(prefix: string): string;
}

export function freshNames(): Names {
  let count = 0;
  return { next: prefix => `${prefix}${(count += 1)}` };
}

export function randomSet(random: Random, names: Names): EntitySet {
  const tables = Array.from({ length: 2 + random.below(3) }, () => randomTable(random, names));
  const linked = tables.map(table => withRelations(random, names, table, { tables, views: [] }));
  const set = consistent({
    tables: linked,
    views: [],
    ...(random.chance(15) && { home: 'app' }),
    ...(random.chance(20) && { naming: 'short' as const }),
  });
  return Array.from({ length: random.below(4) }).reduce<EntitySet>(
    current => ({ ...current, views: [...current.views, randomView(random, names, current)] }),
    set,
  );
}

const withRelations = (random: Random, names: Names, table: TableModel, set: EntitySet): TableModel => ({
  ...table,
  relations: several(random, 2, () => randomRelation(random, names, table, set)),
});

export function randomTable(random: Random, names: Names): TableModel {
  const name = names.next(random.pick(['ticket', 'team', 'Person', 'order_line', 'event log']));
  const columns = Array.from({ length: 1 + random.below(5) }, () => randomColumn(random, names));
  const bare: TableModel = {
    id: name,
    // Not the name of a table: TypeORM would look for one where a relation names an entity.
    entity: `${name.replace(/\W/g, '_')}_entity`,
    name,
    ...(random.chance(25) && { schema: random.pick(['audit', 'Sales']) }),
    ...(random.chance(20) && { comment: `about ${name}` }),
    form: random.chance(30) ? 'schema' : 'class',
    columns: [...randomKeys(random, names), ...columns],
    indices: [],
    uniques: [],
    checks: [],
    exclusions: [],
    relations: [],
    children: several(random, random.chance(12) ? 2 : 0, () => randomChild(random, names)),
    ...(random.chance(10) && { tree: random.pick(TREES) }),
  };
  const computed = random.chance(15) ? randomComputed(random, names, bare) : undefined;
  const table = { ...bare, columns: [...bare.columns, ...(computed ? [computed] : [])] };
  return {
    ...table,
    indices: distinctIndices(several(random, 2, () => randomIndex(random, names, table))),
    uniques: several(random, 1, () => randomUnique(random, names, table)),
    checks: several(random, 1, () => randomCheck(random, names, table)),
    exclusions: distinctExclusions(several(random, 2, () => randomExclusion(random, names, table))),
  };
}

export const TREES = ['closure-table', 'materialized-path', 'nested-set'] as const;

export const randomChild = (random: Random, names: Names): ChildModel => ({
  id: names.next('Child'),
  columns: several(random, 2, () => randomColumn(random, names)),
});

export function randomExclusion(random: Random, names: Names, table: TableModel): ExclusionModel | undefined {
  const ranges = table.columns.filter(({ options }) => options.type.endsWith('range'));
  if (ranges.length === 0) return undefined;
  return {
    id: names.next('x'),
    ...(random.chance(40) && { name: names.next('excl_') }),
    column: random.pick(ranges).id,
  };
}

function several<Each>(random: Random, most: number, make: () => Each | undefined): Each[] {
  const made = Array.from({ length: random.below(most + 1) }, make);
  return made.filter(each => each !== undefined);
}

/** TypeORM names an index by its columns and predicate, so that no two may be alike in them. */
export function distinctIndices(indices: readonly IndexModel[]): readonly IndexModel[] {
  const byColumns = new Map(indices.map(index => [index.columns.join(), index]));
  return [...byColumns.values()];
}

/** Of two exclusion constraints that say the same, CREATE TABLE makes one. */
export function distinctExclusions(exclusions: readonly ExclusionModel[]): readonly ExclusionModel[] {
  return [...new Map(exclusions.map(each => [each.column, each])).values()];
}

/** One key column in most tables, two in some. */
function randomKeys(random: Random, names: Names): readonly ColumnModel[] {
  const key = randomKey(random, names);
  if (random.chance(88)) return [key];
  const name = names.next('part');
  return [key, { id: name, name, key: 'given', options: { type: random.pick(['int', 'varchar']) } }];
}

export function randomKey(random: Random, names: Names): ColumnModel {
  const name = names.next('id');
  const key = random.pick(['uuid', 'increment', 'identity', 'given'] as const);
  const type = key === 'uuid' ? 'uuid' : random.pick(key === 'given' ? ['int', 'text', 'uuid'] : ['int', 'bigint']);
  return { id: name, name, key, options: { type } };
}

export function randomColumn(random: Random, names: Names): ColumnModel {
  const name = names.next(random.pick(['title', 'state', 'madeAt', 'closed_by', 'count', 'user name']));
  if (random.chance(8)) return specialColumn(name, random.pick(['create', 'update', 'delete', 'version'] as const));
  const options = randomOptions(random);
  const isNamed = options.enum !== undefined && random.chance(25);
  return {
    id: name,
    name,
    ...(random.chance(15) && randomPlace(random, names, name)),
    options: isNamed ? { ...options, enumName: names.next('kind_') } : options,
  };
}

/** The embedded entity that a column is part of: the columns of one have its name before theirs. */
const randomPlace = (random: Random, names: Names, name: string) =>
  random.chance(60)
    ? { embedded: random.pick(['place', 'period']) }
    : { embedded: 'address', prefixed: true as const, name: names.next('addressStreet'), id: name };

/** A column that TypeORM fills itself, with the type and default that it chooses. */
const specialColumn = (name: string, special: NonNullable<ColumnModel['special']>): ColumnModel => ({
  id: name,
  name,
  special,
  options: { type: special === 'version' ? 'int' : 'timestamptz' },
});

/** A column that PostgreSQL computes from another one, where there is one to compute from. */
export function randomComputed(random: Random, names: Names, table: TableModel): ColumnModel | undefined {
  const sources = table.columns.filter(column => !column.key && expressionFrom(column) !== undefined);
  if (sources.length === 0) return undefined;
  const { id: computedFrom, options: source } = random.pick(sources);
  const { default: _, comment: _comment, ...options } = source;
  const name = names.next('computed');
  return { id: name, name, computedFrom, options };
}

export function randomIndex(random: Random, names: Names, table: TableModel): IndexModel | undefined {
  const geometric = table.columns.filter(({ options }) => options.type === 'point');
  if (geometric.length > 0 && random.chance(50))
    return { id: names.next('i'), columns: [random.pick(geometric).id], spatial: true };
  const columns = random.some(ordered(table), 1, 2);
  const unique = random.chance(25) && columns.some(isDistinct);
  if (columns.length === 0) return undefined;
  return {
    id: names.next('i'),
    ...(random.chance(30) && { name: names.next('idx_') }),
    columns: columns.map(({ id }) => id),
    ...(unique ? { unique } : random.chance(15) && randomMethod(random, columns, table)),
    ...(random.chance(20) && { presentOnly: random.pick(table.columns).id }),
  };
}

/** An access method that takes any column: only decorators can give it. */
function randomMethod(random: Random, columns: readonly ColumnModel[], { form }: TableModel) {
  if (form === 'schema' || !columns.every(({ options }) => takesMethods(options))) return {};
  return { type: columns.length === 1 ? random.pick(['hash', 'brin'] as const) : ('brin' as const) };
}

export function randomUnique(random: Random, names: Names, table: TableModel): UniqueModel | undefined {
  const columns = random.some(ordered(table), 1, 2);
  if (!columns.some(isDistinct)) return undefined;
  return {
    id: names.next('u'),
    ...(random.chance(30) && { name: names.next('uq_') }),
    columns: columns.map(({ id }) => id),
  };
}

export function randomCheck(random: Random, names: Names, table: TableModel): CheckModel | undefined {
  const columns = table.columns.filter(column => !column.key && demandsOf(column.options).length > 0);
  if (columns.length === 0) return undefined;
  const { id, options } = random.pick(columns);
  return {
    id: names.next('c'),
    ...(random.chance(40) && { name: names.next('chk_') }),
    column: id,
    demand: random.pick(demandsOf(options)),
  };
}

const ordered = ({ columns }: TableModel): readonly ColumnModel[] =>
  columns.filter(({ options }) => isOrdered(options));

/** Rows get a value of their own in columns of these types. */
const isDistinct = ({ options }: ColumnModel): boolean => takesMethods(options);
