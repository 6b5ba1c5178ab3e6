// Reads the history and works out the way from the base to its head, without a database.
import { createRunner } from 'typeorm-alembic';
import { dataSource, measured, migrations } from './project.mjs';

await measured(async () => {
  const { graph } = await createRunner(dataSource, migrations).revisions();
  return { steps: graph.upgradePath([], 'heads').length };
});
