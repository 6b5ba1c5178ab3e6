import type { DataSource, MigrationInterface } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { qualify, type QualifiedName } from '../sql/name.ts';
import { dataSourceClass } from './entity-metadata.ts';

/** One of TypeORM's own migrations, as it knows it. */
export interface TypeormMigration {
  /** What it is remembered by: its `name`, or its class's. */
  readonly name: string;
  /** Milliseconds since 1970, from the end of the name; they decide the order. */
  readonly timestamp: number;
  /** Whether TypeORM would run it in a transaction. */
  readonly transactional: boolean;
  readonly instance: MigrationInterface;
  readonly table: QualifiedName;
}

/** TypeORM's own migrations cannot be loaded, or not told apart. */
export class TypeormMigrationsError extends MigrationError {
  override readonly name: string = 'TypeormMigrationsError';
}

/** A migration is not among those of the DataSource. */
export class UnknownMigrationError extends TypeormMigrationsError {
  override readonly name = 'UnknownMigrationError';
  readonly migration: string;

  constructor(migration: string, known: number) {
    super(
      `TypeORM's migration ${migration} is none of the ${known} that the DataSource has in its option \`migrations\`: put it back there, or give its class to op.runMigration instead of its name.`,
    );
    this.migration = migration;
  }
}

type PostgresOptions = Extract<DataSource['options'], { type: 'postgres' }>;

const known = new WeakMap<DataSource, { readonly option: unknown; readonly found: Promise<TypeormMigration[]> }>();

/**
 * The migrations of a DataSource's option `migrations` (classes, or globs that TypeORM resolves), in the order TypeORM runs
 * them. Needs no connection.
 * @throws TypeormMigrationsError
 */
export function migrationsOf(dataSource: DataSource): Promise<readonly TypeormMigration[]> {
  const option = dataSource.options.migrations;
  const entry = known.get(dataSource);
  if (entry && entry.option === option) return entry.found;
  const found = load(dataSource);
  known.set(dataSource, { option, found });
  found.catch(() => known.delete(dataSource));
  return found;
}

/** The migration of a name. Throws UnknownMigrationError. */
export async function migrationNamed(dataSource: DataSource, name: string): Promise<TypeormMigration> {
  const all = await migrationsOf(dataSource);
  const found = all.find(each => each.name === name);
  if (!found) throw new UnknownMigrationError(name, all.length);
  return found;
}

/** The table TypeORM remembers migrations in. */
export const migrationsTableOf = ({ options }: DataSource): QualifiedName =>
  qualify((options as PostgresOptions).schema, options.migrationsTableName ?? 'migrations');

/** The table in which TypeORM's query runners, and so migrations, remember views and generated columns. */
export const metadataTableOf = ({ options, metadataTableName }: DataSource): QualifiedName =>
  qualify((options as PostgresOptions).schema, metadataTableName);

/** A migration as TypeORM sees it. Throws TypeormMigrationsError where its name does not end in a timestamp. */
export function describeMigration(instance: MigrationInterface, dataSource: DataSource): TypeormMigration {
  const name = instance.name ?? instance.constructor.name;
  const timestamp = Number.parseInt(name.slice(-13), 10);
  if (!timestamp) {
    throw new TypeormMigrationsError(
      `TypeORM's migration ${name} does not end in a timestamp of 13 digits, which decides its order: rename its class, as in ${name}1700000000000.`,
    );
  }
  const { migrationsTransactionMode = 'all' } = dataSource.options;
  return {
    name,
    timestamp,
    transactional: instance.transaction ?? migrationsTransactionMode !== 'none',
    instance,
    table: migrationsTableOf(dataSource),
  };
}

async function load(dataSource: DataSource): Promise<TypeormMigration[]> {
  const instances = dataSource.isInitialized ? dataSource.migrations : await instancesOf(dataSource);
  const migrations = instances.map(instance => describeMigration(instance, dataSource));
  refuseDuplicates(migrations.map(({ name }) => name));
  return migrations.sort((one, other) => one.timestamp - other.timestamp);
}

/** A copy of the DataSource loads them, which has nothing else to load. */
async function instancesOf(dataSource: DataSource): Promise<readonly MigrationInterface[]> {
  const Copy = dataSourceClass(dataSource);
  const options = dataSource.options as PostgresOptions;
  const copy = new Copy({ ...options, driver: options.driver ?? {}, entities: [], subscribers: [], logging: false });
  try {
    await copy['buildMetadatas']();
  } catch (error) {
    throw new TypeormMigrationsError(
      `TypeORM's migrations cannot be loaded (${String((error as Error).message).replace(/\.$/, '')}): correct the option \`migrations\` of the DataSource, or the file.`,
      { cause: error },
    );
  }
  return copy.migrations;
}

function refuseDuplicates(names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined) {
    throw new TypeormMigrationsError(
      `Two of TypeORM's migrations go by the name ${twice}, which TypeORM refuses as well: rename one, or see whether a glob of the option \`migrations\` finds its file twice (as source and compiled).`,
    );
  }
}
