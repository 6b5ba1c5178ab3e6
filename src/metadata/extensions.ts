import type { EntityMetadata } from 'typeorm';
import type { Extension } from '../objects/extensions.ts';
import type { Declarations } from './entity-metadata.ts';

type Column = EntityMetadata['columns'][number];

const BY_TYPE: Readonly<Record<string, string>> = {
  citext: 'citext',
  hstore: 'hstore',
  ltree: 'ltree',
  cube: 'cube',
  geometry: 'postgis',
  geography: 'postgis',
  vector: 'vector',
  halfvec: 'vector',
};

/**
 * The extensions that TypeORM installs as it connects: those that its columns and constraints need, and those of the
 * option `extensions`; none where `installExtensions` is false.
 */
export function extensionsOf({ entities, options }: Declarations): Extension[] {
  if (options.installExtensions === false) return [];
  const uuid = options.uuidExtension ?? 'uuid-ossp';
  const needed = new Set(options.extensions ?? []);
  for (const entity of entities) {
    if (entity.exclusions.length > 0) needed.add('btree_gist');
    if (entity.generatedColumns.some(({ generationStrategy }) => generationStrategy === 'uuid')) needed.add(uuid);
    for (const column of entity.columns) {
      const extension = BY_TYPE[typeName(column)];
      if (extension !== undefined) needed.add(extension);
    }
  }
  return [...needed].sort().map(name => ({ name }));
}

const typeName = ({ type }: Column): string => (typeof type === 'string' ? type : '');
