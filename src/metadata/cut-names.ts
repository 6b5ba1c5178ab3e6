import type { EntityMetadata } from 'typeorm';
import type { Declarations } from './entity-metadata.ts';
import { DuplicateNameError } from './errors.ts';
import { identifier, partsOf, type Names } from './names.ts';
import { isView } from './views.ts';

/** A name as an entity declares it, and what it must differ in from others: `['column of t', 'a_column']`. */
type Declared = readonly [what: string, within: string, name: string];

/**
 * Names of any kind that differ, but no longer once PostgreSQL has cut them at 63 bytes. TypeORM would try to make two
 * objects of one name, and fail.
 * @throws DuplicateNameError
 */
export function refuseCutNames(declarations: Declarations, names: Names): void {
  const taken = new Map<string, string>();
  for (const [what, within, name] of declaredNames(declarations, names)) {
    const cut = identifier(name);
    const key = JSON.stringify([what, within, cut]);
    const other = taken.get(key) ?? name;
    if (other !== name) {
      throw new DuplicateNameError(cut, [
        `the ${what} ${other}`,
        `the ${what} ${name}, which are alike once PostgreSQL has cut them at 63 bytes`,
      ]);
    }
    taken.set(key, name);
  }
}

function* declaredNames({ entities, cacheTable }: Declarations, names: Names): Generator<Declared> {
  for (const entity of entities) if (entity.synchronize) yield* namesIn(entity, names);
  if (cacheTable) yield* relationNames({ tableName: cacheTable.name, schema: cacheTable.schema }, 'table', names);
}

function* namesIn(entity: EntityMetadata, names: Names): Generator<Declared> {
  const relation = names.of(entity);
  yield* relationNames(entity, isView(entity) ? 'view' : 'table', names);
  for (const { synchronize, name } of entity.indices) if (synchronize) yield ['index', relation, name];
  if (isView(entity)) return;
  for (const column of entity.columns) {
    yield ['column', relation, column.databaseName];
    if (isEnum(column)) yield ['enum', schemaOf(entity, names), enumNameOf(column, entity)];
  }
  const { uniques, checks, exclusions, foreignKeys } = entity;
  for (const { name } of [...uniques, ...checks, ...exclusions, ...foreignKeys]) yield ['constraint', relation, name];
}

function* relationNames(entity: Parameters<typeof partsOf>[0], what: string, names: Names): Generator<Declared> {
  const { schema, name } = partsOf(entity);
  if (schema !== undefined) yield ['schema', '', schema];
  yield [what, schemaOf(entity, names), name];
}

const schemaOf = (entity: Parameters<typeof partsOf>[0], { own }: Names): string =>
  identifier(partsOf(entity).schema ?? own);

type Column = EntityMetadata['columns'][number];

const isEnum = ({ type }: Column): boolean => type === 'enum' || type === 'simple-enum';

const enumNameOf = ({ enumName, databaseName }: Column, entity: EntityMetadata): string =>
  enumName ?? `${partsOf(entity).name}_${databaseName.toLowerCase()}_enum`;
