import type { Connection } from '../database/connection.ts';
import { columnTypes, type ColumnTypes } from '../database/column-types.ts';
import { refusedPairs } from '../database/comparable-types.ts';
import { ForeignKeyTypeError } from '../metadata/errors.ts';
import type { ForeignKey } from '../objects/foreign-key-definition.ts';
import type { Operation, Schema } from '../objects/kinds.ts';
import { columnUse } from '../objects/uses.ts';

interface Side {
  readonly foreignKey: ForeignKey;
  readonly columns: readonly [string, string];
  readonly types: readonly [string, string];
}

/**
 * Looks at the foreign keys that operations create.
 * @param target the schema that the operations lead to
 * @throws ForeignKeyTypeError for the first one that PostgreSQL would refuse for the types of its columns
 */
export async function refuseForeignKeyTypes(
  connection: Connection,
  operations: readonly Operation[],
  target: Schema,
  defaultSchema: string,
): Promise<void> {
  const created = operations.flatMap(each => (each.op === 'createForeignKey' ? [each] : []));
  const unread = created.map(({ references }) => references.table).filter(name => !target.tables.has(name));
  const outside = await columnTypes(connection, unread, defaultSchema);
  const sides = created.flatMap(each => sidesOf(each, target, outside));
  const pairs = sides.map(({ types: [column, referenced] }) => ({ column, referenced }));
  const [refused] = await refusedPairs(connection, pairs, defaultSchema);
  const side = sides.find(({ types }) => types[0] === refused?.column && types[1] === refused?.referenced);
  if (side) throw new ForeignKeyTypeError(side.foreignKey.name, side.columns, side.types);
}

function sidesOf(foreignKey: ForeignKey, { tables }: Schema, outside: ColumnTypes): readonly Side[] {
  const { table, columns, references } = foreignKey;
  const typeOf = (name: string, column: string) =>
    tables.get(name)?.columns.find(each => each.name === column)?.type ?? outside.get(columnUse(name, column));
  return columns.flatMap((column, i) => {
    const referenced = references.columns[i]!;
    const [own, other] = [typeOf(table, column), typeOf(references.table, referenced)];
    if (own === undefined || other === undefined) return [];
    const names = [`${table}.${column}`, `${references.table}.${referenced}`] as const;
    return [{ foreignKey, columns: names, types: [own, other] as const }];
  });
}
