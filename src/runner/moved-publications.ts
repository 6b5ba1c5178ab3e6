import type { NameBefore } from '../compare/names-before.ts';
import type { Connection } from '../database/connection.ts';
import { readSchemaPublications, type Move } from '../database/schema-publications.ts';
import type { Operation } from '../objects/kinds.ts';
import { namePartsIn, type QualifiedName } from '../sql/name.ts';
import { withLost } from './handed-down.ts';

/**
 * Operations that name the publications `FOR TABLES IN SCHEMA` which a table leaves or enters by its move.
 * @param nameBefore the names that tables have in the database, however the operations before rename them
 */
export async function nameMovedPublications(
  connection: Connection,
  operations: readonly Operation[],
  { nameBefore, defaultSchema }: { readonly nameBefore: NameBefore; readonly defaultSchema: string },
): Promise<readonly Operation[]> {
  const moves = operations.flatMap((operation, index) => {
    if (operation.op !== 'moveTable') return [];
    const today = nameBefore({ place: 'relation', name: operation.table }, index);
    return today === undefined ? [] : [{ index, move: placed(operation, today.name, defaultSchema) }];
  });
  const found = await readSchemaPublications(
    connection,
    moves.map(({ move }) => move),
    defaultSchema,
  );
  return operations.map((operation, index) => {
    if (operation.op !== 'moveTable') return operation;
    const own = found.filter(({ position }) => moves[position]!.index === index);
    const [left, entered] = [
      own.filter(({ leaves, enters }) => leaves && !enters),
      own.filter(({ leaves, enters }) => enters && !leaves),
    ].map(list => list.map(({ name }) => name).join(', '));
    const changes = [...(left ? [`leaves ${left}`] : []), ...(entered ? [`enters ${entered}`] : [])];
    return withLost(
      operation,
      changes.length === 0 ? [] : [`its publications by schema: ${operation.table} ${changes.join(' and ')}`],
    );
  });
}

/** A move of the table that has a name in the database, and lies in the schema of the operation's by then. */
const placed = (
  { table, to }: Extract<Operation, { readonly op: 'moveTable' }>,
  today: QualifiedName,
  defaultSchema: string,
): Move => {
  const { schema, name } = namePartsIn(defaultSchema, today);
  return { schema, table: name, from: namePartsIn(defaultSchema, table).schema, to };
};
