import type { DataSource, QueryRunner } from 'typeorm';
import { MigrationError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { openSecondSession } from './second-session.ts';
import { serverErrorOf } from './server-error.ts';

/** A connection pooler lends the server's session to other clients between two statements, or two transactions. */
export class SharedSessionError extends MigrationError {
  override readonly name = 'SharedSessionError';

  constructor(cause?: unknown) {
    super(
      'The connection leads through a pooler that shares server sessions between clients, where the migration lock protects ' +
        'nothing: set pool_mode = session for this database or user in PgBouncer (other poolers have a port or a setting for ' +
        'session mode), or connect migrations to PostgreSQL directly.',
      cause === undefined ? {} : { cause: serverErrorOf(cause) },
    );
  }
}

/** PgBouncer's answer to BEGIN where even a transaction is more than a client has a session for. */
export const isStatementPooling = (error: unknown): boolean =>
  /not allowed in statement pooling mode/.test(serverErrorOf(error).message);

const ROUNDS = 4;

/**
 * Makes sure that the server's session is this connection's alone. A pooler shows itself by the process id it greets its
 * clients with, which is not the server's. Whether it shares sessions is told by asking for that id on two connections in
 * turn: in session mode each keeps one of its own.
 * @throws SharedSessionError
 */
export async function refuseSharedSession(connection: Connection, dataSource: DataSource): Promise<void> {
  const own = await readProcessId(connection);
  if (own === (await greetedProcessId(connection))) return;
  const second = await openSecondSession(dataSource);
  if (!second) return;
  try {
    const other = await readProcessId(second);
    for (let round = 0; round < ROUNDS; round++) {
      const isKept = own === (await readProcessId(connection)) && other === (await readProcessId(second));
      if (!isKept || own === other) throw new SharedSessionError();
    }
  } catch (error) {
    // A pool without a session for a second client does not share the first one's.
    if (error instanceof SharedSessionError) throw error;
  } finally {
    await second.close();
  }
}

async function readProcessId(connection: Connection): Promise<number> {
  const [row] = await connection.query('SELECT pg_catalog.pg_backend_pid() AS id');
  return row.id;
}

/** Undefined where the driver does not tell. */
async function greetedProcessId(connection: Connection): Promise<number | undefined> {
  const { connect } = connection as Partial<QueryRunner>;
  return (await connect?.call(connection))?.processID;
}
