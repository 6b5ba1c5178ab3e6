// The same where the application has connected already: what is left is the library's own.
import { createRunner } from 'typeorm-alembic';
import { dataSource, measured, migrations } from './project.mjs';

await dataSource.setOptions({ migrations: [] }).initialize();
await measured(async () => {
  await createRunner(dataSource, migrations).upgrade();
});
await dataSource.destroy();
