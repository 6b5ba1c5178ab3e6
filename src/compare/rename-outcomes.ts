import type { Schema } from '../objects/kinds.ts';
import { hasColumn, hasLabel, type Names, type Renamed, type Renames, UnknownRenameError } from './renames.ts';

/** Of the renames that were not made, those whose old names a schema does not have: what has them would be dropped. */
export const lostBy = (schema: Schema, { passedOver, owners }: Renamed): Renames =>
  renamesWhere(passedOver, schema, owners, ([from]) => !from);

/** Of the renames that were made, those whose old names a schema has, and not the new ones. */
export const undoneBy = (schema: Schema, { made, owners }: Renamed): Renames =>
  renamesWhere(made, schema, owners, ([from, to]) => from && !to);

/** Of the renames that were made, those of which a schema has both names. */
export const leavingBoth = (schema: Schema, { made, owners }: Renamed): Renames =>
  renamesWhere(made, schema, owners, ([from, to]) => from && to);

/**
 * @param owners the renames of what the columns and labels belong to, beside those that are asked about
 * @param holds is given whether the schema has the old name, and the new one
 */
function renamesWhere(
  { tables, enums, columns, enumLabels }: Renames,
  schema: Schema,
  owners: Renames,
  holds: (isThere: readonly [from: boolean, to: boolean]) => boolean,
): Renames {
  const chosen = (renames: Names = {}, isThere: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(renames).filter(([from, to]) => holds([isThere(from), isThere(to)])));
  return {
    tables: chosen(tables, name => schema.tables.has(name)),
    enums: chosen(enums, name => schema.enums.has(name)),
    columns: chosen(columns, path => hasColumn(schema, path, { ...tables, ...owners.tables })),
    enumLabels: chosen(enumLabels, path => hasLabel(schema, path, { ...enums, ...owners.enums })),
  };
}

/**
 * What was renamed must have its new name in a target.
 * @param enums the names of enums that follow their columns, before and after
 * @throws UnknownRenameError
 */
export function assertRenamesDeclared(target: Schema, { made, owners }: Renamed, enums: Names): void {
  const words = { tables: 'table', enums: 'enum', columns: 'column', enumLabels: 'enum label' } as const;
  const lost = renamesWhere(made, target, { ...owners, enums: { ...owners.enums, ...enums } }, ([, to]) => !to);
  for (const [key, what] of Object.entries(words)) {
    const [first] = Object.entries(lost[key as keyof Renames] ?? {});
    if (first) throw new UnknownRenameError(first[0], what, first[1]);
  }
}
