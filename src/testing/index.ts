export { entitiesMatchMigrations, singleHead, upAndDown, upgradeFromBase } from './checks.ts';
export { EntitiesDifferError, NotOneHeadError, NoWayBackError, TraceLeftError } from './failures.ts';
export { migrationTest, type MigrationTest } from './migration-test.ts';
export {
  migrationTests,
  type MigrationCheck,
  type MigrationTestsOptions,
  type TestFunction,
} from './migration-tests.ts';
export { loadProject, type TestedProject } from './project.ts';
export { NoScratchDatabaseError, NotScratchDatabaseError } from './scratch-database.ts';
