import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DataSource, getMetadataArgsStorage, type NamingStrategyInterface } from 'typeorm';
import { entitiesFrom } from '../support/entities-from.ts';
import { createRunner, silent, type Renames, type Runner } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import type { EntitySet } from './entity-set.ts';
import { strategyOf } from './naming.ts';
import { printSet } from './print-set.ts';

/** The product as a project uses it: a folder of revision files, and entities that change. */
export interface Project {
  /** Writes the revision that autogenerate drafts: its source, or undefined where nothing differs. */
  write(url: string, entities: Entities, revision: string, renames?: Renames): Promise<string | undefined>;
  runner(url: string, entities: Entities): Promise<Runner>;
  /** A runner whose session may not write: all that an unchanged database needs. */
  reader(url: string, entities: Entities): Promise<Runner>;
}

/** The entities of a set, and what its DataSource is told beside them. */
export interface Entities {
  readonly entities: readonly unknown[];
  readonly schema?: string;
  readonly namingStrategy: NamingStrategyInterface;
}

export const entitiesOf = (set: EntitySet): Entities => ({
  entities: entitiesFrom(printSet(set)),
  ...(set.home !== undefined && { schema: set.home }),
  namingStrategy: strategyOf(set.naming),
});

/** Runs the work with an empty project in this directory, which is removed afterwards. */
export async function withProject<Result>(
  directory: string,
  work: (project: Project) => Promise<Result>,
): Promise<Result> {
  await mkdir(path.join(directory, 'migrations'), { recursive: true });
  const opened = new OpenDataSources();
  const runner = async (dataSource: Promise<DataSource>) =>
    createRunner(await dataSource, {}, { directory, logger: silent });
  try {
    return await work({
      async write(url, entities, revision, renames = {}) {
        const options = { message: revision, revision, directory, logger: silent, renames };
        const script = await autogenerate(await opened.get(url, entities), options);
        if (!script) return undefined;
        const source = renderRevision(script, 'esm');
        await writeFile(path.join(directory, 'migrations', `${revision}.mjs`), source);
        return source;
      },
      runner: (url, entities) => runner(opened.get(url, entities)),
      reader: (url, entities) => runner(opened.get(url, entities, READ_ONLY)),
    });
  } finally {
    await opened.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** Lets TypeORM forget the classes of former pairs, which would slow it down more and more. */
export function forgetEntities(): void {
  for (const list of Object.values(getMetadataArgsStorage())) if (Array.isArray(list)) list.length = 0;
}

/** Makes what the entities declare with TypeORM's own `synchronize()`. */
export async function synchronize(url: string, entities: Entities): Promise<void> {
  const dataSource = await dataSourceOf(url, entities).initialize();
  try {
    await dataSource.synchronize();
  } finally {
    await dataSource.destroy();
  }
}

const READ_ONLY = '-c default_transaction_read_only=on';

/** Initialized as in an application: what is done with the same entities and database shares its connections. */
class OpenDataSources {
  readonly #opened = new Map<string, Map<Entities, Promise<DataSource>>>();

  get(url: string, entities: Entities, options = ''): Promise<DataSource> {
    const key = `${url} ${options}`;
    const ofDatabase = this.#opened.get(key) ?? new Map<Entities, Promise<DataSource>>();
    const dataSource = ofDatabase.get(entities) ?? dataSourceOf(url, entities, options, false).initialize();
    this.#opened.set(key, ofDatabase.set(entities, dataSource));
    return dataSource;
  }

  async close(): Promise<void> {
    const all = [...this.#opened.values()].flatMap(each => [...each.values()]);
    await Promise.all(all.map(async each => (await each.catch(() => undefined))?.destroy()));
  }
}

/** Where TypeORM installs no extensions, the revisions do. */
const dataSourceOf = (
  url: string,
  { entities, ...more }: Entities,
  options = '',
  installExtensions = true,
): DataSource =>
  new DataSource({
    type: 'postgres',
    url,
    entities: [...entities] as never[],
    logging: false,
    installExtensions,
    ...more,
    extra: options === '' ? {} : { options },
  });
