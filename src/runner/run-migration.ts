import type { DataSource, QueryRunner } from 'typeorm';
import { assertNotPassedOver } from '../database/access.ts';
import type { Connection } from '../database/connection.ts';
import { assertTrusted, factsOf, refuseUntrusted, rowsOf } from '../database/trusted-tables.ts';
import { withLimit } from '../database/watch.ts';
import { MigrationError } from '../errors.ts';
import { declarationsOf } from '../metadata/entity-metadata.ts';
import { describeMigration, metadataTableOf, migrationNamed, type TypeormMigration } from '../metadata/migrations.ts';
import { OfflineError } from '../operations/offline-error.ts';
import { rawStatement } from '../operations/raw-sql.ts';
import type {
  FoundMigration,
  MigrationDirection,
  MigrationReference,
  MigrationTarget,
  StatementSink,
} from '../operations/target.ts';
import { quoteText } from '../sql/literal.ts';
import { quoteName } from '../sql/name.ts';
import { type Interceptor, migrationQueryRunner } from './migration-query-runner.ts';
import { OperationQueue } from './operation-queue.ts';
import type { Run } from './run.ts';

export interface MigrationRun {
  readonly dataSource: DataSource;
  readonly queryRunner: QueryRunner;
  readonly inTransaction: boolean;
  readonly intercept: Interceptor;
}

/** Runs a function of a migration. Throws what it throws, and EntityError where the entities it may use cannot be loaded. */
export async function runMigration(
  migration: FoundMigration,
  direction: MigrationDirection,
  { dataSource, queryRunner, inTransaction, intercept }: MigrationRun,
): Promise<void> {
  const { dataSource: metadata } = await declarationsOf(dataSource);
  const { instance } = migration as TypeormMigration;
  const given = migrationQueryRunner(queryRunner, { inTransaction, metadata, intercept });
  const queue = new OperationQueue({ object: 'queryRunner', work: `${direction}() of ${migration.name}` });
  Object.defineProperties(given, Object.getOwnPropertyDescriptors(queue.wrap({ query: given.query })));
  // TypeORM itself lets a migration leave its queries unawaited.
  await queue.runPatiently(() => instance[direction](given));
}

/** The migration that is meant. Throws UnknownMigrationError. */
export const findMigration = async (
  dataSource: DataSource,
  reference: MigrationReference,
): Promise<TypeormMigration> =>
  typeof reference === 'string'
    ? migrationNamed(dataSource, reference)
    : describeMigration(new reference(), dataSource);

/** TypeORM has run a migration in this database itself, and the version table does not say so. */
export class MigrationRanAlreadyError extends MigrationError {
  override readonly name = 'MigrationRanAlreadyError';
  readonly migration: string;

  constructor(migration: string) {
    super(
      `TypeORM has run ${migration} in this database already, and it is not run again: tell the version table of what TypeORM did with \`typeorm-alembic adopt --stamp\``,
    );
    this.migration = migration;
  }
}

/** Runs migrations on the connection of a run, each of their queries through `intercept`. */
export const migrationsIn = (
  { context: { dataSource }, connection }: Run,
  inTransaction: boolean,
  intercept: Interceptor,
): MigrationTarget => ({
  find: reference => findMigration(dataSource, reference),
  async run(migration, direction) {
    await withLimit(connection, async () => {
      await refuseUntrusted(connection, migration.table, metadataTableOf(dataSource));
      if (!(await isRemembered(connection, migration)) || direction === 'down') return;
      throw new MigrationRanAlreadyError(migration.name);
    });
    // What a run is connected by is one of TypeORM's query runners.
    const queryRunner = connection as QueryRunner;
    await runMigration(migration, direction, { dataSource, queryRunner, inTransaction, intercept });
  },
});

/**
 * Whether TypeORM's table has the migration; false where there is no such table.
 * @throws AccessDeniedError where there is one that this role does not see
 */
async function isRemembered(connection: Connection, { name, table }: FoundMigration): Promise<boolean> {
  const [found] = await connection.query(
    `SELECT pg_catalog.to_regclass(${quoteText(quoteName(table))}) IS NOT NULL AS there`,
  );
  if (!found.there) {
    await assertNotPassedOver(connection, table);
    return false;
  }
  const [{ facts, isRun }] = await connection.query(
    `SELECT ${factsOf(table)} AS facts, EXISTS (SELECT FROM ${rowsOf(table)} WHERE "name" OPERATOR(pg_catalog.=) ${quoteText(name)}) AS "isRun"`,
  );
  await assertTrusted(connection, facts);
  return isRun;
}

/**
 * Writes down what migrations send instead of sending it. What a query would answer is not known: a migration that looks at
 * it needs a database.
 */
export const recordedMigrations = (
  dataSource: DataSource,
  sink: StatementSink,
  inTransaction: boolean,
): MigrationTarget => ({
  find: reference => findMigration(dataSource, reference),
  async run(migration, direction) {
    let refusal: OfflineError | undefined;
    const refuse = (): never => {
      const method = direction === 'up' ? 'runMigration' : 'revertMigration';
      throw (refusal ??= new OfflineError(`${method}('${migration.name}')`));
    };
    const intercept: Interceptor = async (sql, parameters) => {
      await sink(rawStatement(sql, parameters));
      return unknownRows(refuse);
    };
    const queryRunner = dataSource.createQueryRunner();
    await runMigration(migration, direction, { dataSource, queryRunner, inTransaction, intercept });
    // A migration that catches errors may have caught this one.
    if (refusal) throw refusal;
  },
});

/** Rows that may be waited for, and not be looked at. */
const unknownRows = (refuse: () => never): unknown =>
  new Proxy([], {
    get: (_, key) => (key === 'then' ? undefined : refuse()),
    has: refuse,
    ownKeys: refuse,
    getOwnPropertyDescriptor: refuse,
  });
