import type { DataSource, DataSourceOptions } from 'typeorm';
import { dataSourceClass } from '../metadata/entity-metadata.ts';

interface Place {
  readonly url?: string;
  readonly database?: string;
  readonly extra?: { readonly connectionString?: string; readonly database?: string };
  readonly replication?: { readonly master: Place };
}

/**
 * A DataSource of the same options, on the same database or on another one of the same server, that does nothing of its
 * own when it connects.
 */
export function copyOf(dataSource: DataSource, database?: string): DataSource {
  const { replication, ...options } = dataSource.options as DataSourceOptions & Place;
  const place: Place = { ...options, ...replication?.master };
  const Copy = dataSourceClass(dataSource);
  return new Copy({
    ...options,
    ...(database === undefined ? place : inDatabase(place, database)),
    synchronize: false,
    dropSchema: false,
    migrationsRun: false,
    installExtensions: false,
  } as DataSourceOptions);
}

function inDatabase({ url, extra, ...place }: Place, database: string): Place {
  return {
    ...place,
    database,
    ...(url !== undefined && { url: urlIn(url, database) }),
    // What stands in `extra` wins over everything else.
    ...(extra && {
      extra: {
        ...extra,
        ...(extra.database !== undefined && { database }),
        ...(extra.connectionString !== undefined && { connectionString: urlIn(extra.connectionString, database) }),
      },
    }),
  };
}

function urlIn(text: string, database: string): string {
  const url = new URL(text);
  url.pathname = `/${database}`;
  return url.href;
}
