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
 * The extensions that columns and constraints need, and those of the option `extensions`: what TypeORM installs as it
 * connects. Where `installExtensions` is false it leaves that to migrations, and so they are declared all the same; but
 * not pgcrypto for uuids, whose function every supported server but PostgreSQL 12 has built in. A database has each
 * extension once: that of a DataSource with a schema of its own lies in `public`, for other DataSources to find it.
 */
export function extensionsOf({ entities, options }: Declarations): Extension[] {
  const uuid = options.uuidExtension ?? 'uuid-ossp';
  const uuidIsBuiltIn = uuid === 'pgcrypto' && options.installExtensions === false;
  const needed = new Set(options.extensions ?? []);
  for (const entity of entities) {
    if (entity.exclusions.length > 0) needed.add('btree_gist');
    if (!uuidIsBuiltIn && generatesUuids(entity)) needed.add(uuid);
    for (const column of entity.columns) {
      const extension = BY_TYPE[typeName(column)];
      if (extension !== undefined) needed.add(extension);
    }
  }
  const isShared = Boolean(options.schema) && options.schema !== 'public';
  return [...needed].sort().map(name => ({ name, ...(isShared && { schema: 'public' }) }));
}

const generatesUuids = ({ generatedColumns }: EntityMetadata): boolean =>
  generatedColumns.some(({ generationStrategy }) => generationStrategy === 'uuid');

const typeName = ({ type }: Column): string => (typeof type === 'string' ? type : '');
