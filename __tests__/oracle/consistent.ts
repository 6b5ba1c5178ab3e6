import { demandsOf, expressionFrom, isOrdered, takesMethods } from './column-types.ts';
import { keysOf, type EntitySet, type TableModel } from './entity-set.ts';
import { possible } from './relations.ts';
import { isReadable } from './views.ts';

/** The set without whatever refers to something that is not there, or to a type for which it makes no sense. */
export function consistent(set: EntitySet): EntitySet {
  const tables = set.tables.map(withoutLostParts);
  const linked = tables.map(table => ({
    ...table,
    relations: table.relations.flatMap(relation => possible(relation, table, { ...set, tables })),
  }));
  const views = set.views.filter(view => isReadable(view, { ...set, tables: linked }));
  return { ...set, tables: linked, views };
}

function withoutLostParts(given: TableModel): TableModel {
  const all = new Map(given.columns.map(column => [column.id, column]));
  const columns = given.columns.filter(({ computedFrom, options }) => {
    if (computedFrom === undefined) return true;
    const source = all.get(computedFrom);
    return source !== undefined && expressionFrom(source) !== undefined && source.options.type === options.type;
  });
  // TypeORM can make no closure table for a key of two columns.
  const { tree, ...rest } = given;
  const kept = tree === 'closure-table' && keysOf(given).length > 1 ? rest : given;
  const ordered = new Set(columns.filter(({ options }) => isOrdered(options)).map(({ id }) => id));
  const left = new Map(columns.map(column => [column.id, column]));
  return {
    ...kept,
    columns,
    indices: given.indices.filter(
      ({ columns: keys, presentOnly, type, spatial }) =>
        keys.every(id => (spatial ? left.get(id)?.options.type === 'point' : ordered.has(id))) &&
        (type === undefined || keys.every(id => takesMethods(left.get(id)!.options))) &&
        (presentOnly === undefined || left.has(presentOnly)),
    ),
    uniques: given.uniques.filter(({ columns: keys }) => keys.every(id => ordered.has(id))),
    exclusions: given.exclusions.filter(({ column }) => left.get(column)?.options.type.endsWith('range')),
    checks: given.checks.filter(({ column, demand }) => {
      const found = left.get(column);
      return found !== undefined && demandsOf(found.options).includes(demand);
    }),
  };
}
