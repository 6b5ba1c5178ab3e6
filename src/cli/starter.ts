import { javascriptLayouts } from './javascript-starter.ts';
import { directoryNote, type EntityPlace, type Layout } from './starter-layout.ts';

/** What `init` writes into a project, by path. */
export interface Starter {
  /** The file that exports the DataSource. */
  readonly config: string;
  readonly entities: EntityPlace;
  /** The file with the example of an entity. */
  readonly example: string;
  readonly files: Readonly<Record<string, string>>;
}

export const templates = ['cjs', 'esm', 'nest'] as const;

export type Template = (typeof templates)[number];

export const languages = ['typescript', 'javascript'] as const;

export type Language = (typeof languages)[number];

export interface StarterOptions {
  readonly template: Template;
  /** NestJS is TypeScript in any case. */
  readonly language: Language;
  /** The folder for revisions, as the configuration shall say it. */
  readonly versionLocation: string;
  /** Whether a NestJS project's files are ES modules; the other templates say so themselves. */
  readonly isModule?: boolean;
}

/** The files a project begins with. */
export function starterFor({ template, language, versionLocation, isModule = false }: StarterOptions): Starter {
  const { config, entities, entity, example, source, tsconfig } = layoutOf(template, language, isModule);
  return {
    config,
    entities,
    example: entity,
    files: {
      [config]: source(JSON.stringify(versionLocation).replaceAll('"', "'")),
      [entity]: example,
      ...(tsconfig !== undefined && { 'tsconfig.json': tsconfig }),
    },
  };
}

function layoutOf(template: Template, language: Language, isModule: boolean): Layout {
  if (template === 'nest' && isModule)
    return { ...nestLayout('import.meta.dirname'), example: exampleEntity, tsconfig: nestModuleTsconfig };
  if (language === 'javascript' && template !== 'nest') return javascriptLayouts[template];
  return { ...layouts[template], example: exampleEntity, tsconfig: tsconfigs[template] };
}

type Directory = '__dirname' | 'import.meta.dirname';

const plainLayout = (directory: Directory): Omit<Layout, 'example'> => ({
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
  entities: [join(${directory}, 'entities/*.{ts,js}')],
});
${migrations(versionLocation, directory)}`,
});

const nestLayout = (directory: Directory): Omit<Layout, 'example'> => ({
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
  entities: [join(${directory}, '**/*.entity.{ts,js}')],
  synchronize: false,
};

export default new DataSource(dataSourceOptions);
${migrations(versionLocation, directory)}`,
});

const layouts: Readonly<Record<Template, Omit<Layout, 'example'>>> = {
  cjs: plainLayout('__dirname'),
  esm: plainLayout('import.meta.dirname'),
  nest: nestLayout('__dirname'),
};

const migrations = (versionLocation: string, directory: Directory): string => `
/** The editor shows every key and its default. */
export const migrations = defineConfig({
  ${directoryNote}
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

const nestModuleTsconfig = tsconfigOf({ module: 'nodenext', rootDir: 'src', outDir: 'dist' });
