import { revisionId } from './setup.ts';

/** An application that migrates as it starts, and is started from elsewhere. */
export const application = (importing: string): string => `${importing}
createRunner(dataSource, migrations).upgrade().then(
  ({ heads }) => console.log(heads.join()),
  error => {
    console.error(error);
    process.exitCode = 1;
  },
);
`;

export const imports = `import { createRunner } from 'typeorm-alembic';
import dataSource, { migrations } from './ormconfig.js';`;

/** A bundle's: nothing is read from folders. */
export const bundled = (revision: string, driver: string): string => `import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { createRunner, defineConfig } from 'typeorm-alembic';
${driver}
import * as revision from '${revision}';
import { Customer } from './entities/customer.js';

const dataSource = new DataSource({ type: 'postgres', driver: pg, url: process.env.DATABASE_URL, entities: [Customer] });
const migrations = defineConfig({ revisions: [revision] });
${application('')}`;

/** A bundle that does read a folder: what it would run is printed, or why it cannot. */
export const readingBundle = (driver: string): string => `import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { createRunner } from 'typeorm-alembic';
${driver}

const dataSource = new DataSource({ type: 'postgres', driver: pg, url: process.env.DATABASE_URL, entities: [] });
createRunner(dataSource, { versionLocations: [process.env.PWD + '/../migrations'] })
  .sql('upgrade', 'heads')
  .then(script => console.log(script), error => console.log(error.message));
`;

/** What such a bundle prints where the compiler of a revision's TypeScript is left behind. */
export const namesModules = '`revisions: [[]...[]]` of the configuration, or compile them to JavaScript[.]$';

export const revisionFile = `./migrations/${revisionId}_create_customers`;

/** A test of the application's, for a runner that has \`test\` and \`expect\` as globals. */
export const testOfApplication = (importing: string): string => `${importing}
test('migrates', async () => {
  const runner = createRunner(dataSource, migrations);
  expect(await runner.upgrade()).toMatchObject({ heads: ['${revisionId}'] });
  expect(await runner.check()).toMatchObject({ isEmpty: true });
});
`;
