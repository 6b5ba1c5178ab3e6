import type { DataSource } from 'typeorm';
import { withoutRelations } from '../compare/without-relations.ts';
import type { Connection } from '../database/connection.ts';
import { readSchemas } from '../database/introspect.ts';
import { ConfigurationError } from '../errors.ts';
import type { Operation, Registry, Schema } from '../objects/kinds.ts';
import { nameParts } from '../sql/name.ts';
import { type History, upgradesIn } from './history-operations.ts';

/**
 * Makes sure that `includeSchemas` selects something: a name with a typing error would leave nothing to compare. A schema
 * that only some databases have may be named.
 * @throws ConfigurationError where all entities are left out, or some are and a name is no schema at all
 */
export async function assertSchemasExist(
  connection: Connection,
  included: readonly string[],
  declared: Schema,
  defaultSchema: string,
): Promise<void> {
  const relations = [...declared.tables.keys(), ...declared.views.keys(), ...declared.materializedViews.keys()];
  const ofEntities = [...new Set(relations.map(name => nameParts(name).schema ?? defaultSchema))];
  const left = ofEntities.filter(schema => !included.includes(schema));
  if (left.length === 0) return;
  const present = [...ofEntities, ...(await readSchemas(connection))];
  const missing = included.filter(schema => !present.includes(schema));
  if (missing.length === 0 && left.length < ofEntities.length) return;
  throw new ConfigurationError(
    `The configuration's "includeSchemas" (${included.join(', ')}) leaves out the entities of ${left.join(', ')}` +
      (missing.length > 0 ? `, and there is no schema ${missing.join(', ')}; correct the name` : '; add that schema') +
      ', or leave out the key.',
  );
}

/** The DataSource's schema, and every schema that an entity names. */
export function declaredSchemas(dataSource: DataSource, declared: Schema, defaultSchema: string): ReadonlySet<string> {
  const { schema } = dataSource.options as { schema?: string };
  return new Set([defaultSchema, ...(schema === undefined ? [] : [schema]), ...declared.namespaces.keys()]);
}

/**
 * The declared schemas, and those in which revisions created something: when the last entity of a schema is deleted, its
 * tables are still read.
 */
export async function schemasToRead(
  connection: Connection,
  declared: ReadonlySet<string>,
  history: History,
): Promise<readonly string[]> {
  const others = new Set((await readSchemas(connection)).filter(name => !declared.has(name)));
  if (others.size === 0) return [...declared];
  const created = (await upgradesIn(history)).flatMap(schemasIn);
  return [...new Set([...declared, ...created.filter(name => others.has(name))])];
}

/** The schemas in which an operation creates something, apart from the connection's own. */
function schemasIn(operation: Operation): readonly string[] {
  if (operation.op === 'createSchema') return [operation.name];
  if (operation.op === 'moveTable' || operation.op === 'moveEnum') return [operation.to];
  if (!operation.op.startsWith('create') || !('name' in operation)) return [];
  const { schema } = nameParts(operation.name);
  return schema === undefined ? [] : [schema];
}

/** The declared schema without what lies in schemas that are not read. */
export function withinSchemas(
  schema: Schema,
  includeSchemas: readonly string[] | undefined,
  defaultSchema: string,
  kinds: Registry,
): Schema {
  if (!includeSchemas) return schema;
  const included = new Set(includeSchemas);
  const isHidden = (name: string) => !included.has(nameParts(name).schema ?? defaultSchema);
  const relations = [...schema.tables.keys(), ...schema.views.keys(), ...schema.materializedViews.keys()];
  return {
    ...withoutRelations(schema, new Set(relations.filter(isHidden)), kinds),
    namespaces: new Map([...schema.namespaces].filter(([name]) => included.has(name))),
    enums: new Map([...schema.enums].filter(([name]) => !isHidden(name))),
  };
}
