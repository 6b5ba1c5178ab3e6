import { changesIn, handledBy, placed, unreadable, type Change, type Obstacle } from '../compare/obstacles.ts';
import type { Renames } from '../compare/renames.ts';
import type { Connection } from '../database/connection.ts';
import { readDependents } from '../database/dependents.ts';
import type { Operation } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';

/**
 * What depends on the things that operations change, and is not changed by them itself.
 * @param old the names that things have in the database until they are renamed
 */
export async function obstaclesTo(
  connection: Connection,
  operations: readonly Operation[],
  { before, after }: Comparison,
  { old, defaultSchema }: { readonly old: Renames; readonly defaultSchema: string },
): Promise<readonly Obstacle[]> {
  const handled = new Set([...handledBy(operations)].map(identity => identityBefore(identity, old)));
  const things = changesIn(operations).map(change => placed(underOldName(change, old), defaultSchema));
  const dependents = (await readDependents(connection, things, defaultSchema)).filter(
    ({ identity, owner, isPartitionKey }) =>
      isPartitionKey || (!handled.has(identity ?? '') && !handled.has(`relation:${owner}`)),
  );
  const found = dependents
    .filter(({ identity, on }) => on.isDropped || !isRebuilt(identity))
    .map(({ description, on }) => ({
      dependent: description,
      on: [on.kind, on.column === undefined ? on.name : `${on.name}.${on.column}`].join(' '),
    }));
  return [...found, ...unreadable(operations, before, after)];
}

/** PostgreSQL rebuilds keys by itself when a column changes its type. */
const isRebuilt = (identity: string | undefined): boolean => identity?.startsWith('constraint:') ?? false;

/** An identity under the names that its table and column have until they are renamed. */
function identityBefore(identity: string, { tables = {}, columns = {} }: Renames): string {
  const colon = identity.indexOf(':') + 1;
  const [kind, name] = [identity.slice(0, colon), identity.slice(colon)];
  const table = Object.keys(tables).find(each => name === each || name.startsWith(`${each}.`));
  const column = kind === 'column:' ? columns[name] : undefined;
  const part = column === undefined ? name.slice(table?.length ?? 0) : `.${column}`;
  const owner = table ?? (column === undefined ? '' : name.slice(0, name.lastIndexOf('.')));
  return `${kind}${tables[owner] ?? owner}${part}`;
}

function underOldName(change: Change, { tables = {}, columns = {}, enums = {} }: Renames): Change {
  const { kind, name, column } = change;
  if (kind === 'type') return { ...change, name: enums[name] ?? name };
  const oldColumn = column === undefined ? undefined : (columns[`${name}.${column}`] ?? column);
  return { ...change, name: tables[name] ?? name, ...(oldColumn !== undefined && { column: oldColumn }) };
}
