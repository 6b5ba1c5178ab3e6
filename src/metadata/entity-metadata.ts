import type { DataSource, EntityMetadata, QueryRunner, Table } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { EntityError, MissingColumnTypeError, UnsupportedDataSourceError } from './errors.ts';
import { withIndexedStorage } from './indexed-storage.ts';

type PostgresOptions = Extract<DataSource['options'], { type: 'postgres' }>;

/** What TypeORM makes of a DataSource's entities. */
export interface Declarations {
  readonly entities: readonly EntityMetadata[];
  readonly options: PostgresOptions;
  /** Where the metadata lives: the DataSource itself, or a copy of it that never connects. */
  readonly dataSource: DataSource;
  /** `Table` of the very copy of TypeORM that the DataSource comes from. */
  readonly Table: typeof Table;
  /** The table TypeORM keeps cached results in, where the DataSource wants one. */
  readonly cacheTable?: Table;
}

interface Entry {
  readonly entities: unknown;
  readonly declarations: Promise<Declarations>;
}

const known = new WeakMap<DataSource, Entry>();

/**
 * The metadata of a DataSource's entities, without connecting. Of a DataSource that was initialized it is its own, unless
 * it has a `schema`; otherwise a copy builds it, once for as long as the DataSource names the same entities.
 * @throws EntityError, MissingColumnTypeError, UnsupportedDataSourceError
 */
export function declarationsOf(dataSource: DataSource): Promise<Declarations> {
  if (!isPostgres(dataSource)) throw new UnsupportedDataSourceError(typeOf(dataSource));
  if (isBuilt(dataSource) && !known.has(dataSource)) return read(dataSource);
  const { entities } = dataSource.options;
  const entry = known.get(dataSource);
  if (entry && entry.entities === entities) return entry.declarations;
  const declarations = read(dataSource);
  known.set(dataSource, { entities, declarations });
  // A failure may be another loader's to mend: the next call tries again.
  declarations.catch(() => known.delete(dataSource));
  return declarations;
}

/** Several copies of TypeORM may be about, so classes say nothing. */
const isDataSource = (value: unknown): value is DataSource =>
  (value as { '@instanceof'?: unknown } | null | undefined)?.['@instanceof'] === Symbol.for('DataSource');

const isPostgres = (value: unknown): boolean => isDataSource(value) && value.options.type === 'postgres';

const typeOf = (value: unknown): string | undefined => (isDataSource(value) ? value.options.type : undefined);

async function read(dataSource: DataSource): Promise<Declarations> {
  const options = dataSource.options as PostgresOptions;
  const copy = offlineCopy(dataSource, options);
  // Views of query builders name the DataSource's schema in their text; those of a copy without one do not.
  const source = isBuilt(dataSource) && !options.schema ? dataSource : copy;
  if (source === copy) await buildMetadata(copy, dataSource);
  const cacheTable = await cacheTableOf(copy);
  return {
    entities: source.entityMetadatas,
    options,
    dataSource: source,
    Table: cacheTable.constructor as typeof Table,
    ...(cachesInDatabase(options) && { cacheTable }),
  };
}

/** Whether the DataSource has metadata of its own, because it was initialized. */
const isBuilt = ({ isInitialized, entityMetadatas }: DataSource): boolean =>
  isInitialized || entityMetadatas.length > 0;

/** The same options, but for everything that would connect, load drivers, or run code of the application's. */
function offlineCopy(dataSource: DataSource, { schema: _, ...options }: PostgresOptions): DataSource {
  const Copy = dataSourceClass(dataSource);
  return new Copy({
    ...options,
    driver: options.driver ?? {},
    subscribers: [],
    migrations: [],
    cache: cachesInDatabase(options) ? options.cache! : true,
    synchronize: false,
    dropSchema: false,
    migrationsRun: false,
    logging: false,
    entitySkipConstructor: true,
  });
}

/** TypeORM's own class: a project's subclass may take other arguments. */
export function dataSourceClass(dataSource: DataSource): typeof DataSource {
  let found = dataSource.constructor as typeof DataSource;
  for (let next = found; next.prototype !== undefined; next = Object.getPrototypeOf(next)) found = next;
  return found;
}

/** The store of decorators is one for all: metadata is built one after another, so that each leaves it as it was. */
let lastBuild: Promise<unknown> = Promise.resolve();
function inTurn<Result>(build: () => Promise<Result>): Promise<Result> {
  const result = lastBuild.then(build);
  lastBuild = result.catch(() => {});
  return result;
}

/** Building metadata points active records at the DataSource it is built for: point them back. */
async function buildMetadata(copy: DataSource, original: DataSource): Promise<void> {
  try {
    // Before anything was decorated there is no store of decorators yet: the first to build makes it.
    await offlineCopy(original, { ...(original.options as PostgresOptions), entities: [] })['buildMetadatas']();
    // Protected in TypeORM's types only: the one way to metadata without a connection.
    await inTurn(() => withIndexedStorage(() => copy['buildMetadatas']()));
  } catch (error) {
    throw entityError(error);
  }
  for (const { target } of copy.entityMetadatas) {
    if (typeof target === 'function' && 'useDataSource' in target) {
      (target as unknown as { useDataSource(dataSource: DataSource): void }).useDataSource(original);
    }
  }
}

/** Recognizes TypeORM's error by its message, because bundlers rename classes. A file of entities may not even load. */
function entityError(error: unknown): MigrationError {
  if (error instanceof MigrationError) return error;
  const isUntyped = /^Column type for .* is not defined and cannot be guessed/.test(
    (error as Error | undefined)?.message ?? '',
  );
  return isUntyped ? new MissingColumnTypeError(error) : new EntityError(error);
}

/** `cache: true` and its like; Redis and a project's own provider keep no table. */
function cachesInDatabase({ cache }: PostgresOptions): boolean {
  if (typeof cache !== 'object') return Boolean(cache);
  return cache.provider === undefined && (cache.type === undefined || cache.type === 'database');
}

/** The cache's table as TypeORM makes it: the only `Table` that its public interface gives without a database. */
async function cacheTableOf(copy: DataSource): Promise<Table> {
  const made: Table[] = [];
  const listener = {
    hasTable: () => Promise.resolve(false),
    createTable: (table: Table) => Promise.resolve(void made.push(table)),
  };
  await copy.queryResultCache!.synchronize(listener as unknown as QueryRunner);
  return made[0]!;
}
