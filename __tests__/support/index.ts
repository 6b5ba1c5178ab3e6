export {
  type Queryable,
  type TestDatabase,
  type TestDatabaseOptions,
  type TestDataSourceOptions,
  withDatabase,
} from './database.ts';
export { testRun, type TestRun } from './test-run.ts';
