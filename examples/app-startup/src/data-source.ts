import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { defineConfig } from 'typeorm-alembic';
import { pgliteDriver } from 'typeorm-alembic/pglite';
import { Customer } from './entities/customer.js';
import { Ticket } from './entities/ticket.js';

const url = process.env.DATABASE_URL;

/** The server of DATABASE_URL, or PostgreSQL inside this process with its files in `.pgdata`. */
export const dataSource = new DataSource({
  type: 'postgres',
  ...(url ? { url } : { driver: pgliteDriver({ dataDir: '.pgdata' }) }),
  entities: [Customer, Ticket],
});

/** Beside this file, wherever it is: `src/migrations` for the command line, `dist/migrations` for the application. */
export const migrations = defineConfig({
  versionLocations: [new URL('migrations/', import.meta.url)],
});
