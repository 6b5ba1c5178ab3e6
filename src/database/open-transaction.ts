import type { QueryRunner } from 'typeorm';
import { MigrationError } from '../errors.ts';

/** A connection that the pool gave is inside a transaction that is not this library's. */
export class OpenTransactionError extends MigrationError {
  override readonly name = 'OpenTransactionError';

  constructor() {
    super(
      "A connection of the DataSource's pool is inside a transaction that the application began and did not end: what it " +
        'has written would be committed with a migration; look for a BEGIN after which the query runner or client is ' +
        'released without COMMIT or ROLLBACK.',
    );
  }
}

interface Client {
  /** `I` (idle), `T` (in a transaction) or `E` (in one that has failed); null before the first answer. Not in old versions of `pg`. */
  getTransactionStatus?(): string | null;
}

/** @throws OpenTransactionError */
export async function assertIdle(queryRunner: QueryRunner): Promise<void> {
  const client: Client = await queryRunner.connect();
  if (['T', 'E'].includes(client.getTransactionStatus?.() ?? '')) throw new OpenTransactionError();
}
