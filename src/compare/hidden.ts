import { addressText, type AddressText } from '../objects/address.ts';
import { builtIn, objectsIn, type Registry, type Schema } from '../objects/kinds.ts';
import { constraintsOf } from '../objects/tables/constraints.ts';
import type { Table } from '../objects/tables/table.ts';
import { typeNameIn } from '../sql/name.ts';
import { leaveAlone } from './leave-alone.ts';

/**
 * The target with whatever of the database is hidden from the comparison, as it is there: it is neither created nor
 * dropped for what entities say, and is still there for what depends on it, and where it must be detached for a while.
 * @param live the database as it is
 * @param seen the same without what is hidden
 */
export function keepHidden(live: Schema, seen: Schema, target: Schema, registry: Registry = builtIn): Schema {
  const shown = identitiesIn(seen, registry);
  const hidden = new Set([...identitiesIn(live, registry)].filter(identity => !shown.has(identity)));
  return hidden.size === 0 ? target : leaveAlone(live, target, ({ identity }) => !hidden.has(identity), registry);
}

/** The declared schema without the enums of columns that are hidden, where no other column has them: nobody would use them. */
export function withoutHiddenEnums(declared: Schema, seen: Schema): Schema {
  const [all, used] = [typesIn(declared), typesIn(seen)];
  return { ...seen, enums: new Map([...seen.enums].filter(([name]) => used.has(name) || !all.has(name))) };
}

const typesIn = ({ tables }: Schema): ReadonlySet<string> =>
  new Set([...tables.values()].flatMap(({ columns }) => columns.map(({ type }) => typeNameIn(type))));

const identitiesIn = (schema: Schema, registry: Registry): ReadonlySet<AddressText> =>
  new Set([
    ...Object.entries(registry).flatMap(([name, { namespace }]) =>
      [...objectsIn(schema, name).keys()].map((key): AddressText => `${namespace}:${key}`),
    ),
    ...[...schema.tables.values()].flatMap(partsOf),
  ]);

const partsOf = (table: Table): readonly AddressText[] => [
  ...table.columns.map(({ name }) => addressText({ place: 'column', table: table.name, name })),
  ...constraintsOf(table).map(({ name }) => addressText({ place: 'constraint', table: table.name, name })),
];
