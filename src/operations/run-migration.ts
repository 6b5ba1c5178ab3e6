import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import { OfflineError } from './offline-error.ts';
import type { OperationTarget } from './operations.ts';

/** A class of TypeORM's own migrations. */
export type MigrationClass = new () => { up(queryRunner: any): Promise<any>; down(queryRunner: any): Promise<any> };

export type MigrationDirection = 'up' | 'down';

/** One of TypeORM's own migrations: by the name it goes by among the DataSource's `migrations`, or its class. */
export type MigrationReference = string | MigrationClass;

export interface MigrationOperations {
  /**
   * Run one of TypeORM's own migrations, as its `migration:run` would, on the connection and in the transaction of the
   * revision; where TypeORM's table of migrations is there, it is told.
   * @throws OfflineError in offline mode, where the migration looks at what the database answers.
   */
  runMigration(migration: MigrationReference): Promise<void>;
  /** Take back one of TypeORM's own migrations, as its `migration:revert` would. */
  revertMigration(migration: MigrationReference): Promise<void>;
}

/** A migration that was found, and the table TypeORM remembers it in. */
export interface FoundMigration {
  readonly name: string;
  readonly timestamp: number;
  readonly table: QualifiedName;
}

/** Whoever can carry out TypeORM's own migrations. */
export interface MigrationTarget {
  find(migration: MigrationReference): Promise<FoundMigration>;
  run(migration: FoundMigration, direction: MigrationDirection): Promise<void>;
}

export const migrationOperations = (target: OperationTarget): MigrationOperations => ({
  runMigration: migration => carryOut(target, migration, 'up'),
  revertMigration: migration => carryOut(target, migration, 'down'),
});

async function carryOut(
  { migrations, sink }: OperationTarget,
  reference: MigrationReference,
  direction: MigrationDirection,
): Promise<void> {
  if (!migrations) throw new OfflineError(direction === 'up' ? 'runMigration' : 'revertMigration');
  const migration = await migrations.find(reference);
  await migrations.run(migration, direction);
  await sink(remember(migration, direction));
}

/** Keeps TypeORM's table in step where there is one: applications that still run migrations as they start look there. */
function remember({ name, timestamp, table }: FoundMigration, direction: MigrationDirection): Statement {
  const change =
    direction === 'up'
      ? `INSERT INTO ${quoteName(table)} (${['timestamp', 'name'].map(quoteIdentifier).join(', ')}) VALUES (${timestamp}, ${quoteText(name)})`
      : `DELETE FROM ${quoteName(table)} WHERE ${quoteIdentifier('name')} = ${quoteText(name)}`;
  return statement(
    `DO $migrations$ BEGIN IF to_regclass(${quoteText(quoteName(table))}) IS NOT NULL THEN ${change}; END IF; END $migrations$`,
  );
}
