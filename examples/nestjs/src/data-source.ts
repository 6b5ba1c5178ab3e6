import 'reflect-metadata';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { defineConfig } from 'typeorm-alembic';
import { pgliteDriver } from 'typeorm-alembic/pglite';

const url = process.env.DATABASE_URL;

/** For `TypeOrmModule` and for the command line, so that both see the same entities and the same database. */
export const dataSourceOptions: DataSourceOptions = {
  type: 'postgres',
  // The server of DATABASE_URL, or PostgreSQL inside this process with its files in `.pgdata`.
  ...(url ? { url } : { driver: pgliteDriver({ dataDir: '.pgdata' }) }),
  entities: [join(__dirname, '**/*.entity.{ts,js}')],
};

/** Beside this file, wherever it is: `src/migrations` for the command line, `dist/migrations` for the application. */
export const migrations = defineConfig({ versionLocations: [join(__dirname, 'migrations')] });

export default new DataSource(dataSourceOptions);
