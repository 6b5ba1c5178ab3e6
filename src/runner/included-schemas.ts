import type { Connection } from '../database/connection.ts';
import { readSchemas } from '../database/introspect.ts';
import { ConfigurationError } from '../errors.ts';
import type { Schema } from '../objects/kinds.ts';
import { nameParts } from '../sql/name.ts';

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
