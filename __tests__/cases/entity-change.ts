import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { autogenerate } from '../../codegen/autogenerate.ts';
import { renderRevision } from '../../codegen/render.ts';
import type { Renames } from '../../src/compare/renames.ts';
import type { MigrationsConfig } from '../../src/config.ts';
import { createRunner } from '../../src/runner/create-runner.ts';
import { silent } from '../../src/runner/logger.ts';
import { catalogFingerprint, moduleFrom, withDatabase, type TestDatabase } from '../support/index.ts';

/** A change of entities over tables with rows, as the data of this folder describes it. */
export interface EntityChange {
  readonly id: string;
  readonly category: string;
  readonly title: string;
  readonly kind: 'change' | 'noop' | 'drift';
  readonly inherentLoss: boolean;
  readonly expectUpFail: string | null;
  readonly setup: string | null;
  readonly initial: 'migration' | 'sync';
  readonly probe: string | null;
  readonly before: string;
  readonly after: string;
  readonly seed: string;
  readonly check: string;
}

/** What became of a change; a message where something failed. */
export interface Verdict {
  readonly upgrade: true | string;
  readonly rowsKept: boolean;
  /** Where rows were lost, the file says so. */
  readonly lossAnnounced: boolean;
  readonly secondRunEmpty: boolean;
  readonly equalsFresh: boolean;
  readonly downgradeExact: boolean;
  readonly source: string;
}

/** Carry a change out on a database of its own: generate, apply, look at the rows, generate again, go back. */
export async function tryChange(change: EntityChange, renames: Renames = {}): Promise<Verdict> {
  const directory = await mkdtemp(join(tmpdir(), 'entity-change-'));
  try {
    return await withDatabase(database => carryOut(change, renames, database, directory), { template: 'extensions' });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function carryOut(
  change: EntityChange,
  renames: Renames,
  database: TestDatabase,
  directory: string,
): Promise<Verdict> {
  if (change.setup) await database.query(change.setup);
  const before = await initialized(change.before, database);
  if (change.initial === 'sync') await before.synchronize();
  else await migrate(before, directory);
  await database.query(change.seed);
  await createRunner(before, config, { directory, logger: silent }).ensureVersionTable();
  const [rows, dump] = [await answer(database, change.check), await catalogFingerprint(database)];
  const after = await initialized(change.after, database);
  const source = await attempt(() => migrate(after, directory, renames));
  if (typeof source !== 'object') return failed(String(source), (await answer(database, change.check)) === rows);
  const rowsAfter = await answer(database, change.check);
  if (change.probe) await database.query(change.probe);
  const second = await attempt(() =>
    autogenerate(after, { message: 'again', config, directory, renames, logger: silent }),
  );
  const equalsFresh = await isAsFresh(change, database);
  if (source.text !== '')
    await attempt(() => createRunner(after, config, { directory, logger: silent }).downgrade('-1'));
  return {
    upgrade: true,
    rowsKept: rowsAfter === rows,
    lossAnnounced: /(Deletes|May change) data/i.test(source.text),
    secondRunEmpty: second === undefined,
    equalsFresh,
    downgradeExact: (await catalogFingerprint(database)) === dump,
    source: source.text,
  };
}

const failed = (message: string, rowsKept: boolean): Verdict => ({
  upgrade: message,
  rowsKept,
  lossAnnounced: false,
  secondRunEmpty: false,
  equalsFresh: false,
  downgradeExact: false,
  source: '',
});

const config: MigrationsConfig = { versionLocations: ['migrations'] };

/** Initialized as in an application: all that is done with it shares its connections. */
function initialized(source: string, database: Pick<TestDatabase, 'dataSource'>): Promise<DataSource> {
  const { __options, ...exported } = moduleFrom(source) as { __options?: object } & Record<string, unknown>;
  const entities = Object.values(exported).filter(each => typeof each === 'function') as (new () => unknown)[];
  return database.dataSource({ entities, installExtensions: false, ...__options }).initialize();
}

async function migrate(dataSource: DataSource, directory: string, renames: Renames = {}): Promise<{ text: string }> {
  const script = await autogenerate(dataSource, { message: 'change', config, directory, renames, logger: silent });
  if (!script) return { text: '' };
  const text = renderRevision(script, 'esm');
  await mkdir(join(directory, 'migrations'), { recursive: true });
  await writeFile(join(directory, 'migrations', `${script.revision}.mjs`), text);
  await createRunner(dataSource, config, { directory, logger: silent }).upgrade();
  return { text };
}

async function attempt<Result>(work: () => Promise<Result>): Promise<Result | string> {
  try {
    return await work();
  } catch (error) {
    return error instanceof Error ? `${error.message}` : String(error);
  }
}

async function answer(database: Pick<TestDatabase, 'query'>, sql: string): Promise<string> {
  const rows = await attempt(() => database.query(sql));
  return typeof rows === 'string' ? rows : JSON.stringify(rows.map(row => JSON.stringify(row)).sort());
}

/** The migrated database beside one that was built from the new entities alone; where nothing changed, it is one already. */
async function isAsFresh(change: EntityChange, migrated: TestDatabase): Promise<boolean> {
  if (change.kind !== 'change') return true;
  const directory = await mkdtemp(join(tmpdir(), 'entity-change-fresh-'));
  try {
    return await withDatabase(
      async fresh => {
        if (change.setup) await fresh.query(change.setup);
        await migrate(await initialized(change.after, fresh), directory);
        return (await catalogFingerprint(fresh)) === (await catalogFingerprint(migrated));
      },
      { template: 'extensions' },
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
