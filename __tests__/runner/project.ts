import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource, Logger as TypeormLogger } from 'typeorm';
import type { MigrationsConfig } from '../../src/config.ts';
import { createRunner } from '../../src/runner/create-runner.ts';
import type { Runner } from '../../src/runner/runner.ts';
import { type TestDatabase, type TestDataSourceOptions, withDatabase } from '../support/index.ts';

/** A revision of a test: what its functions do, as source. */
export interface TestRevision {
  readonly id: string;
  readonly down?: string | readonly string[] | null;
  readonly message?: string;
  readonly dependsOn?: readonly string[];
  readonly labels?: readonly string[];
  readonly replaces?: readonly string[];
  readonly transactional?: false;
  readonly upgrade?: string;
  readonly downgrade?: string;
}

/** A folder of revision files, removed after the test. */
export interface TestProject {
  readonly directory: string;
  /** Writes a revision's file, or writes it anew; a later one follows the one written before it, by default. */
  write(...revisions: readonly TestRevision[]): Promise<void>;
}

export async function withProject<Result>(work: (project: TestProject) => Promise<Result>): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), 'typeorm-alembic-project-'));
  let last: string | null = null;
  const write = async (...revisions: readonly TestRevision[]) => {
    for (const revision of revisions) {
      const down = revision.down === undefined ? last : revision.down;
      await writeFile(join(directory, `${revision.id}.mjs`), sourceOf({ ...revision, down }));
      last = revision.id;
    }
  };
  try {
    return await work({ directory, write });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const sourceOf = ({
  id,
  down,
  message,
  dependsOn,
  labels,
  replaces,
  transactional,
  upgrade = '',
  downgrade = '',
}: TestRevision) =>
  [
    `/**\n * ${message ?? `revision ${id}`}\n */`,
    `export const revision = ${JSON.stringify(id)};`,
    `export const downRevision = ${JSON.stringify(down)};`,
    `export const dependsOn = ${JSON.stringify(dependsOn ?? [])};`,
    `export const branchLabels = ${JSON.stringify(labels ?? [])};`,
    ...(replaces ? [`export const replaces = ${JSON.stringify(replaces)};`] : []),
    ...(transactional === false ? ['export const transactional = false;'] : []),
    `export async function upgrade(op) {\n${upgrade}\n}`,
    `export async function downgrade(op) {\n${downgrade}\n}`,
  ].join('\n');

export interface OpenRunner {
  readonly runner: Runner;
  readonly dataSource: DataSource;
  /** What was sent to the server, in order. */
  readonly queries: string[];
  /** What the runner said. */
  readonly said: string[];
}

interface Openable {
  dataSource(options?: TestDataSourceOptions): DataSource;
}

/** A runner that is listened to. */
export function openRunner(
  database: Openable,
  { directory }: TestProject,
  config: MigrationsConfig = {},
  options: TestDataSourceOptions = {},
): OpenRunner {
  const queries: string[] = [];
  const said: string[] = [];
  const dataSource = database.dataSource({ logger: listenTo(queries), ...options });
  const logger = {
    info: (line: string) => void said.push(line),
    warn: (line: string) => void said.push(`Warning: ${line}`),
  };
  const runner = createRunner(dataSource, { versionLocations: [directory], ...config }, { logger });
  return { runner, dataSource, queries, said };
}

/** A logger of TypeORM's. */
export function listenTo(queries: string[]): TypeormLogger {
  const nothing = () => {};
  return {
    logQuery: query => void queries.push(query),
    logQueryError: nothing,
    logQuerySlow: nothing,
    logSchemaBuild: nothing,
    logMigration: nothing,
    log: nothing,
  };
}

/** The error a promise ends in. */
export const rejection = async (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    result => {
      throw new Error(`Expected a rejection, but got ${JSON.stringify(result)}`);
    },
    error => error,
  );

/** A test with a database and a project of its own. */
export const onDatabase = (work: (database: TestDatabase, project: TestProject) => Promise<void>) => () =>
  withDatabase(database => withProject(project => work(database, project)));

/** A revision that makes a table of its own name. */
export const table = (id: string): TestRevision => ({
  id,
  message: `create ${id}`,
  upgrade: `await op.execute('CREATE TABLE ${id} (id int)');`,
  downgrade: `await op.execute('DROP TABLE ${id}');`,
});
