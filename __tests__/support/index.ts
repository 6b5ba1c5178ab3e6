export { catalogFingerprint } from './catalog-fingerprint.ts';
export { type CliOptions, type CliResult, ensureBuilt, runCli, runNode } from './cli.ts';
export {
  type Queryable,
  queryableOf,
  type TestDatabase,
  type TestDatabaseOptions,
  type TestDataSourceOptions,
  withDatabase,
} from './database.ts';
export { type EntityClass, entitiesFrom, moduleFrom } from './entities-from.ts';
export { emptyPglite, type PgliteDatabase, withPglite } from './pglite.ts';
export { hasPgDump, pgDump } from './pg-dump.ts';
export { schemaDump } from './schema-dump.ts';
export { testRun, type TestRun } from './test-run.ts';
