import { changesIn, handledBy, placed, type ChangedThing } from '../compare/changed-things.ts';
import { inheritedChanges, unreadable, type Obstacle } from '../compare/obstacles.ts';
import { nullableIdentities } from '../compare/replica-identity.ts';
import type { Renames } from '../compare/renames.ts';
import { refusedPairs } from '../database/comparable-types.ts';
import type { Connection } from '../database/connection.ts';
import { readDependents, type Dependent, type PlacedThing } from '../database/dependents.ts';
import type { Operation, Schema } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';
import { alike } from '../objects/shape.ts';
import { nameParts, qualify, unquoteIdentifier } from '../sql/name.ts';

/** What stands in the way of operations. */
export interface Hindrances {
  readonly obstacles: readonly Obstacle[];
  /** Schemas to be dropped in which something stays. */
  readonly occupied: readonly string[];
}

/**
 * What depends on the things that operations change, and is not changed by them itself.
 * @param old the names that things have in the database until they are renamed
 * @param gone operations that come before: what they drop is not in the way
 */
export async function hindrancesTo(
  connection: Connection,
  operations: readonly Operation[],
  { before, after }: Comparison,
  {
    old,
    defaultSchema,
    gone = [],
  }: { readonly old: Renames; readonly defaultSchema: string; readonly gone?: readonly Operation[] },
): Promise<Hindrances> {
  const handled = new Set(
    [...handledBy(gone, after), ...handledBy(operations, before)].map(identity => identityBefore(identity, old)),
  );
  const changes = [
    ...changesIn(operations).map(change => underOldName(change, old)),
    ...changesIn(gone).flatMap(each => (each.change === 'retyped' ? [] : [{ ...each, change: 'moved' } as const])),
    ...movedBy(old),
  ];
  const things = changes.map(change => placed(change, defaultSchema));
  const isDrop = things.some(({ change }) => change !== 'moved');
  const dependents = (isDrop ? await readDependents(connection, things, defaultSchema) : []).filter(
    ({ identity, owner }) => !handled.has(identity ?? '') && !handled.has(`relation:${owner}`),
  );
  const refused = await refusedReferrers(connection, dependents, before, defaultSchema);
  const inSchemas = dependents.filter(({ on }) => on.kind === 'schema');
  const found = dependents
    .filter(
      each => each.on.kind !== 'schema' && (each.on.change === 'dropped' || !isRebuilt(each) || refused.has(each)),
    )
    .map(({ description, on }) => ({ dependent: description, on: textOf(on) }));
  return {
    obstacles: [
      ...found,
      ...unreadable(operations, before, after),
      ...inheritedChanges(operations, after),
      ...nullableIdentities(operations, after),
    ],
    occupied: [...new Set(inSchemas.map(({ on }) => on.name))],
  };
}

const textOf = ({ kind, name, part }: PlacedThing): string => {
  const whole = part === undefined ? name : `${name}.${part}`;
  return kind === 'feed' ? `the sequence of ${whole}` : `${kind} ${whole}`;
};

/** What explicit renames take to another schema. */
function movedBy({ tables = {}, enums = {} }: Renames): readonly ChangedThing[] {
  const moved = (names: Readonly<Record<string, string>>) =>
    Object.entries(names).flatMap(([to, from]) => (nameParts(to).schema === nameParts(from).schema ? [] : [from]));
  return [
    ...moved(tables).map(name => ({ kind: 'relation', name, change: 'moved' }) as const),
    ...moved(enums).map(name => ({ kind: 'type', name, change: 'moved' }) as const),
  ];
}

/** PostgreSQL rebuilds keys by itself when a column changes its type. */
const isRebuilt = ({ identity }: Dependent): boolean => identity?.startsWith('constraint:') ?? false;

/** The foreign keys of tables that are not read, which PostgreSQL refuses to rebuild under the type that a column gets. */
async function refusedReferrers(
  connection: Connection,
  dependents: readonly Dependent[],
  { tables }: Schema,
  defaultSchema: string,
): Promise<ReadonlySet<Dependent>> {
  const pairOf = ({ on, referrer }: Dependent) => ({ column: referrer!.type, referenced: on.type! });
  const outside = dependents.filter(
    ({ on, referrer }) => on.change === 'retyped' && referrer !== undefined && !tables.has(referrer.table),
  );
  const refused = await refusedPairs(connection, outside.map(pairOf), defaultSchema);
  return new Set(outside.filter(each => refused.some(pair => alike(pair, pairOf(each)))));
}

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
  return told ?? column;
};

/** A thing under the name that it has until the renames. */
export function underOldName(thing: ChangedThing, old: Renames): ChangedThing {
  const { kind, name, part } = thing;
  if (kind === 'type') return { ...thing, name: old.enums?.[name] ?? name };
  if (kind === 'schema' || kind === 'extension') return thing;
  const isColumn = part !== undefined && kind !== 'constraint';
  return {
    ...thing,
    name: old.tables?.[name] ?? name,
    ...(isColumn && { part: unquoteIdentifier(oldColumn(name, qualify(undefined, part), old)) }),
  };
}
