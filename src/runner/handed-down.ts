import { handledBy } from '../compare/changed-things.ts';
import type { Obstacle } from '../compare/obstacles.ts';
import type { Renames } from '../compare/renames.ts';
import type { Connection } from '../database/connection.ts';
import { readBelow, type HandedDown } from '../database/handed-down.ts';
import type { Operation, Schema } from '../objects/kinds.ts';
import { LOST, losing, type Losing } from '../objects/lost.ts';
import { namePartsIn, type QualifiedName } from '../sql/name.ts';
import { underOldName } from './obstacles.ts';

/** Operations that say what partitions and heirs lose by them, and why PostgreSQL would refuse them for those. */
export interface WithBelow {
  readonly operations: readonly Operation[];
  readonly obstacles: readonly Obstacle[];
}

/**
 * What operations do to tables, PostgreSQL hands down to partitions and heirs, with whatever others have there.
 * @param old the names that things have in the database until they are renamed
 */
export async function handDown(
  connection: Connection,
  operations: readonly Operation[],
  { before, old, defaultSchema }: { readonly before: Schema; readonly old: Renames; readonly defaultSchema: string },
): Promise<WithBelow> {
  const changes = placedChanges(operations, old, defaultSchema);
  const found = await readBelow(
    connection,
    changes.map(({ change }) => change),
    defaultSchema,
  );
  const isHandled = handling(operations, before);
  const lost = (index: number) =>
    found.flatMap(({ position, what, on }) => (on === undefined && changes[position]!.index === index ? [what] : []));
  return {
    operations: operations.map((operation, index) => withLost(operation, lost(index))),
    obstacles: found.flatMap(({ what, on }) => (on === undefined || isHandled(what) ? [] : [{ dependent: what, on }])),
  };
}

/** What partitions and heirs have PostgreSQL refuse of a downgrade, after which the names are those of the database now. */
export async function refusedBack(
  connection: Connection,
  downgrade: readonly Operation[],
  {
    gone,
    after,
    defaultSchema,
  }: { readonly gone: readonly Operation[]; readonly after: Schema; readonly defaultSchema: string },
): Promise<readonly Obstacle[]> {
  const changes = placedChanges(downgrade, {}, defaultSchema).map(({ change }) => change);
  const isHandled = handling(gone, after);
  const found = await readBelow(connection, changes, defaultSchema, 'downgrade');
  return found.flatMap(({ what, on }) => (on === undefined || isHandled(what) ? [] : [{ dependent: what, on }]));
}

const placedChanges = (operations: readonly Operation[], old: Renames, defaultSchema: string) =>
  operations.flatMap((operation, index) =>
    changesOf(operation).map(change => ({ index, change: placed(change, old, defaultSchema) })),
  );

/** Tells whether operations drop or change something by themselves. */
function handling(operations: readonly Operation[], schema: Schema): (what: string) => boolean {
  const handled = handledBy(operations, schema);
  return what =>
    [
      what.replace(/^column /, 'column:'),
      what.replace(/^column (.*)\..*$/, 'relation:$1'),
      what.replace(/^(foreign table|table|partition) /, 'relation:'),
    ].some(identity => handled.has(identity));
}

/** The operation, naming what is lost by it. */
export const withLost = (operation: Operation, lost: readonly string[]): Operation =>
  lost.length === 0
    ? operation
    : { ...operation, ...losing([...new Set([...((operation as Losing)[LOST] ?? []), ...lost])]) };

/** A change under the name that its table has in the comparison. */
type Change = Omit<HandedDown, 'schema'>;

function changesOf(operation: Operation): readonly Change[] {
  switch (operation.op) {
    case 'addColumn':
      return [
        {
          change: 'added',
          table: operation.table,
          columns: [operation.column.name],
          identity: operation.column.identity !== undefined,
        },
      ];
    case 'dropColumn':
      return operation.only ? [] : [{ change: 'dropped', table: operation.table, columns: [operation.name] }];
    case 'renameColumn':
      return [{ change: 'renamed', table: operation.table, columns: [operation.from] }];
    case 'alterColumn':
      return alterations(operation);
    case 'createIndex':
      return [
        { change: 'index', table: operation.table, columns: keysOf(operation), unique: operation.unique ?? false },
      ];
    case 'createPrimaryKey':
      return [{ change: 'index', table: operation.table, columns: operation.columns, unique: true, key: 'primary' }];
    case 'createUniqueConstraint':
      return [{ change: 'index', table: operation.table, columns: operation.columns, unique: true, key: 'unique' }];
    case 'createExclusionConstraint':
      return [{ change: 'exclusion', table: operation.table, columns: [] }];
    case 'createCheckConstraint':
      return [{ change: 'check', table: operation.table, columns: [], name: operation.name }];
    case 'createForeignKey':
      return [{ change: 'foreignKey', table: operation.table, columns: operation.columns }];
    default:
      return [];
  }
}

function alterations(operation: Extract<Operation, { readonly op: 'alterColumn' }>): readonly Change[] {
  const { table, name, type, nullable, default: value, using } = operation;
  const undefaulted = value !== undefined;
  return [
    ...(type === undefined
      ? []
      : [{ change: 'retyped', table, columns: [name], type, undefaulted, using: using !== undefined } as const]),
    ...(undefaulted ? [{ change: 'default', table, columns: [name] } as const] : []),
    ...(nullable === false ? [{ change: 'required', table, columns: [name] } as const] : []),
  ];
}

const keysOf = ({ columns }: Extract<Operation, { readonly op: 'createIndex' }>): readonly (string | null)[] =>
  columns.map(key => (typeof key === 'string' ? key : (key.column ?? null)));

/** A change under the names of the database, whose schema is spelled out. */
function placed({ table, columns, ...change }: Change, old: Renames, defaultSchema: string): HandedDown {
  const before = (part: string, name: QualifiedName) =>
    underOldName({ kind: 'column', name, part, change: 'dropped' }, old);
  const { schema, name } = namePartsIn(defaultSchema, before('', table).name);
  return {
    ...change,
    schema,
    table: name,
    columns: columns.map(column => (column === null ? null : before(column, table).part!)),
  };
}
