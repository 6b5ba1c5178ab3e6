import {
  changesIn,
  handledBy,
  inheritedChanges,
  placed,
  unreadable,
  type Change,
  type Obstacle,
} from '../compare/obstacles.ts';
import type { Renames } from '../compare/renames.ts';
import type { Connection } from '../database/connection.ts';
import { readDependents } from '../database/dependents.ts';
import type { Operation } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';
import { qualify } from '../sql/name.ts';

/**
 * What depends on the things that operations change, and is not changed by them itself.
 * @param old the names that things have in the database until they are renamed
 * @param gone operations that come before: what they drop is not in the way
 */
export async function obstaclesTo(
  connection: Connection,
  operations: readonly Operation[],
  { before, after }: Comparison,
  {
    old,
    defaultSchema,
    gone = [],
  }: { readonly old: Renames; readonly defaultSchema: string; readonly gone?: readonly Operation[] },
): Promise<readonly Obstacle[]> {
  const handled = new Set(
    [...handledBy(gone, after), ...handledBy(operations, before)].map(identity => identityBefore(identity, old)),
  );
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
  return [...found, ...unreadable(operations, before, after), ...inheritedChanges(operations, after)];
}

/** PostgreSQL rebuilds keys by itself when a column changes its type. */
const isRebuilt = (identity: string | undefined): boolean => identity?.startsWith('constraint:') ?? false;

/** An identity under the names that its table and column have until they are renamed. */
function identityBefore(identity: string, old: Renames): string {
  const colon = identity.indexOf(':') + 1;
  const [kind, name] = [identity.slice(0, colon), identity.slice(colon)];
  const table = ownersIn(name).find(each => isTold(each, kind === 'column:' ? name.slice(each.length + 1) : '', old));
  if (table === undefined) return identity;
  const part = name.slice(table.length + 1);
  const path = part === '' ? '' : `.${kind === 'column:' ? oldColumn(table, part, old) : part}`;
  return `${kind}${old.tables?.[table] ?? table}${path}`;
}

/** `audit.ticket.state` → itself, `audit.ticket` and `audit`: what may be a table's name. */
function ownersIn(name: string): readonly string[] {
  const owners = [name];
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) owners.push(name.slice(0, dot));
  return owners;
}

const isTold = (table: string, part: string, old: Renames): boolean =>
  old.tables?.[table] !== undefined || oldColumn(table, part, old) !== part;

/** A column's former name, told under its table's present name or its former one. */
const oldColumn = (table: string, column: string, { tables = {}, columns = {} }: Renames): string => {
  const told = columns[`${table}.${column}`] ?? columns[`${tables[table]}.${column}`];
  return told === undefined ? column : qualify(undefined, told);
};

function underOldName(change: Change, old: Renames): Change {
  const { kind, name, column } = change;
  if (kind === 'type') return { ...change, name: old.enums?.[name] ?? name };
  const part = column === undefined ? undefined : oldColumn(name, qualify(undefined, column), old);
  return {
    ...change,
    name: old.tables?.[name] ?? name,
    ...(part !== undefined && { column: lastPart(part) }),
  };
}

/** A quoted name without its quotes. */
const lastPart = (name: string): string => (/^".*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name);
