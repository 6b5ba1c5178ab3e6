import {
  columnOf,
  enumTypeOf,
  relationOf,
  viewOf,
  type ColumnModel,
  type EntitySet,
  type TableModel,
} from './entity-set.ts';
import { makers, type Target } from './others-text.ts';
import type { Random } from './random.ts';
import type { Names } from './make-set.ts';

/** An object that somebody else made beside the project's own, on columns of one table. */
export interface Other {
  readonly kind: keyof typeof makers;
  /** The type of the key that it refers to. */
  readonly type?: string;
  readonly name: string;
  /** Where it lies, if it is a view: in a schema that the project reads, or in one that it does not. */
  readonly schema: string;
  /** The table that it is on, or the view. */
  readonly table: string;
  readonly columns: readonly string[];
}

export const KINDS = Object.keys(makers) as (keyof typeof makers)[];

/** What PostgreSQL does not drop along with a column. */
const blocking: ReadonlySet<string> = new Set([
  'view',
  'materializedView',
  'policy',
  'trigger',
  'rule',
  'foreignKey',
  'enumFunction',
  'publication',
  'viewOfView',
  'enumDomain',
  'enumPartitions',
  'rowFunction',
  'sqlFunction',
]);

/** The statement that drops one of these objects. */
export function dropOf({ kind, name, schema, table: id }: Other, set: EntitySet): string {
  if (kind === 'publication') return `DROP PUBLICATION "${name}"`;
  const type = dropped[kind];
  if (type !== undefined) return `DROP ${type} IF EXISTS "${/VIEW/.test(type) ? schema : 'others'}"."${name}"`;
  return `DROP ${kind.toUpperCase()} "${name}" ON ${relationOf(
    set.tables.find(each => each.id === id)!,
    set,
  )}`;
}

/** What kind of object has a schema, for DROP. */
const dropped: Partial<Record<Other['kind'], string>> = {
  view: 'VIEW',
  viewOfView: 'VIEW',
  materializedView: 'MATERIALIZED VIEW',
  foreignKey: 'TABLE',
  enumPartitions: 'TABLE',
  enumDomain: 'DOMAIN',
  enumFunction: 'FUNCTION',
  rowFunction: 'FUNCTION',
  sqlFunction: 'FUNCTION',
};

const OF_VIEWS: ReadonlySet<string> = new Set(['viewOfView', 'viewGrant', 'viewComment', 'viewIndex']);
const OF_ENUMS: ReadonlySet<string> = new Set(['enumFunction', 'enumDomain', 'enumPartitions']);

/** How many columns an object of a kind reads. */
const NONE: ReadonlySet<string> = new Set([
  'grant',
  'rowSecurity',
  'column',
  'tableOptions',
  'standalone',
  'rowFunction',
]);
const ONE: ReadonlySet<string> = new Set([
  'index',
  'coveringIndex',
  'check',
  'columnGrant',
  'comment',
  'columnOptions',
  'rule',
  'publication',
  'sqlFunction',
]);
const least = (kind: string): number => (NONE.has(kind) ? 0 : 1);
const most = (kind: string): number => (NONE.has(kind) ? 0 : ONE.has(kind) ? 1 : 2);

/** What stays when an object is dropped by its own statement: a table without its policy is still secured. */
export const remainderOf = (other: Other): readonly Other[] =>
  other.kind === 'policy' ? [{ ...other, kind: 'rowSecurity', columns: [] }] : [];

/** What every database of a pair has before others make something in it. */
export const groundwork = `
  CREATE SCHEMA "others";
  CREATE FUNCTION "others".touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';`;

export const randomOthers = (random: Random, names: Names, set: EntitySet): readonly Other[] =>
  Array.from({ length: random.below(6) }, () => randomOther(random, names, set)).filter(
    other => other !== undefined && standsIn(other, set),
  ) as Other[];

function randomOther(random: Random, names: Names, set: EntitySet): Other | undefined {
  const kind = random.pick(KINDS);
  const made = {
    kind,
    name: names.next('other_'),
    schema: random.chance(80) ? (set.home ?? 'public') : 'others',
  };
  if (OF_VIEWS.has(kind)) {
    const views = set.views.filter(({ materialized }) => kind !== 'viewIndex' || materialized);
    const view = views.length > 0 ? random.pick(views) : undefined;
    return view && { ...made, table: view.id, columns: [`c${random.below(view.columns.length)}`] };
  }
  const table = random.pick(set.tables);
  const columns = columnsFor(kind, table, random);
  if (!columns) return undefined;
  const [first] = columns;
  return {
    ...made,
    ...(kind === 'foreignKey' && first && { type: first.options.type }),
    table: table.id,
    columns: columns.map(({ id }) => id),
  };
}

/** Columns that an object of this kind can read; undefined where the table has none. */
function columnsFor(kind: Other['kind'], { columns }: TableModel, random: Random): readonly ColumnModel[] | undefined {
  if (kind === 'foreignKey') {
    const keys = columns.filter(({ key }) => key !== undefined);
    return keys.length === 1 ? keys : undefined;
  }
  if (OF_ENUMS.has(kind)) {
    const enums = columns.filter(({ options }) => options.enum && options.enumName === undefined);
    return enums.length > 0 ? [random.pick(enums)] : undefined;
  }
  // PostgreSQL takes no types of users in a publication's filter.
  const usable = kind === 'publication' ? columns.filter(column => !column.options.enum) : columns;
  return random.some(usable, least(kind), most(kind));
}

/** What is neither refused nor gone when what it reads goes: another enum takes the name, a publication loses its table. */
export const staysBehind = ({ kind }: Other): boolean => OF_ENUMS.has(kind) || kind === 'publication';

/** The statements that make these objects, on the tables as one set names them. */
export const sqlOf = (others: readonly Other[], set: EntitySet): string =>
  others.map(other => makers[other.kind](targetIn(other, set)!)).join('\n');

/** Whether everything that the object reads is in this set, under whatever name. */
export const standsIn = (other: Other, set: EntitySet): boolean => targetIn(other, set) !== undefined;

/** Whether PostgreSQL would refuse to drop what this object reads, while the set lacks it. */
export function blocks(other: Other, set: EntitySet): boolean {
  if (standsIn(other, set) || !blocking.has(other.kind)) return false;
  const isOfTable = ['policy', 'trigger', 'rule', 'publication'].includes(other.kind);
  return !isOfTable || set.tables.some(({ id }) => id === other.table);
}

/** Whether autogenerate may refuse a change because of it: it cannot be moved out of the way, not being read. */
export const mayBlock = (other: Other, set: EntitySet): boolean =>
  blocks(other, set) ||
  OF_ENUMS.has(other.kind) ||
  ['foreignKey', 'publication', 'rowFunction', 'sqlFunction'].includes(other.kind) ||
  (other.schema === 'others' && ['view', 'materializedView', 'viewOfView'].includes(other.kind));

function targetIn(other: Other, set: EntitySet): Target | undefined {
  const { kind, name, schema, table: id, columns: ids } = other;
  const view = viewOf(set, id);
  if (view) {
    const isThere = ids.every(column => Number(column.slice(1)) < view.columns.length);
    return isThere ? { name, schema, relation: relationOf(view, set), columns: ids } : undefined;
  }
  if (kind === 'standalone') return { name, schema, relation: '', columns: [] };
  const table = set.tables.find(each => each.id === id);
  const columns = table && namesIn(table, ids);
  if (!table || !columns) return undefined;
  const target = { name, schema, relation: relationOf(table, set), columns };
  if (kind === 'foreignKey') return { ...target, type: other.type! };
  if (kind === 'comment' && columnOf(table, ids[0]!)!.options.comment !== undefined) return undefined;
  if (!OF_ENUMS.has(kind)) return target;
  const column = columnOf(table, ids[0]!)!;
  return column.options.enum && { ...target, type: enumTypeOf(table, column, set) };
}

function namesIn(table: TableModel, ids: readonly string[]): readonly string[] | undefined {
  const columns = ids.map(id => columnOf(table, id));
  return columns.every(column => column !== undefined) ? columns.map(({ name }) => `"${name}"`) : undefined;
}
