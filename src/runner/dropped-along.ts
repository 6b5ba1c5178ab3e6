import { handledBy } from '../compare/changed-things.ts';
import type { Renames } from '../compare/renames.ts';
import type { Connection } from '../database/connection.ts';
import { readDroppedAlong, type DroppedAlong, type Leaving } from '../database/dropped-along.ts';
import { builtIn, objectsIn, type Operation, type Schema } from '../objects/kinds.ts';
import { constraintsOf } from '../objects/tables/constraints.ts';
import { besides, namePartsIn, nameSeenFrom, partName, type QualifiedName } from '../sql/name.ts';
import { withLost } from './handed-down.ts';
import { underOldName } from './obstacles.ts';

/** A relation, or a column of one, that leaves and may come back. */
interface Left {
  readonly index: number;
  readonly table: QualifiedName;
  readonly column?: string;
}

/**
 * Operations that name what PostgreSQL drops along with a column or a relation and what neither an operation drops nor the
 * way back creates: an object of a kind that the configuration leaves out, for example.
 * @param old the names that things have in the database until they are renamed
 */
export async function nameDroppedAlong(
  connection: Connection,
  operations: readonly Operation[],
  { before, old, defaultSchema }: { readonly before: Schema; readonly old: Renames; readonly defaultSchema: string },
): Promise<readonly Operation[]> {
  const left = operations.flatMap((operation, index) => leftBy(operation, index));
  const found = await readDroppedAlong(
    connection,
    left.map(each => placed(each, old, defaultSchema)),
    defaultSchema,
  );
  const handled = handledBy(operations, before);
  const known = knownParts(before);
  const lost = found.filter(each => {
    const { table, column } = left[each.position]!;
    const identity = identityOf(each, table, defaultSchema);
    return !handled.has(identity) && (column !== undefined || !known.has(identity));
  });
  return operations.map((operation, index) =>
    withLost(
      operation,
      lost
        .filter(({ position }) => left[position]!.index === index)
        .map(({ sort, name, position }) => `${sort} ${name} of ${left[position]!.table}`),
    ),
  );
}

function leftBy(operation: Operation, index: number): readonly Left[] {
  switch (operation.op) {
    case 'dropColumn':
      return [{ index, table: operation.table, column: operation.name }];
    case 'dropTable':
    case 'dropView':
    case 'dropMaterializedView':
      return [{ index, table: operation.name }];
    default:
      return [];
  }
}

/** The objects that the schema has: the downgrade creates them again together with their relation. */
const knownParts = (schema: Schema): ReadonlySet<string> =>
  new Set([
    ...Object.entries(builtIn).flatMap(([name, { namespace }]) =>
      [...objectsIn(schema, name).keys()].map(key => `${namespace}:${key}`),
    ),
    ...[...schema.tables.values()].flatMap(table =>
      constraintsOf(table).map(({ name }) => `constraint:${partName(table.name, name)}`),
    ),
  ]);

/** What leaves, under the names of the database, whose schema is spelled out. */
function placed({ table, column }: Left, old: Renames, defaultSchema: string): Leaving {
  const thing = { kind: 'column', name: table, part: column ?? '', change: 'dropped' } as const;
  const { name: before, part } = underOldName(thing, old);
  const { schema, name } = namePartsIn(defaultSchema, before);
  return { schema, table: name, ...(column !== undefined && { column: part! }) };
}

function identityOf({ sort, schema, name }: DroppedAlong, table: QualifiedName, defaultSchema: string): string {
  if (sort === 'index') return `relation:${besides(table, name)}`;
  if (sort === 'statistics object') return `statistics:${nameSeenFrom(defaultSchema, schema, name)}`;
  return `${sort}:${partName(table, name)}`;
}
