import type { DataSource } from 'typeorm';
import type { ResolvedConfig } from '../config.ts';
import { compare } from '../compare/compare.ts';
import { selectComparisons, selectNames, selectObjects } from '../compare/filters.ts';
import { partitionsIn, withInherited } from '../compare/inherited.ts';
import { withoutLostParts } from '../compare/lost-parts.ts';
import { leaveOthersAlone, ownedBy } from '../compare/ownership.ts';
import type { Obstacle } from '../compare/obstacles.ts';
import { invalidIndexes, type InvalidIndex } from '../compare/invalid-indexes.ts';
import { predecessorOf, withoutPartsOfPredecessors } from '../compare/predecessors.ts';
import { enumRenames, renamedEnums } from '../compare/enum-renames.ts';
import { newNames } from '../compare/new-names.ts';
import { renameIn } from '../compare/rename-in.ts';
import { applyRenames, inverse, type Renamed } from '../compare/renames.ts';
import { respelled } from '../compare/respell.ts';
import { canonical } from '../database/canonical.ts';
import type { Connection } from '../database/connection.ts';
import { assertNamesFree } from '../database/names-taken.ts';
import { assertNothingHidden } from '../database/hidden-objects.ts';
import { introspectRenamed } from '../database/introspect-renamed.ts';
import { introspect, readSchemas } from '../database/introspect.ts';
import { refusedTypes } from '../database/refused-types.ts';
import { assertEntities } from '../metadata/no-entities.ts';
import { targetSchema } from '../metadata/target-schema.ts';
import { unmanaged } from '../metadata/unmanaged.ts';
import { builtIn, objectsIn, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import { nameParts } from '../sql/name.ts';
import { refuseForeignKeyTypes } from './foreign-key-types.ts';
import { assertSchemasExist } from './included-schemas.ts';
import { hindrancesTo } from './obstacles.ts';
import { serviceTables } from './service-tables.ts';

/** What entities and database differ in, both ways. */
export interface Differences {
  readonly upgrade: readonly Operation[];
  /** Why PostgreSQL would refuse the upgrade. */
  readonly obstacles: readonly Obstacle[];
  /** Indexes of the database that PostgreSQL does not use. */
  readonly invalidIndexes: readonly InvalidIndex[];
  /** Compared by itself, not mirrored: what the upgrade takes away is still known. */
  downgrade(): readonly Operation[];
  /** Why PostgreSQL would refuse that downgrade, with what others have in the database now. */
  downgradeObstacles(downgrade: readonly Operation[]): Promise<readonly Obstacle[]>;
}

export interface Sides {
  readonly dataSource: DataSource;
  readonly config: ResolvedConfig;
  /** Where the connection makes what is not qualified. */
  readonly defaultSchema: string;
}

/** The operations of each revision that is applied, in order; asked for only where something might be dropped. */
export type History = () => Promise<readonly (readonly Operation[])[]>;

/**
 * Compare what the entities declare with what the database has: read, filter, spell both in PostgreSQL's words, and
 * leave alone what is not this project's.
 */
export async function findDifferences(
  connection: Connection,
  { dataSource, config, defaultSchema }: Sides,
  history: History,
): Promise<Differences> {
  const kinds = config.kinds ?? builtIn;
  if (!config.allowNoEntities) await assertEntities(dataSource);
  const declared = await targetSchema(dataSource, { defaultSchema, kinds });
  if (config.includeSchemas) await assertSchemasExist(connection, config.includeSchemas, declared, defaultSchema);
  const schemas =
    config.includeSchemas ?? (await schemasToRead(connection, dataSource, declared, defaultSchema, history));
  const others = await unmanaged(dataSource, { defaultSchema });
  const hidden = undeclared([...serviceTables(dataSource, config, defaultSchema), ...others.relations], declared);
  const found = without(await introspect(connection, { schemas, defaultSchema, kinds }), hidden, others.indexes);
  const ofTables = without(declared, new Set(partitionsIn(found)));
  const [seen, wanted] = [found, withinSchemas(ofTables, config.includeSchemas, defaultSchema)].map(schema =>
    config.includeName
      ? selectNames(schema, (name, type, parents) => config.includeName!(name, type, parents), kinds)
      : schema,
  ) as [Schema, Schema];
  const renamed = applyRenames(seen, config.renames, defaultSchema);
  await assertNothingHidden(connection, { declared: wanted, found: renamed.schema, defaultSchema });
  const selected = await selectTarget(
    renamed.schema,
    await canonical(connection, wanted, renamed.schema),
    config,
    history,
    renamed.operations,
    defaultSchema,
  );
  // The way back is told what the way there implied: labels are told under the name that their enum had.
  const enums = { ...renamedEnums(renamed.schema, selected), ...renamed.made.enums };
  const old = inverse({ ...renamed.made, enums });
  const towards = async (target: Schema) => {
    const upgrade = await upgradeBetween(connection, renamed, target, { schemas, defaultSchema, kinds });
    const sides = { before: renamed.schema, after: target };
    return { target, upgrade, ...(await hindrancesTo(connection, upgrade, sides, { old, defaultSchema })) };
  };
  await assertNamesFree(
    connection,
    newNames({ live: seen, renamed: renamed.schema, target: selected }, kinds),
    defaultSchema,
  );
  const first = await towards(selected);
  const { target, upgrade, obstacles } =
    first.occupied.length === 0 ? first : await towards(withNamespaces(selected, seen, first.occupied));
  await refuseForeignKeyTypes(connection, upgrade, target, defaultSchema);
  const refused = await refusedTypes(connection, upgrade, { before: renamed.schema, after: target });
  return {
    upgrade: [...renamed.operations, ...upgrade],
    obstacles: [...obstacles, ...refused],
    invalidIndexes: invalidIndexes(renamed.schema, target),
    downgradeObstacles: async downgrade => {
      const sides = { before: target, after: seen };
      // The way back begins with the renames: its other operations use today's names.
      const names = { old: {}, defaultSchema, gone: upgrade };
      return (await hindrancesTo(connection, downgrade, sides, names)).obstacles;
    },
    downgrade: () =>
      compare(target, seen, {
        kinds,
        defaultSchema,
        ...(renamed.operations.length > 0 && { renames: old }),
      }),
  };
}

/** The target with schemas in which something stays that is not to be dropped. */
const withNamespaces = (target: Schema, live: Schema, names: readonly string[]): Schema => ({
  ...target,
  namespaces: new Map([...target.namespaces, ...[...live.namespaces].filter(([name]) => names.includes(name))]),
});

/**
 * The operations after the renames. Whatever they drop and create again, and is not declared, is created as PostgreSQL
 * spells it after the renames: what it reads goes by another name then.
 */
async function upgradeBetween(
  connection: Connection,
  { schema: live, operations }: Renamed,
  target: Schema,
  options: { readonly schemas: readonly string[]; readonly defaultSchema: string; readonly kinds: Registry },
): Promise<readonly Operation[]> {
  const { kinds, defaultSchema } = options;
  const implied = enumRenames(live, target, defaultSchema);
  const current = implied.reduce((schema, rename) => renameIn(schema, rename, defaultSchema, kinds), live);
  const upgrade = [...implied, ...compare(current, target, { kinds, defaultSchema })];
  const renames = [...operations, ...implied];
  if (renames.length === 0 || !upgrade.some(createsFromText)) return upgrade;
  const spelled = await introspectRenamed(connection, renames, options);
  if (!spelled) return upgrade;
  const [before, after] = [respelled(current, current, spelled, kinds), respelled(target, live, spelled, kinds)];
  return [...implied, ...compare(before, after, { kinds, defaultSchema })];
}

/** Whether an operation is given expressions in which names occur. */
const createsFromText = ({ op }: Operation): boolean =>
  /^create(View|MaterializedView|Policy|Trigger|Rule|Index|CheckConstraint|ExclusionConstraint|Statistics)$/.test(op);

const undeclared = (names: readonly string[], declared: Schema): ReadonlySet<string> =>
  new Set(names.filter(name => !declared.tables.has(name)));

async function selectTarget(
  live: Schema,
  declared: Schema,
  config: ResolvedConfig,
  history: History,
  renames: readonly Operation[],
  defaultSchema: string,
): Promise<Schema> {
  const compared = selectComparisons(live, withUndeclarable(live, declared, config.kinds ?? builtIn), config);
  const target = config.includeObject
    ? selectObjects(live, compared, (...question) => config.includeObject!(...question), config.kinds)
    : compared;
  const kept = (schema: Schema) =>
    withoutPartsOfPredecessors(live, withInherited(schema, live, declared), declared, config.kinds);
  if (!hasUndeclared(live, target)) return kept(target);
  const decided = leaveOthersAlone(
    live,
    target,
    ownedBy([...(await history()), renames], config.kinds, defaultSchema),
    config.kinds,
  );
  return withoutLostParts(kept(decided), config.kinds);
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
      if (own !== undefined) return [key, kind.keepUndeclarable?.(object, own) ?? object] as const;
      const other = predecessorOf(live, name, key, kinds);
      return [key, other === undefined ? object : kind.keepOfPredecessor!(object, other)] as const;
    });
    const staying = [...lives].filter(([, live]) => kind.undeclaredStays || kind.isDeclarable?.(live) === false);
    return [name, new Map([...staying, ...kept])] as const;
  });
  return Object.fromEntries(contents) as unknown as Schema;
}

/** True where the database has anything that the entities do not declare. */
function hasUndeclared(live: Schema, target: Schema): boolean {
  return (
    Object.keys(live).some(kind => {
      const declared = objectsIn(target, kind);
      return [...objectsIn(live, kind).keys()].some(name => !declared.has(name));
    }) ||
    [...live.tables.values()].some(table => {
      const declared = target.tables.get(table.name);
      if (!declared) return false;
      const names = new Set(
        [
          ...declared.columns,
          ...(declared.uniques ?? []),
          ...(declared.checks ?? []),
          ...(declared.exclusions ?? []),
        ].map(({ name }) => name),
      );
      const comments = new Map(declared.columns.map(({ name, comment }) => [name, comment]));
      return (
        [...table.columns, ...(table.uniques ?? []), ...(table.checks ?? []), ...(table.exclusions ?? [])].some(
          ({ name }) => !names.has(name),
        ) ||
        (table.comment !== undefined && declared.comment === undefined) ||
        table.columns.some(({ name, comment }) => comment !== undefined && comments.get(name) === undefined)
      );
    })
  );
}

/**
 * The DataSource's schema, every schema an entity names, and those that revisions made something in: when the last entity of a schema
 * is deleted, its tables are still seen.
 */
async function schemasToRead(
  connection: Connection,
  dataSource: DataSource,
  declared: Schema,
  defaultSchema: string,
  history: History,
): Promise<readonly string[]> {
  const { schema } = dataSource.options as { schema?: string };
  const named = new Set([defaultSchema, ...(schema === undefined ? [] : [schema]), ...declared.namespaces.keys()]);
  const others = new Set((await readSchemas(connection)).filter(name => !named.has(name)));
  const made =
    others.size === 0
      ? []
      : (await history())
          .flat()
          .flatMap(schemasIn)
          .filter(name => others.has(name));
  return [...named, ...new Set(made)];
}

/** Where an operation makes something, apart from the connection's own schema. */
function schemasIn(operation: Operation): readonly string[] {
  if (operation.op === 'createSchema') return [operation.name];
  if (operation.op === 'moveTable' || operation.op === 'moveEnum') return [operation.to];
  if (!operation.op.startsWith('create') || !('name' in operation)) return [];
  const { schema } = nameParts(operation.name);
  return schema === undefined ? [] : [schema];
}

/** Entities of schemas that are not to be read are not to be made either. */
function withinSchemas(schema: Schema, includeSchemas: readonly string[] | undefined, defaultSchema: string): Schema {
  if (!includeSchemas) return schema;
  const included = new Set(includeSchemas);
  const hides = (name: string) => !included.has(nameParts(name).schema ?? defaultSchema);
  const hidden = [...schema.tables.keys(), ...schema.views.keys(), ...schema.materializedViews.keys()].filter(hides);
  const kept = without(schema, new Set(hidden));
  const visible = <Each>(objects: ReadonlyMap<string, Each>) => new Map([...objects].filter(([name]) => !hides(name)));
  return {
    ...kept,
    namespaces: new Map([...schema.namespaces].filter(([name]) => included.has(name))),
    enums: visible(schema.enums),
  };
}

/** The schema without some relations, what rests on them, and some indexes. */
function without(schema: Schema, names: ReadonlySet<string>, indexes: readonly string[] = []): Schema {
  const others = <Each>(objects: ReadonlyMap<string, Each>, hides: (object: Each, name: string) => boolean) =>
    new Map([...objects].filter(([name, object]) => !hides(object, name)));
  const isHidden = (_: unknown, name: string) => names.has(name);
  return {
    ...schema,
    tables: others(schema.tables, isHidden),
    views: others(schema.views, isHidden),
    materializedViews: others(schema.materializedViews, isHidden),
    foreignKeys: others(schema.foreignKeys, ({ table }) => names.has(table)),
    policies: others(schema.policies, ({ table }) => names.has(table)),
    triggers: others(schema.triggers, ({ table }) => names.has(table)),
    rules: others(schema.rules, ({ table }) => names.has(table)),
    statistics: others(schema.statistics, ({ table }) => names.has(table)),
    indexes: others(schema.indexes, ({ table }, name) => names.has(table) || indexes.includes(name)),
  };
}
