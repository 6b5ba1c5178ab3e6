/** What `init` writes into a project, by path. */
export interface Starter {
  /** The file that exports the DataSource. */
  readonly config: string;
  readonly entities: EntityPlace;
  /** The file with the example of an entity. */
  readonly example: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Where entities are looked for: files below a folder with such names. */
export interface EntityPlace {
  readonly folder: string;
  readonly names: RegExp;
}

export const templates = ['cjs', 'esm', 'nest'] as const;

export type Template = (typeof templates)[number];

export interface StarterOptions {
  readonly template: Template;
  /** The folder for revisions, as the configuration shall say it. */
  readonly versionLocation: string;
}

/** The files a project begins with. */
export function starterFor({ template, versionLocation }: StarterOptions): Starter {
  const { config, entities, entity, source } = layouts[template];
  return {
    config,
    entities,
    example: entity,
    files: {
      [config]: source(JSON.stringify(versionLocation).replaceAll('"', "'")),
      [entity]: exampleEntity,
      'tsconfig.json': tsconfigs[template],
    },
  };
}

interface Layout {
  readonly config: string;
  readonly entities: EntityPlace;
  readonly entity: string;
  source(versionLocation: string): string;
}

const layouts: Readonly<Record<Template, Layout>> = {
  cjs: {
    config: 'ormconfig.ts',
    entities: { folder: 'entities', names: /\.[cm]?[jt]s$/ },
    entity: 'entities/customer.ts',
    source: versionLocation => `import 'reflect-metadata';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { defineConfig } from 'typeorm-alembic';

export default new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [join(__dirname, 'entities/*.{ts,js}')],
});
${migrations(versionLocation, '__dirname')}`,
  },
  esm: {
    config: 'ormconfig.ts',
    entities: { folder: 'entities', names: /\.[cm]?[jt]s$/ },
    entity: 'entities/customer.ts',
    source: versionLocation => `import 'reflect-metadata';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { defineConfig } from 'typeorm-alembic';

export default new DataSource({
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [join(import.meta.dirname, 'entities/*.{ts,js}')],
});
${migrations(versionLocation, 'import.meta.dirname')}`,
  },
  nest: {
    config: 'src/data-source.ts',
    entities: { folder: 'src', names: /\.entity\.[cm]?[jt]s$/ },
    entity: 'src/customers/customer.entity.ts',
    source: versionLocation => `import 'reflect-metadata';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { defineConfig } from 'typeorm-alembic';

/** For \`TypeOrmModule.forRoot(dataSourceOptions)\`, too. */
export const dataSourceOptions: DataSourceOptions = {
  type: 'postgres',
  url: process.env.DATABASE_URL,
  entities: [join(__dirname, '**/*.entity.{ts,js}')],
  synchronize: false,
};

export default new DataSource(dataSourceOptions);
${migrations(versionLocation, '__dirname')}`,
  },
};

const migrations = (versionLocation: string, directory: '__dirname' | 'import.meta.dirname'): string => `
/** The editor shows every key and its default. */
export const migrations = defineConfig({
  // Relative paths are relative to this folder, also where the application was compiled to another one.
  directory: ${directory},
  versionLocations: [${versionLocation}],
});
`;

const exampleEntity = `import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** An example to begin with: change it, or delete it. */
@Entity()
export class Customer {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  @Column({ type: 'text', unique: true })
  email!: string;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt!: Date;
}
`;

/** Decorators and their metadata are TypeScript's own, older ones: https://typeorm.io/docs/getting-started#installation */
const tsconfigOf = (options: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify(
    {
      compilerOptions: {
        target: 'es2022',
        ...options,
        strict: true,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        skipLibCheck: true,
        types: ['node'],
      },
    },
    undefined,
    2,
  )}\n`;

const tsconfigs: Readonly<Record<Template, string>> = {
  cjs: tsconfigOf({ module: 'nodenext', outDir: 'dist' }),
  esm: tsconfigOf({ module: 'nodenext', outDir: 'dist' }),
  nest: tsconfigOf({ module: 'commonjs', rootDir: 'src', outDir: 'dist' }),
};
