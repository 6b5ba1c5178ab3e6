import type { ColumnComparison, ParentNames, ResolvedConfig } from '../config.ts';
import { builtIn, objectsIn, type AnyKind, type Registry, type Schema, schemaFrom } from '../objects/kinds.ts';
import type { FilterType } from '../objects/object-kind.ts';
import { DIFFERS } from '../objects/shape.ts';
import type { Column, Table } from '../objects/tables/table.ts';
import { bareName, nameParts, type QualifiedName } from '../sql/name.ts';
import { keepUsedEnums, leaveAlone } from './leave-alone.ts';
import { isRelation, relationsIn, withoutRelations } from './without-relations.ts';

export type IncludeName = (name: string, type: FilterType, parents: ParentNames) => boolean;
export type IncludeObject = (
  object: unknown,
  name: string,
  type: FilterType,
  reflected: boolean,
  compareTo: unknown,
) => boolean;

/**
 * The schema without the names that `includeName` refuses, and without what lies in or on them. Used on both sides: a name
 * that is not seen in the database is not missed there either (Alembic creates it again at every run, its issue 1381).
 */
export function selectNames(schema: Schema, includeName: IncludeName, registry: Registry = builtIn): Schema {
  const namespaces = new Map([...schema.namespaces].filter(([name]) => includeName(name, 'schema', {})));
  const hidden = new Set([...schema.namespaces.keys()].filter(name => !namespaces.has(name)));
  const isSeen = (kind: AnyKind, key: string, object: { readonly name: string }) => {
    if (hidden.has(nameParts(key).schema ?? '')) return false;
    const owner = kind.owner?.(object);
    return includeName(
      bareName(object.name),
      kind.filterType,
      owner === undefined ? ownParents(kind, key) : tableParent(owner),
    );
  };
  const relations = relationsIn(schema, registry).filter(([kind, name, object]) => !isSeen(kind, name, object));
  const visible = withoutRelations(schema, new Set(relations.map(([, name]) => name)), registry);
  const contents = Object.entries(registry).map(([name, kind]) => {
    const objects = [...objectsIn(visible, name)];
    const isDecided = isRelation(kind) || name === 'namespaces';
    return [name, new Map(isDecided ? objects : objects.filter(each => isSeen(kind, ...each)))] as const;
  });
  const tables = [...visible.tables].map(([name, table]) => [name, selectParts(table, includeName)] as const);
  return { ...schemaFrom(contents), namespaces, tables: new Map(tables) };
}

const schemaParent = (name: QualifiedName): ParentNames => ({ schema_name: nameParts(name).schema ?? null });

/** A table goes by its own qualified name, and has no `table_name` above it, as in Alembic; so does every relation. */
const ownParents = (kind: AnyKind, name: QualifiedName): ParentNames => ({
  ...schemaParent(name),
  ...(isRelation(kind) && { schema_qualified_table_name: name }),
});

const tableParent = (table: QualifiedName): ParentNames => ({
  ...schemaParent(table),
  table_name: bareName(table),
  schema_qualified_table_name: table,
});

function selectParts(table: Table, includeName: IncludeName): Table {
  const parents = tableParent(table.name);
  const pick = <Part extends { readonly name: string }>(parts: readonly Part[] | undefined, type: FilterType) =>
    (parts ?? []).filter(({ name }) => includeName(name, type, parents));
  const { primaryKey, uniques, checks, exclusions, ...rest } = table;
  const [key] = pick(primaryKey && [primaryKey], 'primary_key');
  const [keptUniques, keptChecks, keptExclusions] = [
    pick(uniques, 'unique_constraint'),
    pick(checks, 'check_constraint'),
    pick(exclusions, 'exclusion_constraint'),
  ];
  return {
    ...rest,
    columns: pick(table.columns, 'column'),
    ...(key && { primaryKey: key }),
    ...(keptUniques.length > 0 && { uniques: keptUniques }),
    ...(keptChecks.length > 0 && { checks: keptChecks }),
    ...(keptExclusions.length > 0 && { exclusions: keptExclusions }),
  };
}

/** The target with whatever `includeObject` refuses left as it is in the live schema. */
export const selectObjects = (
  live: Schema,
  target: Schema,
  includeObject: IncludeObject,
  registry?: Registry,
): Schema =>
  leaveAlone(
    live,
    target,
    ({ object, name, type, reflected, compareTo }) => includeObject(object, name, type, reflected, compareTo),
    registry,
  );

/**
 * The target with the types and defaults that are not to be compared taken from the live schema, and those that a callback
 * says that differ marked as such.
 */
export function selectComparisons(
  live: Schema,
  target: Schema,
  { compareType, compareServerDefault }: Pick<ResolvedConfig, 'compareType' | 'compareServerDefault'>,
): Schema {
  if (compareType === true && compareServerDefault === true) return target;
  const answer = (setting: boolean | ColumnComparison, table: string, live: Column, target: Column) =>
    typeof setting === 'boolean' ? setting && undefined : setting({ table, column: target.name, live, target });
  const tables = [...target.tables].map(([name, table]) => {
    const lives = new Map(live.tables.get(name)?.columns.map(column => [column.name, column]));
    const columns = table.columns.map(column => {
      const from = lives.get(column.name);
      if (!from) return column;
      const type = answer(compareType, name, from, column);
      const value = answer(compareServerDefault, name, from, column);
      const typed = type === false ? withType(column, from) : column;
      const compared = value === false ? withDefault(typed, from.default) : typed;
      return from.inherited ? compared : differing(compared, { type, default: value });
    });
    return [name, { ...table, columns }] as const;
  });
  const decided = { ...target, tables: new Map(tables) };
  return { ...decided, enums: keepUsedEnums(live, decided) };
}

/** A column that is to be altered where an answer is true: marked where both sides may look alike. */
function differing(column: Column, answers: Readonly<Record<'type' | 'default', boolean | undefined>>): Column {
  const differs = (['type', 'default'] as const).filter(part => answers[part]);
  return differs.length > 0 ? { ...column, [DIFFERS]: differs } : column;
}

/** A collation is part of what `ALTER COLUMN … TYPE` sets. */
function withType({ collation: _, ...column }: Column, { type, collation }: Column): Column {
  return { ...column, type, ...(collation !== undefined && { collation }) };
}

function withDefault({ default: _, ...column }: Column, expression: string | undefined): Column {
  return { ...column, ...(expression !== undefined && { default: expression }) };
}
