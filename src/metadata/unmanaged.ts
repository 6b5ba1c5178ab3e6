import type { DataSource } from 'typeorm';
import type { QualifiedName } from '../sql/name.ts';
import { declarationsOf, type Declarations } from './entity-metadata.ts';
import { indexName } from './indexes.ts';
import { namesOf, type Names } from './names.ts';
import type { TargetSchemaOptions } from './target-schema.ts';

/** Names that entities use and the target schema lacks: objects of these names are unmanaged and never dropped. */
export interface Unmanaged {
  /** Tables and views of entities with `synchronize: false`. */
  readonly relations: readonly QualifiedName[];
  /** Indexes with `synchronize: false`. */
  readonly indexes: readonly QualifiedName[];
}

/** What entities know of a database, and TypeORM neither makes nor drops as it synchronizes. */
export async function unmanaged(dataSource: DataSource, options: TargetSchemaOptions = {}): Promise<Unmanaged> {
  const declarations = await declarationsOf(dataSource);
  const names = namesOf(declarations, options.defaultSchema);
  return { relations: relationsOf(declarations, names), indexes: indexesOf(declarations, names) };
}

const relationsOf = ({ entities }: Declarations, names: Names): QualifiedName[] => [
  ...new Set(entities.filter(entity => !entity.synchronize).map(entity => names.of(entity))),
];

const indexesOf = ({ entities }: Declarations, names: Names): QualifiedName[] =>
  entities.flatMap(entity =>
    entity.indices.filter(index => !index.synchronize && index.name).map(index => indexName(index, names.of(entity))),
  );
