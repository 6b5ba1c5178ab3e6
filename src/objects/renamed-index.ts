import { bareName, besides } from '../sql/name.ts';
import type { Index, IndexKey } from './index-definition.ts';
import { renamedUses, type Naming } from './naming.ts';

/** An index after a rename, of its table or of a column too: it moves along to another schema. */
export function renamedIndex(index: Index, naming: Naming): Index {
  const { table, include, where } = index;
  const column = (name: string) => naming.column(table, name);
  const key = (each: IndexKey): IndexKey => {
    if (typeof each === 'string') return column(each);
    return {
      ...each,
      ...(each.column !== undefined && { column: column(each.column) }),
      ...(each.expression !== undefined && { expression: naming.text(table, each.expression) }),
    };
  };
  return {
    ...renamedUses(index, naming),
    name: besides(naming.relation(table), bareName(naming.relation(index.name))),
    table: naming.relation(table),
    columns: index.columns.map(key),
    ...(include && { include: include.map(column) }),
    ...(where !== undefined && { where: naming.text(table, where) }),
  };
}
