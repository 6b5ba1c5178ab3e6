import { objectsIn, type Registry, type Schema, schemaFrom } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';

/**
 * A schema with the objects that it shares with `live` taken from `spelled`, where the same objects are spelled as
 * PostgreSQL does after a rename.
 */
export function respelled(schema: Schema, live: Schema, spelled: Schema, registry: Registry): Schema {
  const contents = Object.keys(registry).map(kind => {
    const [lives, news] = [objectsIn(live, kind), objectsIn(spelled, kind)];
    const objects = [...objectsIn(schema, kind)].map(([name, object]) => {
      if (object === lives.get(name)) return [name, news.get(name) ?? object] as const;
      return [name, kind === 'tables' ? withRespelledParts(object, lives.get(name), news.get(name)) : object] as const;
    });
    return [kind, new Map(objects)] as const;
  });
  return schemaFrom(contents);
}

/** The parts of a table that were left as they are in the database. */
function withRespelledParts(table: Table, live: Table | undefined, spelled: Table | undefined): Table {
  if (!live || !spelled) return table;
  const { checks, exclusions } = table;
  return {
    ...table,
    ...(checks && { checks: respelledIn(checks, live.checks, spelled.checks) }),
    ...(exclusions && { exclusions: respelledIn(exclusions, live.exclusions, spelled.exclusions) }),
  };
}

const respelledIn = <Part extends { readonly name: string }>(
  parts: readonly Part[],
  live: readonly Part[] | undefined,
  spelled: readonly Part[] | undefined,
): readonly Part[] =>
  parts.map(part => (live?.includes(part) ? (spelled?.find(({ name }) => name === part.name) ?? part) : part));
