import { addressText } from '../objects/address.ts';
import { builtIn, objectsIn, type Registry, type Schema } from '../objects/kinds.ts';
import type { FilterType } from '../objects/object-kind.ts';
import { constraintsOf, type TableConstraint } from '../objects/tables/constraints.ts';
import type { Table } from '../objects/tables/table.ts';
import { typeNameIn } from '../sql/name.ts';
import { leaveAlone, type Candidate } from './leave-alone.ts';

/**
 * The target with whatever of the database is hidden from the comparison, as it is there: it is neither created nor
 * dropped for what entities say, and is still there for what depends on it, and where it must be detached for a while.
 * @param live the database as it is
 * @param seen the same without what is hidden
 */
export function keepHidden(live: Schema, seen: Schema, target: Schema, registry: Registry = builtIn): Schema {
  const shown = namesIn(seen, registry);
  const hidden = new Set([...namesIn(live, registry)].filter(name => !shown.has(name)));
  return hidden.size === 0 ? target : leaveAlone(live, target, candidate => !hidden.has(nameOf(candidate)), registry);
}

/** The declared schema without the enums of columns that are hidden, where no other column has them: nobody would use them. */
export function withoutHiddenEnums(declared: Schema, seen: Schema): Schema {
  const [all, used] = [typesIn(declared), typesIn(seen)];
  return { ...seen, enums: new Map([...seen.enums].filter(([name]) => used.has(name) || !all.has(name))) };
}

const typesIn = ({ tables }: Schema): ReadonlySet<string> =>
  new Set([...tables.values()].flatMap(({ columns }) => columns.map(({ type }) => typeNameIn(type))));

/** With the type: an index that is hidden does not hide a table of its name. */
const nameOf = ({ type, identity }: Pick<Candidate, 'type' | 'identity'>): string => `${type} ${identity}`;

const namesIn = (schema: Schema, registry: Registry): ReadonlySet<string> =>
  new Set([
    ...Object.entries(registry).flatMap(([name, { namespace, filterType: type }]) =>
      [...objectsIn(schema, name).keys()].map(key => nameOf({ type, identity: `${namespace}:${key}` })),
    ),
    ...[...schema.tables.values()].flatMap(partsOf),
  ]);

const CONSTRAINTS = {
  primaryKey: 'primary_key',
  unique: 'unique_constraint',
  check: 'check_constraint',
  exclusion: 'exclusion_constraint',
} as const satisfies Record<TableConstraint['kind'], FilterType>;

const partsOf = (table: Table): readonly string[] => [
  ...table.columns.map(({ name }) =>
    nameOf({ type: 'column', identity: addressText({ place: 'column', table: table.name, name }) }),
  ),
  ...constraintsOf(table).map(({ kind, name }) =>
    nameOf({ type: CONSTRAINTS[kind], identity: addressText({ place: 'constraint', table: table.name, name }) }),
  ),
];
