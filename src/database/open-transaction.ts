import type { DataSource, QueryRunner } from 'typeorm';
import { MigrationError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { hasSecondSession } from './second-session.ts';
import { isInTransaction } from './settings.ts';

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
  /** `I` (idle), `T` (in a transaction) or `E` (in one that has failed); null before the first answer. Since `pg` 8.21. */
  getTransactionStatus?(): string | null;
}

const telling = new WeakSet<Connection>();

/** Asks nothing. @throws OpenTransactionError */
export async function assertIdle(queryRunner: QueryRunner): Promise<void> {
  const client: Client = await queryRunner.connect();
  if (!client.getTransactionStatus) return;
  telling.add(queryRunner);
  if (['T', 'E'].includes(client.getTransactionStatus() ?? '')) throw new OpenTransactionError();
}

/** The same before anything is written: asks the server where the client does not tell. @throws OpenTransactionError */
export async function refuseOpenTransaction(connection: Connection, dataSource: DataSource): Promise<void> {
  if (telling.has(connection) || !hasSecondSession(dataSource)) return;
  if (await isInTransaction(connection)) throw new OpenTransactionError();
}
