import type { QualifiedName } from '../sql/name.ts';
import type { AnyOperation } from './object-kind.ts';

/** What an operation about a table may hold. */
interface OnTable extends AnyOperation {
  readonly table?: QualifiedName;
  readonly name?: QualifiedName;
  readonly references?: { readonly table: QualifiedName };
}

/** Tells of one operation after another whether it concerns only tables that an earlier one creates: nobody uses those yet. */
export function newTables(): (operation: AnyOperation) => boolean {
  const created = new Set<QualifiedName | undefined>();
  return ({ op, table, name, references }: OnTable) => {
    if (op === 'createTable') created.add(name);
    return table !== undefined && [table, references?.table ?? table].every(each => created.has(each));
  };
}

/** The same of the table that holds the rows: one that is new has none, whatever its foreign keys reference. */
export function tablesWithoutRows(): (operation: AnyOperation) => boolean {
  const created = new Set<QualifiedName | undefined>();
  return ({ op, table, name }: OnTable) => {
    if (op === 'createTable') created.add(name);
    return table !== undefined && created.has(table);
  };
}
