import type { Schema } from '../objects/kinds.ts';
import { OF_TYPEORM, type Table } from '../objects/tables/table.ts';
import { bareName } from '../sql/name.ts';

/** What of a DataSource's options gives TypeORM's own tables other names than the usual ones. */
interface OwnNames {
  readonly migrationsTableName?: string;
  readonly metadataTableName?: string;
  readonly cache?: unknown;
}

/** The tables that TypeORM makes for itself, by their names, with the columns that it gives them. */
const tablesFor = ({ migrationsTableName, metadataTableName, cache }: OwnNames): ReadonlyMap<string, string[]> =>
  new Map([
    [migrationsTableName ?? 'migrations', ['timestamp', 'name']],
    [metadataTableName ?? 'typeorm_metadata', ['type', 'database', 'schema', 'table', 'name', 'value']],
    [cacheTableIn(cache), ['id', 'identifier', 'time', 'duration', 'query', 'result']],
  ]);

const cacheTableIn = (cache: unknown): string =>
  (cache as { readonly tableName?: string } | undefined)?.tableName ?? 'query-result-cache';

/**
 * A schema of the database with a mark on TypeORM's own tables, in whatever schema they are. A table of the same name with
 * other columns is none.
 * @param options those of the DataSource, where there is one
 */
export function withTypeormTablesMarked(schema: Schema, options: OwnNames = {}): Schema {
  const own = tablesFor(options);
  const isOwn = ({ name, columns }: Table) => {
    const names = columns.map(column => column.name);
    return own.get(bareName(name))?.every(column => names.includes(column)) ?? false;
  };
  const tables = [...schema.tables].map(
    ([name, table]) => [name, isOwn(table) ? { ...table, [OF_TYPEORM]: true as const } : table] as const,
  );
  return { ...schema, tables: new Map(tables) };
}
