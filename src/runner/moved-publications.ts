import type { Renames } from '../compare/renames.ts';
import type { Connection } from '../database/connection.ts';
import { readSchemaPublications, type Move } from '../database/schema-publications.ts';
import type { Operation } from '../objects/kinds.ts';
import { nameParts } from '../sql/name.ts';
import { withLost } from './handed-down.ts';
import { underOldName } from './obstacles.ts';

/**
 * Operations that name the publications `FOR TABLES IN SCHEMA` which a table leaves or enters by its move.
 * @param old the names that things have in the database until they are renamed
 */
export async function nameMovedPublications(
  connection: Connection,
  operations: readonly Operation[],
  { old, defaultSchema }: { readonly old: Renames; readonly defaultSchema: string },
): Promise<readonly Operation[]> {
  const moves = operations.flatMap((operation, index) =>
    operation.op === 'moveTable' ? [{ index, move: placed(operation, old, defaultSchema) }] : [],
  );
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

/** The table under the names of the database, whose schema is spelled out. */
function placed(
  { table, to }: Extract<Operation, { readonly op: 'moveTable' }>,
  old: Renames,
  defaultSchema: string,
): Move {
  const { schema = defaultSchema, name } = nameParts(
    underOldName({ kind: 'relation', name: table, change: 'moved' }, old).name,
  );
  return { table: name, from: schema, to };
}
