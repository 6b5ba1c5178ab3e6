import type { DataSource } from 'typeorm';
import { withoutRelations } from '../compare/without-relations.ts';
import type { ResolvedConfig } from '../config.ts';
import type { Schema } from '../objects/kinds.ts';
import { qualify, type QualifiedName } from '../sql/name.ts';

interface ServiceOptions {
  readonly schema?: string;
  readonly migrationsTableName?: string;
  readonly metadataTableName?: string;
  readonly cache?: unknown;
}

/** Tables that serve TypeORM or this library and that no entity declares: never compared. */
export function serviceTables(
  dataSource: DataSource,
  config: ResolvedConfig,
  defaultSchema: string,
): ReadonlySet<QualifiedName> {
  const options = dataSource.options as ServiceOptions;
  const named = (schema: string | undefined, name: string) =>
    qualify(schema === defaultSchema ? undefined : schema, name);
  const own = [config.versionTable, `${config.versionTable}_log`].map(name =>
    named(config.versionTableSchema ?? options.schema, name),
  );
  const cacheTable = (options.cache as { tableName?: string } | undefined)?.tableName ?? 'query-result-cache';
  const theirs = [
    options.migrationsTableName ?? 'migrations',
    options.metadataTableName ?? 'typeorm_metadata',
    cacheTable,
  ];
  return new Set([
    ...own,
    ...theirs.map(name => named(options.schema, name)),
    ...theirs.map(name => named(undefined, name)),
  ]);
}

/** The schema without those tables, and without what rests on them. */
export function withoutServiceTables(
  schema: Schema,
  dataSource: DataSource,
  config: ResolvedConfig,
  defaultSchema: string,
): Schema {
  return withoutRelations(schema, serviceTables(dataSource, config, defaultSchema), config.kinds);
}
