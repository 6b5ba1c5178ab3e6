import type { Obstacle } from '../compare/obstacles.ts';
import type { Connection } from '../database/connection.ts';
import { columnTypes, type ColumnTypes } from '../database/column-types.ts';
import { refusedPairs } from '../database/comparable-types.ts';
import { ForeignKeyTypeError } from '../metadata/errors.ts';
import type { ForeignKey } from '../objects/foreign-key-definition.ts';
import { kinds, type Operation, type Schema } from '../objects/kinds.ts';
import { alike } from '../objects/shape.ts';
import { columnUse } from '../objects/uses.ts';
import { typeNameIn } from '../sql/name.ts';

interface Side {
  readonly foreignKey: ForeignKey;
  readonly columns: readonly [string, string];
  readonly types: readonly [string, string];
}

interface Leading {
  /** What the entities say. */
  readonly declared: Schema;
  /** The schema that the operations lead to. */
  readonly target: Schema;
  readonly defaultSchema: string;
}

/**
 * The foreign keys of others that operations create again, and that PostgreSQL would refuse for the types of their columns.
 * @throws ForeignKeyTypeError for the first one of the entities that it would refuse
 */
export async function foreignKeyTypes(
  connection: Connection,
  operations: readonly Operation[],
  { declared, target, defaultSchema }: Leading,
): Promise<readonly Obstacle[]> {
  const created = operations.flatMap(each => (each.op === 'createForeignKey' ? [each] : []));
  const unread = created.map(({ references }) => references.table).filter(name => !target.tables.has(name));
  const outside = await columnTypes(connection, unread, defaultSchema);
  const sides = created.flatMap(each => sidesOf(each, target, outside));
  const pairs = sides.map(({ types: [column, referenced] }) => ({ column, referenced }));
  const isEnum = (type: string) => target.enums.has(typeNameIn(type));
  const refused = await refusedPairs(connection, pairs, defaultSchema, isEnum);
  const refusedSides = sides.filter((_, i) => refused.some(pair => alike(pair, pairs[i])));
  const own = refusedSides.find(({ foreignKey }) => declared.foreignKeys.has(kinds.foreignKeys.nameOf(foreignKey)));
  if (own) throw new ForeignKeyTypeError(own.foreignKey.name, own.columns, own.types);
  return refusedSides.map(({ foreignKey, columns }) => ({
    dependent: `foreign key ${foreignKey.name} of ${foreignKey.table}`,
    on: `the type that ${columns.filter(name => retypes(operations, name)).join(' and ') || columns.join(' or ')} had`,
  }));
}

const retypes = (operations: readonly Operation[], name: string): boolean =>
  operations.some(
    each => each.op === 'alterColumn' && each.type !== undefined && `${each.table}.${each.name}` === name,
  );

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
