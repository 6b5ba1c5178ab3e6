import { directoryNote, type Layout } from './starter-layout.ts';

/** What a project in JavaScript begins with: entities are schemas, since it has no decorators. */
export const javascriptLayouts: Readonly<Record<'cjs' | 'esm', Layout>> = {
  cjs: {
    config: 'ormconfig.js',
    entities: { folder: 'entities', names: /\.[cm]?js$/ },
    entity: 'entities/customer.js',
    source: versionLocation => `const { join } = require('node:path');
const { DataSource } = require('typeorm');
const { defineConfig } = require('typeorm-alembic');

const dataSource = new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [join(__dirname, 'entities/*.js')],
});

/** The documentation names every key and its default. */
const migrations = defineConfig({
  ${directoryNote}
  directory: __dirname,
  versionLocations: [${versionLocation}],
});

module.exports = { dataSource, migrations };
`,
    example: `const { EntitySchema } = require('typeorm');

${schema('const Customer')}
module.exports = { Customer };
`,
  },
  esm: {
    config: 'ormconfig.js',
    entities: { folder: 'entities', names: /\.[cm]?js$/ },
    entity: 'entities/customer.js',
    source: versionLocation => `import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { defineConfig } from 'typeorm-alembic';

export default new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [join(import.meta.dirname, 'entities/*.js')],
});

/** The documentation names every key and its default. */
export const migrations = defineConfig({
  ${directoryNote}
  directory: import.meta.dirname,
  versionLocations: [${versionLocation}],
});
`,
    example: `import { EntitySchema } from 'typeorm';

${schema('export const Customer')}`,
  },
};

function schema(declaration: string): string {
  return `/** An example to begin with: change it, or delete it. */
${declaration} = new EntitySchema({
  name: 'customer',
  columns: {
    id: { type: 'integer', primary: true, generated: 'identity' },
    email: { type: 'text', unique: true },
    createdAt: { type: 'timestamptz', default: () => 'now()' },
  },
});
`;
}
