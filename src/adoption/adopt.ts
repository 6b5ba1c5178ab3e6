import type { AnyRevisionScript } from '../../codegen/revision-script.ts';
import type { Connection } from '../database/connection.ts';
import { currentSchema } from '../database/introspect.ts';
import { readUnmanagedObjects } from '../database/unmanaged-objects.ts';
import { readHeads } from '../database/version-table.ts';
import { MigrationError } from '../errors.ts';
import { migrationsOf, migrationsTableOf, type TypeormMigration } from '../metadata/migrations.ts';
import { targetSchema } from '../metadata/target-schema.ts';
import type { Operation } from '../objects/kinds.ts';
import { RevisionGraph } from '../revisions/graph.ts';
import type { RunnerContext } from '../runner/context.ts';
import { warnOfOthers } from '../runner/migrate.ts';
import type { StampResult } from '../runner/runner.ts';
import { connected } from '../runner/patience.ts';
import { assertNotAhead, positionAt } from '../runner/position.ts';
import { stampFound } from '../runner/stamp.ts';
import { type AppliedMigrations, readAppliedMigrations } from './applied-migrations.ts';
import { draftBaseline, NoBaselineError } from './draft-baseline.ts';
import { draftChain } from './draft-chain.ts';
import { readRepresented, type Represented } from './represented-migrations.ts';
import { stampTargets } from './stamp-targets.ts';

/** There is nothing to adopt, or nothing was adopted. */
export class NothingToAdoptError extends MigrationError {
  override readonly name = 'NothingToAdoptError';
}

export interface AdoptionOptions {
  /** One revision that holds all that the database has, in place of one for each migration. */
  readonly baseline?: boolean;
  /** The message of the baseline. */
  readonly message?: string;
}

/** What adopting comes to, before anything is written. */
export interface Adoption {
  readonly scripts: readonly AnyRevisionScript[];
  /** What the version table of this database is to hold afterwards. */
  readonly heads: readonly string[];
}

/**
 * The revisions that take over from TypeORM's own migrations. Nothing is written.
 * @throws NothingToAdoptError, NoBaselineError, MigrationGapError, TypeormMigrationsError
 */
export async function draftAdoption(context: RunnerContext, options: AdoptionOptions = {}): Promise<Adoption> {
  const migrations = await migrationsOf(context.dataSource);
  const represented = readRepresented(context.files.values());
  return connected(context, async connection => {
    const applied = await readAppliedMigrations(connection, migrationsTableOf(context.dataSource));
    report(context, applied, migrations, represented);
    return options.baseline
      ? adoptAsBaseline(context, connection, { migrations, applied, message: options.message })
      : adoptOneByOne(context, connection, { migrations, applied, represented });
  });
}

/**
 * Stamps the database with what TypeORM has run there, as far as revisions stand for it. Runs nothing.
 * @throws NothingToAdoptError, MigrationGapError
 */
export async function stampAdopted(context: RunnerContext): Promise<StampResult> {
  const represented = readRepresented(context.files.values());
  if (represented.size === 0) {
    throw new NothingToAdoptError(
      "No revision stands for one of TypeORM's migrations: run `typeorm-alembic adopt` first, or, after a baseline without migrations, `typeorm-alembic stamp`.",
    );
  }
  return stampWith(context, represented, {
    baseline: [],
    onRead: applied => report(context, applied, [], represented),
  });
}

/**
 * The same for the database of a draft that is written by now, whose oddities were told with it.
 * @param baseline the revision that holds what this very database has, if there is one
 */
export const stampDrafted = (context: RunnerContext, baseline: readonly string[]): Promise<StampResult> =>
  stampWith(context, readRepresented(context.files.values()), { baseline, onRead: () => {} });

interface Stamping {
  readonly baseline: readonly string[];
  onRead(applied: AppliedMigrations): void;
}

/** Works out the heads while no other process migrates: one that did meanwhile has them where they are. */
const stampWith = (context: RunnerContext, represented: Represented, { baseline, onRead }: Stamping) =>
  stampFound(context, async (connection, before) => {
    const applied = await readAppliedMigrations(connection, migrationsTableOf(context.dataSource));
    onRead(applied);
    // The revisions that were there before a baseline are gone: it stands for what they did.
    if (baseline.length === 0) assertNotAhead(await positionAt(context, connection, before));
    const heads = [...before.filter(head => context.graph.has(head)), ...baseline];
    return stampTargets({ graph: context.graph, represented, applied: new Set(applied.names), heads });
  });

interface Found {
  readonly migrations: readonly TypeormMigration[];
  readonly applied: AppliedMigrations;
}

async function adoptOneByOne(
  context: RunnerContext,
  connection: Connection,
  { migrations, applied, represented }: Found & { readonly represented: Represented },
): Promise<Adoption> {
  if (migrations.length === 0) {
    throw new NothingToAdoptError(
      'The DataSource has no migrations in its option `migrations`: correct that, or adopt the database as it is with --baseline.',
    );
  }
  const known = new Set([...represented.values()].flat());
  const scripts = draftChain({
    graph: context.graph,
    migrations: migrations.filter(({ name }) => !known.has(name)),
    all: migrations,
    beforehand: await madeByConnecting(context),
  });
  const added = scripts.map(
    ({ revision, upgrade }) =>
      [revision, upgrade.flatMap(each => ('arguments' in each ? [String(each.arguments[0])] : []))] as const,
  );
  const heads = stampTargets({
    graph: new RevisionGraph([...context.graph.all(), ...scripts]),
    represented: new Map([...represented, ...added]),
    applied: new Set(applied.names),
    heads: await readHeads(connection, context.tables),
  });
  return { scripts, heads };
}

/** The extensions TypeORM creates when it connects: its migrations rely on them. */
async function madeByConnecting({ dataSource, config }: RunnerContext): Promise<readonly Operation[]> {
  const { installExtensions = true } = dataSource.options as { installExtensions?: boolean };
  if (!installExtensions) return [];
  const { extensions } = await targetSchema(dataSource, config.kinds ? { kinds: config.kinds } : {});
  return [...extensions.values()].map(({ name }) => ({ op: 'createExtension', name }));
}

async function adoptAsBaseline(
  context: RunnerContext,
  connection: Connection,
  { migrations, applied, message = 'baseline' }: Found & { readonly message: string | undefined },
): Promise<Adoption> {
  if (context.files.size > 0) {
    throw new NoBaselineError(
      `A baseline comes before all other revisions, and there are ${context.files.size}: move them out of the version location, or adopt without --baseline.`,
    );
  }
  const names = migrations.map(({ name }) => name);
  const pending = names.filter(name => !applied.names.includes(name));
  if (pending.length > 0) {
    throw new NoBaselineError(
      `This database is to be the baseline, but TypeORM has not run ${pending.join(', ')} there: run them first (\`typeorm migration:run\`), or adopt without --baseline.`,
    );
  }
  const { publications, ...operations } = await draftBaseline(context, connection);
  await reportUnmanaged(context, connection, publications);
  const { emptyRevision } = await import('../../codegen/autogenerate.ts');
  const replaces = names.length > 0 ? names : applied.names;
  const script = { ...emptyRevision(context, { message }), ...operations, replaces };
  return { scripts: [script], heads: [script.revision] };
}

async function reportUnmanaged(
  { logger }: RunnerContext,
  connection: Connection,
  publications: readonly string[],
): Promise<void> {
  const unmanaged = await readUnmanagedObjects(connection, await currentSchema(connection));
  const names = [...unmanaged.keys(), ...publications.map(name => `publication ${name}`)];
  if (names.length > 0) {
    logger.warn(`The baseline does not make ${names.join(', ')}: add what is needed, as op.execute('CREATE …')`);
  }
}

/** What is odd, and does not stand in the way. */
function report(
  context: RunnerContext,
  applied: AppliedMigrations,
  migrations: readonly TypeormMigration[],
  represented: Represented,
): void {
  const { logger } = context;
  warnOfOthers(context);
  const known = new Set([...migrations.map(({ name }) => name), ...[...represented.values()].flat()]);
  const gone = applied.names.filter(name => !known.has(name));
  if (gone.length > 0)
    logger.warn(
      `TypeORM ran migrations that are gone, so that a new database will lack what they did: ${gone.join(', ')}`,
    );
  if (applied.repeated.length > 0)
    logger.warn(
      `TypeORM's table has migrations more than once, which were perhaps run as often: ${applied.repeated.join(', ')}`,
    );
  if (applied.late.length > 0)
    logger.info(
      `TypeORM ran these after later ones, and a new database will run them in their order: ${applied.late.join(', ')}`,
    );
}
