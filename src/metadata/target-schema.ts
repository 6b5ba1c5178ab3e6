import type { DataSource } from 'typeorm';
import { aDataSource, checkArgument, checkOptions } from '../call-arguments.ts';
import { configKeys } from '../config-checks.ts';
import type { MigrationsConfig, ResolvedConfig } from '../config.ts';
import { builtIn, schemaOf, type Registry, type KindName, type Schema, type SchemaObject } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';
import type { View } from '../objects/views.ts';
import { besides, nameParts, type QualifiedName } from '../sql/name.ts';
import { refuseCutNames } from './cut-names.ts';
import { declarationsOf, type Declarations } from './entity-metadata.ts';
import { enumsOf } from './enums.ts';
import { DuplicateNameError } from './errors.ts';
import { extensionsOf } from './extensions.ts';
import { indexesOf } from './indexes.ts';
import { namesOf, type Names } from './names.ts';
import { tablesOf } from './tables.ts';
import { isMaterialized, isView, viewOf } from './views.ts';

/** What matters of a configuration, which may be given whole, as it is written or resolved. */
export interface TargetSchemaOptions {
  /** The schema in which the connection makes what is not qualified: what lies in it goes by its bare name. Default: the DataSource's `schema`, else `public`. */
  readonly defaultSchema?: string;
  /** The kinds there are, where a project has some of its own: those with `declared` are asked about each entity. */
  readonly kinds?: Registry | undefined;
}

/**
 * The state that a DataSource's entities declare: what TypeORM's own `synchronize()` would make of an empty database. No
 * connection is needed, nor that the DataSource was ever initialized; types are spelled as PostgreSQL does, expressions
 * as the entities do.
 * @throws UnsupportedDataSourceError, EntityError, MissingColumnTypeError, ColumnDeclarationError, DuplicateTableError,
 *   DuplicateNameError, EnumDeclarationError, ViewDefinitionError
 */
export async function targetSchema(
  dataSource: DataSource,
  options: TargetSchemaOptions | MigrationsConfig | ResolvedConfig = {},
): Promise<Schema> {
  checkArgument('targetSchema', 'DataSource', dataSource, aDataSource);
  checkOptions('targetSchema', options, { defaultSchema: true, kinds: true, ...configKeys });
  const { defaultSchema }: TargetSchemaOptions = options;
  const declarations = await declarationsOf(dataSource);
  const names = namesOf(declarations, defaultSchema);
  refuseCutNames(declarations, names);
  const declared = tablesOf(declarations, names);
  const { views, materializedViews, indexes } = viewsOf(declarations, names);
  const contents = {
    extensions: extensionsOf(declarations),
    enums: enumsOf(declared.flatMap(each => each.enums)),
    tables: declared.map(({ table }) => table),
    foreignKeys: declared.flatMap(({ foreignKeys }) => foreignKeys),
    indexes: [...declared.flatMap(each => each.indexes), ...indexes],
    views,
    materializedViews,
  };
  refuseClashes(contents);
  const namespaces = namespacesOf([...contents.tables, ...views, ...materializedViews], names);
  return schemaOf({ ...contents, ...declaredBy(options.kinds ?? builtIn, declarations), namespaces }, options.kinds);
}

/** What a project's own kinds make of the entities. */
const declaredBy = (registry: Registry, { entities }: Declarations): Readonly<Record<string, readonly unknown[]>> =>
  Object.fromEntries(
    Object.entries(registry).flatMap(([name, { declared }]) =>
      declared ? [[name, entities.flatMap(entity => declared(entity))]] : [],
    ),
  );

function viewsOf(declarations: Declarations, names: Names) {
  const entities = declarations.entities.filter(entity => isView(entity) && entity.synchronize);
  const [materialized, plain] = [entities.filter(isMaterialized), entities.filter(entity => !isMaterialized(entity))];
  const view = (entity: (typeof entities)[number]): View => viewOf(entity, declarations, names);
  return {
    views: plain.map(view),
    materializedViews: materialized.map(view),
    indexes: materialized.flatMap(entity => indexesOf(entity, names.of(entity))),
  };
}

type Contents = Pick<Lists, 'enums' | 'tables' | 'indexes' | 'views' | 'materializedViews'>;
type Lists = { readonly [Name in KindName]: readonly SchemaObject<Name>[] };

/**
 * PostgreSQL has one relation of a name in a schema: a table, a view, an index, or the index under a key. Tables and views
 * are types besides, and share their names with no enum.
 */
function refuseClashes({ enums, tables, indexes, views, materializedViews }: Contents): void {
  const relations = [...tables, ...views, ...materializedViews].map(({ name }) => [name, 'a table or view'] as const);
  refuseDuplicates([...relations, ...enums.map(({ name }) => [name, 'an enum'] as const)]);
  refuseDuplicates([
    ...relations,
    ...tables.flatMap(table => keysOf(table).map(key => [besides(table.name, key), `a key of ${table.name}`] as const)),
    ...indexes.map(({ name, table }) => [name, `an index of ${table}`] as const),
  ]);
}

const keysOf = ({ primaryKey, uniques = [], exclusions = [] }: Table): string[] =>
  [...(primaryKey ? [primaryKey] : []), ...uniques, ...exclusions].map(({ name }) => name);

function refuseDuplicates(declared: readonly (readonly [name: QualifiedName, what: string])[]): void {
  const taken = new Map<QualifiedName, string>();
  for (const [name, what] of declared) {
    const other = taken.get(name);
    if (other !== undefined) throw new DuplicateNameError(name, [other, what]);
    taken.set(name, what);
  }
}

/** The schemas that something lies in, but for the connection's own. */
function namespacesOf(objects: readonly { readonly name: QualifiedName }[], { own }: Names) {
  const schemas = new Set(objects.map(({ name }) => nameParts(name).schema));
  return [...schemas].filter(schema => schema !== undefined && schema !== own).map(name => ({ name: name! }));
}
