import 'reflect-metadata';
import { fileURLToPath } from 'node:url';
import { DataSource } from 'typeorm';
import { defineConfig } from 'typeorm-alembic';
import { pgliteDriver } from 'typeorm-alembic/pglite';
import { entities } from './entities/index.ts';

const url = process.env['DATABASE_URL'];

/** PostgreSQL inside this process, in a folder of the project: nothing to install, opened with the first connection. */
const embedded = {
  driver: pgliteDriver({
    dataDir: fileURLToPath(new URL('.quickstart/pgdata', import.meta.url)),
    extensions: ['uuid-ossp', 'citext', 'btree_gist'],
  }),
};

export default new DataSource({
  type: 'postgres',
  ...(url ? { url } : embedded),
  entities,
  // Extensions are created by migrations, like everything else, and not by whoever connects first.
  installExtensions: false,
});

export const migrations = defineConfig({
  directory: import.meta.dirname,
  versionLocations: ['migrations'],
  // Tables by these names belong to people's experiments: they are neither read nor dropped.
  includeName: (name, type) => !(type === 'table' && /^(test|temp)_/.test(name ?? '')),
  // Of the objects that were read, leave alone the indexes a database administrator has added by hand.
  includeObject: (_object, name, type, reflected, compareTo) =>
    !(type === 'index' && reflected && !compareTo && name.startsWith('dba_')),
});
