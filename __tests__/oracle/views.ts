import { columnOf, relationOf, tableOf, type EntitySet, type ViewModel } from './entity-set.ts';
import type { Names } from './make-set.ts';
import type { Random } from './random.ts';

export function randomView(random: Random, names: Names, set: EntitySet): ViewModel {
  const table = random.pick(set.tables);
  const name = names.next('view_');
  return {
    id: name,
    entity: name,
    name,
    ...(random.chance(20) && { schema: 'audit' }),
    ...(random.chance(30) && { materialized: true }),
    table: table.id,
    columns: random.some(table.columns, 1, 3).map(({ id }) => id),
    ...(random.chance(40) && { presentOnly: true }),
  };
}

/** Whether the set has what the view reads. */
export function isReadable({ table: id, columns }: ViewModel, set: EntitySet): boolean {
  const table = tableOf(set, id);
  return table !== undefined && columns.every(column => columnOf(table, column));
}

/** The view's query. */
export function queryOf({ table: id, columns, presentOnly }: ViewModel, set: EntitySet): string {
  const table = tableOf(set, id)!;
  const names = columns.map(column => `"t"."${columnOf(table, column)!.name}"`);
  const selected = names.map((name, at) => `${name} AS "c${at}"`).join(', ');
  return `SELECT ${selected} FROM ${relationOf(table)} "t"${presentOnly ? ` WHERE ${names[0]} IS NOT NULL` : ''}`;
}
