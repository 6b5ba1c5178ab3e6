import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier, quoteName } from '../sql/name.ts';
import { statement, type Statement } from '../sql/statement.ts';
import { OfflineError } from './offline-error.ts';
import type { FoundMigration, MigrationDirection, MigrationReference, OperationTarget } from './target.ts';

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
      : `DELETE FROM ${quoteName(table)} WHERE ${quoteIdentifier('name')} OPERATOR(pg_catalog.=) ${quoteText(name)}`;
  return statement(
    `DO $migrations$ BEGIN IF pg_catalog.to_regclass(${quoteText(quoteName(table))}) IS NOT NULL THEN ${change}; END IF; END $migrations$`,
  );
}
