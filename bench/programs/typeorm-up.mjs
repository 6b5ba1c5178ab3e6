// What an application does at its start to migrate with TypeORM.
import { measured, dataSource } from './project.mjs';

await measured(async () => {
  await dataSource.initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
});
