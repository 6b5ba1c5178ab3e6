import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MigrationsConfig, Renames } from 'typeorm-alembic';
import { createRunner, silent, type Runner } from 'typeorm-alembic';
import { autogenerate, renderRevision } from 'typeorm-alembic/codegen';
import { catalogFingerprint, withDatabase, type TestDatabase } from '../support/index.ts';
import { entitiesFrom } from '../support/entities-from.ts';

export const imports = `import { Check, Column, Entity, Generated, Index, JoinColumn, JoinTable, ManyToMany, ManyToOne, OneToMany, OneToOne, PrimaryColumn,
  Exclusion, PrimaryGeneratedColumn, Unique, ViewColumn, ViewEntity, type Relation } from 'typeorm';\n`;

/** A project that migrates from one set of entities to another, with objects in the database that are not its own. */
export interface Evolution {
  readonly before: string;
  readonly after: string;
  /** The upgrade of a revision by hand between the two. */
  readonly byHand?: string;
  /** SQL run before the first revision. */
  readonly prepare?: string;
  /** SQL of somebody else, run between the two revisions. */
  readonly others?: string;
  readonly renames?: Renames;
  /** The configuration of both revisions. */
  readonly config?: MigrationsConfig;
  /** The settings of all sessions of the project: `-c search_path=…`. */
  readonly settings?: string;
  /** For what no plan shows: the last `check` may make temporary tables. */
  readonly probes?: boolean;
}

export interface Evolved {
  readonly database: TestDatabase;
  /** Where the revision files are. */
  readonly directory: string;
  readonly runner: Runner;
  /** The source of the second revision; undefined where nothing differed. */
  readonly source: string | undefined;
  /** Catalog fingerprints before the second upgrade, after it, and after its downgrade. */
  readonly start: string;
  readonly end: string;
  readonly back: string;
  /** What `check` finds after the upgrade, with the entities unchanged, in a session that may not write, unless `probes`. */
  readonly again: readonly unknown[];
}

/**
 * Generates, applies and takes back the second revision, each file rendered and loaded as a project would.
 * @param read is given the second revision's source before it runs
 */
export async function evolve(
  {
    before,
    after,
    byHand,
    prepare = '',
    others = '',
    renames = {},
    config = {},
    settings = '',
    probes = false,
  }: Evolution,
  examine: (evolved: Evolved) => Promise<void> | void,
  read: (source: string | undefined) => void = () => {},
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'evolution-'));
  await mkdir(join(directory, 'migrations'));
  await withDatabase(async database => {
    const entities = [before, after].map(source => [...entitiesFrom(imports + source)] as never[]);
    const readOnly = { entities: entities[1]!, extra: { options: `-c default_transaction_read_only=on ${settings}` } };
    // Initialized as in an application: all that is done shares their connections.
    const dataSources = await Promise.all(
      [...entities.map(each => ({ entities: each, extra: { options: settings } })), readOnly].map(each =>
        database.dataSource({ ...each, installExtensions: false }).initialize(),
      ),
    );
    const write = async (at: 0 | 1) => {
      const script = await autogenerate(dataSources[at]!, {
        message: `revision ${at}`,
        revision: `000${at}`,
        directory,
        logger: silent,
        config,
        ...(at === 1 && { renames }),
      });
      const source = script && renderRevision(script, 'esm');
      if (source) await writeFile(join(directory, 'migrations', `000${at}.mjs`), source);
      return source;
    };
    const [first, runner, reader] = dataSources.map(each =>
      createRunner(each, config, { directory, logger: silent }),
    ) as [Runner, Runner, Runner];
    await database.query(prepare);
    await write(0);
    if (byHand !== undefined) await writeFile(join(directory, 'migrations', 'hand.mjs'), revisionByHand(byHand));
    await first.upgrade();
    await database.query(others);
    const fingerprint = () => catalogFingerprint(database);
    const start = await fingerprint();
    const source = await write(1);
    read(source);
    await runner.upgrade();
    const end = await fingerprint();
    const { operations: again } = await (probes ? runner : reader).check();
    if (source) await runner.downgrade('-1');
    const back = await fingerprint();
    await examine({ database, directory, runner, source, start, end, back, again });
  });
  await rm(directory, { recursive: true, force: true });
}

const revisionByHand = (upgrade: string): string =>
  `export const revision = 'hand';\nexport const downRevision = '0000';\n` +
  `export async function upgrade(op) { ${upgrade} }\nexport async function downgrade() {}\n`;

/** The same text for a column of type varchar and of type text. */
export const withoutStringTypes = (lines: readonly string[]): readonly string[] =>
  lines.map(line =>
    line
      .replace(/character varying/g, 'text')
      .replace(/\((old\.|new\.)?state\)::text/g, '$1state')
      .replace(/\(\(?(\S+ IS DISTINCT FROM \S+?)\)?\)/g, '($1)'),
  );

/** The lines of a fingerprint that are about something. */
export const linesAbout = (fingerprint: string, about: RegExp): readonly string[] =>
  fingerprint.split('\n').filter(line => about.test(line));
