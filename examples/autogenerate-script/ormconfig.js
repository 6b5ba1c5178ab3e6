import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { defineConfig } from 'typeorm-alembic';
import { pgliteDriver } from 'typeorm-alembic/pglite';
import { SatisfactionSurvey, Ticket } from './entities.js';

const url = process.env.DATABASE_URL;

/** The server of DATABASE_URL, or PostgreSQL inside this process with its files in `.pgdata`. */
export default new DataSource({
  type: 'postgres',
  ...(url ? { url } : { driver: pgliteDriver({ dataDir: '.pgdata' }) }),
  entities: [Ticket, SatisfactionSurvey],
});

export const migrations = defineConfig({ versionLocations: [new URL('migrations/', import.meta.url)] });
