import type { DataSource } from 'typeorm';
import { compare } from '../../src/compare/compare.ts';
import { canonical } from '../../src/database/canonical.ts';
import { introspect } from '../../src/database/introspect.ts';
import { targetSchema } from '../../src/metadata/target-schema.ts';
import { unmanaged, type Unmanaged } from '../../src/metadata/unmanaged.ts';
import { schemaOf, statementsOf, type Operation, type Schema } from '../../src/objects/kinds.ts';
import {
  catalogFingerprint,
  type EntityClass,
  type TestDatabase,
  type TestDataSourceOptions,
  withDatabase,
} from '../support/index.ts';

/** Entities, how they are connected, and SQL for objects that they need and cannot declare. */
export interface Declared {
  readonly entities: readonly EntityClass[];
  readonly options?: TestDataSourceOptions;
  readonly setup?: string;
}

export interface Made {
  readonly target: Schema;
  /** The database as it is read, and as text. */
  readonly live: Schema;
  readonly text: string;
  /** What comparing it with the entities finds still to do. */
  readonly remaining: readonly Operation[];
}

/** Two databases for the same entities; each is emptied before it is made. */
export interface Twins {
  /** By the statements of the target schema. */
  make(declared: Declared): Promise<Made>;
  /** By TypeORM's `synchronize()`. */
  synchronize(declared: Declared): Promise<Made>;
}

export async function withTwins<Result>(work: (twins: Twins) => Promise<Result>): Promise<Result> {
  return withDatabase(first =>
    withDatabase(second =>
      work({
        make: declared => made(first, declared, target => applyTarget(first, declared, target)),
        synchronize: declared => made(second, declared, target => applyTypeorm(second, declared, target)),
      }),
    ),
  );
}

async function made(
  database: TestDatabase,
  declared: Declared,
  apply: (target: Schema) => Promise<void>,
): Promise<Made> {
  const dataSource = dataSourceOf(database, declared);
  const target = await targetSchema(dataSource);
  await empty(database);
  await database.query(declared.setup ?? '');
  await apply(target);
  const defaultSchema = declared.options?.schema ?? 'public';
  const schemas = [defaultSchema, ...target.namespaces.keys()];
  const read = await introspect(database, { schemas, defaultSchema });
  const live = without(read, await unmanaged(dataSource));
  const remaining = compare(live, await canonical(database, target, live));
  return { target, live, text: await textOf(database), remaining };
}

/** The schema without what TypeORM leaves to others. */
function without(schema: Schema, { relations, indexes }: Unmanaged): Schema {
  const tables = new Map([...schema.tables].filter(([name]) => !relations.includes(name)));
  const managed = [...schema.indexes].filter(
    ([name, { table }]) => !relations.includes(table) && !indexes.includes(name),
  );
  return { ...schema, tables, indexes: new Map(managed) };
}

const dataSourceOf = (database: TestDatabase, { entities, options }: Declared): DataSource =>
  database.dataSource({ ...options, entities: [...entities] });

/** Names that are not qualified stand for objects of the DataSource's schema. */
async function applyTarget(database: TestDatabase, { options }: Declared, target: Schema): Promise<void> {
  const own = options?.schema ?? 'public';
  await database.query(`CREATE SCHEMA IF NOT EXISTS "${own}"; SET search_path TO "${own}", public`);
  for (const operation of compare(schemaOf({}), target)) {
    for (const { sql } of statementsOf(operation)) await database.query(sql);
  }
}

/** TypeORM makes no schemas, and a table of its own for views and generated columns. */
async function applyTypeorm(database: TestDatabase, declared: Declared, target: Schema): Promise<void> {
  for (const name of [declared.options?.schema ?? 'public', ...target.namespaces.keys()])
    await database.query(`CREATE SCHEMA IF NOT EXISTS "${name}"`);
  const dataSource = await dataSourceOf(database, declared).initialize();
  try {
    await dataSource.synchronize();
    await dataSource.query(`DROP TABLE IF EXISTS "${declared.options?.schema ?? 'public'}"."typeorm_metadata"`);
  } finally {
    await dataSource.destroy();
  }
}

async function empty(database: TestDatabase): Promise<void> {
  const schemas = await database.query<{ name: string }>(
    `SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
  );
  await database.query(schemas.map(({ name }) => `DROP SCHEMA ${name} CASCADE;`).join('') + 'CREATE SCHEMA public');
}

/** Everything the catalog tells, and the order of columns, which is to be TypeORM's too. */
async function textOf(database: TestDatabase): Promise<string> {
  await database.query('RESET search_path');
  const orders = await database.query<{ line: string }>(
    `SELECT format('order %s: %s', attrelid::regclass, string_agg(attname, ', ' ORDER BY attnum)) AS line
       FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE attnum > 0 AND NOT attisdropped AND relkind = 'r' AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
      GROUP BY attrelid ORDER BY attrelid::regclass::text COLLATE "C"`,
  );
  return [...orders.map(({ line }) => line), await catalogFingerprint(database)].join('\n');
}
