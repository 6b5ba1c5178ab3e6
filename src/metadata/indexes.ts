import type { EntityMetadata } from 'typeorm';
import type { Index } from '../objects/index-definition.ts';
import { besides, type QualifiedName } from '../sql/name.ts';
import { distinct } from './distinct.ts';
import { identifier } from './names.ts';

type DeclaredIndex = EntityMetadata['indices'][number];

/** The indexes of an entity's table or materialised view; those with `synchronize: false` are somebody else's. */
export function indexesOf({ indices }: EntityMetadata, table: QualifiedName): readonly Index[] {
  const declared = indices.filter(({ synchronize }) => synchronize).map(index => indexOf(index, table));
  return distinct(declared, ({ columns }) => `the index of ${table} on (${columns.join(', ')})`);
}

function indexOf(index: DeclaredIndex, table: QualifiedName): Index {
  const method = index.isSpatial ? 'gist' : index.type;
  return {
    name: indexName(index, table),
    table,
    columns: index.columns.map(({ databaseName }) => identifier(databaseName)),
    ...(index.isUnique && { unique: true as const }),
    ...(method !== undefined && method !== 'btree' && { method }),
    ...(index.where && { where: index.where.trim() }),
  };
}

/** Indexes lie in their table's schema. */
export const indexName = ({ name }: DeclaredIndex, table: QualifiedName): QualifiedName =>
  besides(table, identifier(name));
