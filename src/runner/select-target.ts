import type { ResolvedConfig } from '../config.ts';
import { selectComparisons, selectObjects } from '../compare/filters.ts';
import { assertEnumsUnshared } from '../compare/enums-of-others.ts';
import { keepHidden } from '../compare/hidden.ts';
import { withInherited } from '../compare/inherited.ts';
import { withoutLostParts } from '../compare/lost-parts.ts';
import { keepUnmanaged, ownedBy } from '../compare/ownership.ts';
import { withNamesBack } from '../compare/moved-along.ts';
import { predecessorOf, withoutPartsOfPredecessors } from '../compare/predecessors.ts';
import type { Renamed } from '../compare/renames.ts';
import { builtIn, objectsIn, type Registry, type Schema, schemaFrom } from '../objects/kinds.ts';
import { constraintsOf } from '../objects/tables/constraints.ts';
import type { Table } from '../objects/tables/table.ts';
import type { History } from './history-operations.ts';
import type { Project } from './read-sides.ts';

/** The database after the explicit renames, and as much of it as the comparison sees. */
export interface SeenDatabase extends Renamed {
  readonly seen: Schema;
}

/**
 * What the database is to become: what the entities declare, and whatever of the database they cannot declare, the
 * configuration hides or leaves as it is, or the project's revisions did not create.
 */
export async function selectTarget(
  { seen, ...renamed }: SeenDatabase,
  declared: Schema,
  project: Project,
  history: History,
): Promise<Schema> {
  const { defaultSchema, config } = project;
  const { kinds } = config;
  const { schema: live, operations } = renamed;
  const managed = await targetSeen({ schema: seen, operations }, declared, project, history);
  const target = withoutLostParts(live, keepHidden(live, seen, managed, kinds), kinds);
  return withNamesBack(target, renamed, { kinds: kinds ?? builtIn, defaultSchema });
}

async function targetSeen(
  { schema: live, operations }: Pick<Renamed, 'schema' | 'operations'>,
  declared: Schema,
  { config, defaultSchema }: Project,
  history: History,
): Promise<Schema> {
  const { kinds } = config;
  const selected = selectByConfig(live, withUndeclarable(live, declared, kinds ?? builtIn), config);
  const kept = (schema: Schema) =>
    withoutPartsOfPredecessors(live, withInherited(schema, live, declared), declared, kinds);
  if (!hasUndeclared(live, selected)) return kept(selected);
  const owned = ownedBy([...(await history()), { upgrade: operations, downgrade: [] }], kinds, defaultSchema);
  assertEnumsUnshared(live, selected, owned);
  return kept(keepUnmanaged(live, selected, owned, kinds));
}

/** The target as the configuration has it compared: types, defaults and objects. */
function selectByConfig(live: Schema, target: Schema, config: ResolvedConfig): Schema {
  const compared = selectComparisons(live, target, config);
  return config.includeObject
    ? selectObjects(live, compared, (...question) => config.includeObject!(...question), config.kinds)
    : compared;
}

/**
 * The declared schema with what entities cannot declare as it is in the database: an object that only the database has
 * stays where entities cannot declare it, and one that both have keeps its owner, privileges and options.
 */
function withUndeclarable(live: Schema, target: Schema, kinds: Registry): Schema {
  const contents = Object.entries(kinds).map(([name, kind]) => {
    const [lives, declared] = [objectsIn(live, name), objectsIn(target, name)];
    const kept = [...declared].map(([key, object]) => {
      const own = lives.get(key);
      if (own !== undefined) return [key, kind.keepUndeclarable?.(object, own, target) ?? object] as const;
      const other = predecessorOf(live, name, key, kinds);
      return [key, other === undefined ? object : kind.keepOfPredecessor!(object, other)] as const;
    });
    const staying = [...lives].filter(([, live]) => kind.undeclaredStays || kind.isDeclarable?.(live) === false);
    return [name, new Map([...staying, ...kept])] as const;
  });
  return schemaFrom(contents);
}

/** True where the database has anything that the entities do not declare. */
const hasUndeclared = (live: Schema, target: Schema): boolean =>
  Object.keys(live).some(kind => {
    const declared = objectsIn(target, kind);
    return [...objectsIn(live, kind).keys()].some(name => !declared.has(name));
  }) || [...live.tables.values()].some(table => hasUndeclaredParts(table, target.tables.get(table.name)));

function hasUndeclaredParts(live: Table, declared: Table | undefined): boolean {
  if (!declared) return false;
  const parts = new Set(partsOf(declared));
  const comments = new Map(declared.columns.map(({ name, comment }) => [name, comment]));
  return (
    partsOf(live).some(part => !parts.has(part)) ||
    (live.comment !== undefined && declared.comment === undefined) ||
    live.columns.some(({ name, comment }) => comment !== undefined && comments.get(name) === undefined)
  );
}

/** Columns and constraints each with their sort: a check may have the name of a column or of a declared key. */
const partsOf = (table: Table): readonly string[] => [
  ...table.columns.map(({ name }) => `column ${name}`),
  ...constraintsOf(table).flatMap(({ kind, name }) => (kind === 'primaryKey' ? [] : [`${kind} ${name}`])),
];
