import {
  columnOf,
  relationOf,
  tableOf,
  viewOf,
  type EntitySet,
  type TableModel,
  type ViewModel,
} from './entity-set.ts';
import { isOrdered } from './column-types.ts';
import type { Names } from './make-set.ts';
import type { Random } from './random.ts';

export function randomView(random: Random, names: Names, set: EntitySet): ViewModel {
  // TypeORM makes the views of EntitySchemas after those of classes, whatever reads them.
  const views = set.views.filter(({ form }) => form === 'class');
  const read = views.length > 0 && random.chance(30) ? random.pick(views) : random.pick(set.tables);
  const name = names.next('view_');
  const isView = !('relations' in read);
  const columns = isView ? ['c0'] : random.some(read.columns, 1, 3).map(({ id }) => id);
  // An EntitySchema can say neither that a view is materialized nor what it depends on.
  const form = !isView && random.chance(25) ? 'schema' : 'class';
  const materialized = form === 'class' && random.chance(35);
  return {
    id: name,
    entity: name,
    name,
    form,
    ...(random.chance(20) && { schema: 'audit' }),
    ...(materialized && { materialized }),
    ...(materialized &&
      random.chance(40) &&
      !isView &&
      isIndexable(read, columns[0]!) && { index: names.next('ixv_') }),
    table: read.id,
    columns,
    ...(random.chance(40) && { presentOnly: true }),
  };
}

const isIndexable = (table: TableModel, column: string): boolean => isOrdered(columnOf(table, column)!.options);

/** Whether the set has what the view reads. */
export function isReadable(view: ViewModel, set: EntitySet): boolean {
  const read = viewOf(set, view.table);
  if (read) return isReadable(read, set);
  const table = tableOf(set, view.table);
  if (table === undefined || !view.columns.every(column => columnOf(table, column))) return false;
  return view.index === undefined || isIndexable(table, view.columns[0]!);
}

/** The view's query. */
export function queryOf({ table: id, columns, presentOnly }: ViewModel, set: EntitySet): string {
  const table = tableOf(set, id);
  const names = columns.map(column => `"t"."${table ? columnOf(table, column)!.name : column}"`);
  const selected = names.map((name, at) => `${name} AS "c${at}"`).join(', ');
  const read = relationOf(table ?? viewOf(set, id)!, set);
  return `SELECT ${selected} FROM ${read} "t"${presentOnly ? ` WHERE ${names[0]} IS NOT NULL` : ''}`;
}
