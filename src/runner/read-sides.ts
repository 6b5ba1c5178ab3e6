import type { Renames } from '../compare/renames.ts';
import type { DataSource } from 'typeorm';
import { withoutHiddenEnums } from '../compare/hidden.ts';
import { selectNames } from '../compare/filters.ts';
import { relationsIn, withoutRelations } from '../compare/without-relations.ts';
import { partitionsIn } from '../compare/inherited.ts';
import type { ResolvedConfig } from '../config.ts';
import type { Connection } from '../database/connection.ts';
import { introspect } from '../database/introspect.ts';
import { assertEntities } from '../metadata/no-entities.ts';
import { targetSchema } from '../metadata/target-schema.ts';
import { unmanaged, type Unmanaged } from '../metadata/unmanaged.ts';
import { builtIn, type Registry, type Schema } from '../objects/kinds.ts';
import type { History } from './history-operations.ts';
import { assertSchemasExist, declaredSchemas, schemasToRead, withinSchemas } from './included-schemas.ts';
import { withoutServiceTables } from './service-tables.ts';

/** What is to be compared. */
export interface Project {
  readonly dataSource: DataSource;
  readonly config: ResolvedConfig;
  /** Where the connection makes what is not qualified. */
  readonly defaultSchema: string;
  /** The renames that are asked for beside those that the configuration keeps. */
  readonly asked?: Renames;
}

/** What the entities declare and what the database has, as far as both are to be compared. */
export interface Sides {
  readonly declared: Schema;
  /** With what is hidden from the comparison: operations must know of it. */
  readonly live: Schema;
  /** The database without what the entities know but do not manage, and without what `includeName` hides. */
  seen(live: Schema): Schema;
  /** The schemas that were read. */
  readonly schemas: readonly string[];
}

/** Both sides of a comparison. */
export async function readSides(connection: Connection, project: Project, history: History): Promise<Sides> {
  const { dataSource, config, defaultSchema } = project;
  const kinds = config.kinds ?? builtIn;
  if (!config.allowNoEntities) await assertEntities(dataSource);
  const declared = await targetSchema(dataSource, { defaultSchema, kinds });
  const schemas = await schemasOf(connection, project, declared, history);
  const found = await introspect(connection, { schemas, defaultSchema, kinds });
  const live = withoutServiceTables(found, dataSource, config, defaultSchema, declared);
  const unmanagedNames = await unmanagedIn(project, declared);
  // What a partition is follows from the table that it is a part of.
  const ofTables = withoutRelations(declared, new Set(partitionsIn(live)), kinds);
  const within = withinSchemas(ofTables, config.includeSchemas, defaultSchema, kinds);
  return {
    declared: withoutHiddenEnums(within, included(within, config)),
    live,
    seen: schema => included(without(schema, unmanagedNames, kinds), config),
    schemas,
  };
}

async function schemasOf(
  connection: Connection,
  { dataSource, config, defaultSchema }: Project,
  declared: Schema,
  history: History,
): Promise<readonly string[]> {
  if (!config.includeSchemas)
    return schemasToRead(connection, declaredSchemas(dataSource, declared, defaultSchema), history);
  await assertSchemasExist(connection, config.includeSchemas, declared, defaultSchema);
  return config.includeSchemas;
}

/** What the entities know and do not manage: an entity may have a relation that another one manages. */
async function unmanagedIn(
  { dataSource, config: { kinds = builtIn }, defaultSchema }: Project,
  declared: Schema,
): Promise<Unmanaged> {
  const { relations, indexes } = await unmanaged(dataSource, { defaultSchema });
  const managed = relationsIn(declared, kinds).map(([, name]) => name);
  return { relations: relations.filter(name => !managed.includes(name)), indexes };
}

function without(live: Schema, { relations, indexes }: Unmanaged, kinds: Registry): Schema {
  const kept = withoutRelations(live, new Set(relations), kinds);
  return { ...kept, indexes: new Map([...kept.indexes].filter(([name]) => !indexes.includes(name))) };
}

/** The schema without the names that `includeName` hides. */
export const included = (schema: Schema, config: ResolvedConfig): Schema =>
  config.includeName ? selectNames(schema, (...question) => config.includeName!(...question), config.kinds) : schema;
