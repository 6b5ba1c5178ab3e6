import { DataSource, type DataSourceOptions } from 'typeorm';
import { createRunner, MigrationError } from 'typeorm-alembic';
import { migrations } from './data-source';

/**
 * The DataSource of `TypeOrmModule`, with the database migrated: no provider is given a repository, and no port is opened,
 * before every revision is applied. Where several instances start together, one migrates and the others wait for it.
 */
export async function migratedDataSource(options?: DataSourceOptions): Promise<DataSource> {
  const dataSource = new DataSource(options!);
  await createRunner(dataSource, migrations).upgrade();
  return dataSource.initialize();
}

/** `TypeOrmModule` tries ten times: right for a server that is still starting, wrong for a revision that fails. */
export const isWorthRetrying = (error: Error): boolean => !MigrationError.is(error) || error.name === 'ConnectionError';
