import type { DataSource, QueryRunner } from 'typeorm';
import { declarationsOf } from '../metadata/entity-metadata.ts';
import { describeMigration, migrationNamed, type TypeormMigration } from '../metadata/migrations.ts';
import { OfflineError } from '../operations/offline-error.ts';
import type { StatementSink } from '../operations/operations.ts';
import { rawStatement } from '../operations/raw-sql.ts';
import type {
  FoundMigration,
  MigrationDirection,
  MigrationReference,
  MigrationTarget,
} from '../operations/run-migration.ts';
import { type Interceptor, migrationQueryRunner } from './migration-query-runner.ts';
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
  await instance[direction](migrationQueryRunner(queryRunner, { inTransaction, metadata, intercept }));
}

/** The migration that is meant. Throws UnknownMigrationError. */
export const findMigration = async (
  dataSource: DataSource,
  reference: MigrationReference,
): Promise<TypeormMigration> =>
  typeof reference === 'string'
    ? migrationNamed(dataSource, reference)
    : describeMigration(new reference(), dataSource);

/** Runs migrations on the connection of a run, each of their queries through `intercept`. */
export const migrationsIn = (
  { context: { dataSource }, connection }: Run,
  inTransaction: boolean,
  intercept: Interceptor,
): MigrationTarget => ({
  find: reference => findMigration(dataSource, reference),
  // What a run is connected by is one of TypeORM's query runners.
  run: (migration, direction) =>
    runMigration(migration, direction, {
      dataSource,
      queryRunner: connection as QueryRunner,
      inTransaction,
      intercept,
    }),
});

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
