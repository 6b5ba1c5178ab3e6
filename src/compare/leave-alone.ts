import { addressText, type AddressText } from '../objects/address.ts';
import {
  builtIn,
  objectsIn,
  schemaOf,
  type AnyKind,
  type Registry,
  type Schema,
  schemaFrom,
} from '../objects/kinds.ts';
import type { FilterType } from '../objects/object-kind.ts';
import type { Column, PrimaryKey, Table } from '../objects/tables/table.ts';
import { bareName, typeNameIn, type QualifiedName } from '../sql/name.ts';
import { alike } from '../objects/shape.ts';
import { relationsIn, withoutRelations } from './without-relations.ts';

/** An object that is about to be compared, and its counterpart on the other side. */
export interface Candidate {
  readonly object: unknown;
  readonly name: string;
  readonly type: FilterType;
  /** True for objects read from the database that nothing declares. */
  readonly reflected: boolean;
  readonly compareTo: unknown;
  /** The table it is part of. */
  readonly table?: QualifiedName;
  /** What tells it from all others of the database: `column:ticket.title`. */
  readonly identity: AddressText;
}

export type Decision = (candidate: Candidate) => boolean;

/**
 * The target schema with everything that `includes` refuses made as it is in the live one: left alone, and still there
 * for what depends on it. Parts of a table that is left alone are left alone with it.
 */
export function leaveAlone(live: Schema, target: Schema, includes: Decision, registry: Registry = builtIn): Schema {
  const tables = decideTables(live, target, includes);
  const untouched = new Set([...tables.alone]);
  const contents = Object.entries(registry).map(([name, kind]) => {
    if (name === 'tables') return [name, tables.decided] as const;
    return [name, decideKind(kind, objectsIn(live, name), objectsIn(target, name), includes, untouched)] as const;
  });
  const decided = withoutOrphans([live, target], schemaFrom(contents), registry);
  return { ...decided, enums: keepUsedEnums(live, decided) };
}

/** What another hand made on a relation goes with it. What rests on one that is not read stays. */
function withoutOrphans(sides: readonly Schema[], decided: Schema, registry: Registry): Schema {
  const staying = new Set(relationsIn(decided, registry).map(([, name]) => name));
  const known = sides.flatMap(side => relationsIn(side, registry).map(([, name]) => name));
  return withoutRelations(decided, new Set(known.filter(name => !staying.has(name))), registry);
}

interface DecidedTables {
  readonly decided: ReadonlyMap<string, Table>;
  readonly alone: ReadonlySet<string>;
}

function decideTables(live: Schema, target: Schema, includes: Decision): DecidedTables {
  const decided = new Map<string, Table>();
  const alone = new Set<string>();
  for (const name of new Set([...target.tables.keys(), ...live.tables.keys()])) {
    const [lives, declared] = [live.tables.get(name), target.tables.get(name)];
    const reflected = declared === undefined;
    const included = includes({
      object: declared ?? lives,
      name: bareName(name),
      type: 'table',
      reflected,
      compareTo: reflected ? undefined : lives,
      identity: addressText({ place: 'relation', name }),
    });
    if (!included) alone.add(name);
    const table = included ? (declared && lives ? decideParts(lives, declared, includes) : declared) : lives;
    if (table) decided.set(name, table);
  }
  return { decided, alone };
}

function decideKind(
  kind: AnyKind,
  lives: ReadonlyMap<string, unknown>,
  declared: ReadonlyMap<string, unknown>,
  includes: Decision,
  untouched: ReadonlySet<string>,
) {
  const decided = new Map<string, unknown>();
  for (const key of new Set([...declared.keys(), ...lives.keys()])) {
    const [live, target] = [lives.get(key), declared.get(key)];
    const table = kind.owner?.(target ?? live);
    const equal = live !== undefined && target !== undefined && alike(live, target);
    const chosen =
      equal || (!(table !== undefined && untouched.has(table)) && includes(candidateOf(kind, key, live, target, table)))
        ? target
        : live;
    if (chosen !== undefined) decided.set(key, chosen);
  }
  return decided;
}

const candidateOf = (
  kind: AnyKind,
  key: string,
  live: unknown,
  target: unknown,
  table: QualifiedName | undefined,
): Candidate => ({
  object: target ?? live,
  name: bareName(((target ?? live) as { readonly name?: string }).name ?? key),
  type: kind.filterType,
  reflected: target === undefined,
  compareTo: target === undefined ? undefined : live,
  identity: `${kind.namespace}:${key}`,
  ...(table !== undefined && { table }),
});

const PARTS = {
  columns: 'column',
  uniques: 'unique_constraint',
  checks: 'check_constraint',
  exclusions: 'exclusion_constraint',
} as const satisfies Partial<Record<keyof Table, FilterType>>;

function decideParts(live: Table, declared: Table, includes: Decision): Table {
  const parts = Object.entries(PARTS).flatMap(([part, type]) => {
    const field = part as keyof typeof PARTS;
    const list = decideList(live.name, type, live[field] ?? [], declared[field] ?? [], includes);
    return list.length > 0 || field === 'columns' ? [[field, list] as const] : [];
  });
  const keys = (table: Table) => (table.primaryKey ? [table.primaryKey] : []);
  const [primaryKey] = decideList(live.name, 'primary_key', keys(live), keys(declared), includes);
  const { primaryKey: _p, uniques: _u, checks: _c, exclusions: _e, columns: _k, ...rest } = declared;
  return {
    ...rest,
    ...(primaryKey && { primaryKey: primaryKey as PrimaryKey }),
    ...(Object.fromEntries(parts) as unknown as Pick<Table, 'columns'>),
  };
}

interface Named {
  readonly name: string;
}

/** Columns are always asked about, other parts only where they differ, as Alembic does. */
function decideList(
  table: QualifiedName,
  type: FilterType,
  lives: readonly Named[],
  declared: readonly Named[],
  includes: Decision,
): Named[] {
  const byName = new Map(lives.map(part => [part.name, part]));
  const names = new Set(declared.map(({ name }) => name));
  const place = type === 'column' ? 'column' : 'constraint';
  const ask = (object: Named, compareTo: Named | undefined, reflected: boolean) => {
    const { name } = object;
    return includes({ object, name, type, reflected, compareTo, table, identity: addressText({ place, table, name }) });
  };
  const kept = declared.flatMap(part => {
    const live = byName.get(part.name);
    if (type !== 'column' && live && alike(live, part)) return [part];
    if (ask(part, live, false)) return [part];
    return live ? [live] : [];
  });
  return [...kept, ...lives.filter(part => !names.has(part.name) && !ask(part, undefined, true))];
}

/** A type that a column still has cannot go, whatever was decided about the type itself. */
export function keepUsedEnums(live: Schema, decided: Schema): Schema['enums'] {
  const used = new Set(
    [...decided.tables.values()].flatMap(table => table.columns.map((column: Column) => typeNameIn(column.type))),
  );
  const kept = [...live.enums.values()].filter(({ name }) => used.has(name) && !decided.enums.has(name));
  return kept.length === 0 ? decided.enums : schemaOf({ enums: [...decided.enums.values(), ...kept] }).enums;
}
