// What an application does at its start to migrate with this library.
import { createRunner } from 'typeorm-alembic';
import { dataSource, measured, migrations } from './project.mjs';

await measured(async () => {
  await createRunner(dataSource, migrations).upgrade();
});
