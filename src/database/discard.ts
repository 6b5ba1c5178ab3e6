import type { QueryRunner } from 'typeorm';

/**
 * Releases a query runner and closes its connection instead of giving it back to the pool. Given back like any other, a dead
 * connection may be handed out once more before the pool has noticed.
 */
export async function discard(queryRunner: QueryRunner, error: unknown): Promise<void> {
  // TypeORM has a method for that, and none it would tell of: https://node-postgres.com/apis/pool#releasing-clients
  const { releasePostgresConnection } = queryRunner as {
    releasePostgresConnection?: (error: unknown) => Promise<void>;
  };
  await releasePostgresConnection?.call(queryRunner, error);
}
