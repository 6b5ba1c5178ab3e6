import { setTimeout } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { MigrationError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { hasSecondSession, openSecondSession } from './second-session.ts';
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

/** Whether a connection pooler lends the server's session to other clients could not be found out: it let no second client in. */
export class UnverifiedSessionError extends MigrationError {
  override readonly name = 'UnverifiedSessionError';

  constructor(cause?: unknown) {
    super(
      'The connection leads through a pooler, and whether that shares server sessions between clients could not be determined, ' +
        'as it served no second client: run again when it has a connection left, or connect migrations to PostgreSQL directly.',
      cause === undefined ? {} : { cause: serverErrorOf(cause) },
    );
  }
}

/** PgBouncer's answer to BEGIN where even a transaction is more than a client has a session for. */
export const isStatementPooling = (error: unknown): boolean =>
  /not allowed in statement pooling mode/.test(serverErrorOf(error).message);

const ROUNDS = 4;
/** How often this connection is answered, and milliseconds between, while a second client waits. */
const ANSWERS = 8;
const PAUSE = 100;
/** Milliseconds that a second client may take to connect, and for each answer. */
const PATIENCE = 30_000;

/**
 * Makes sure that the server's session is this connection's alone. A pooler shows itself by the process id it greets its
 * clients with, which is not the server's. To find out whether it shares sessions, two connections ask
 * for that id in turn: in session mode each keeps one of its own.
 * @throws SharedSessionError, UnverifiedSessionError
 */
export async function refuseSharedSession(connection: Connection, dataSource: DataSource): Promise<void> {
  if (!hasSecondSession(dataSource)) return;
  const own = await readProcessId(connection);
  if (own === (await greetedProcessId(connection))) return;
  const second = await openSecondSession(dataSource, PATIENCE);
  if (!second) throw new UnverifiedSessionError();
  try {
    if (!(await keepsSession({ connection, own, second }))) throw new SharedSessionError();
  } finally {
    await second.close();
  }
}

interface Compared {
  readonly connection: Connection;
  readonly own: number;
  readonly second: Connection;
}

/**
 * A second client that has asked waits where the pool has no session for it. A pooler that shares sessions would let this
 * connection wait behind it; where this one is answered all the same, it has a session of its own.
 */
async function keepsSession({ connection, own, second }: Compared): Promise<boolean> {
  const asked = askSecond(second);
  let other: number | undefined;
  const noted = asked.then(id => void (other = id));
  noted.catch(() => {});
  for (let answer = 0; answer < ANSWERS && other === undefined; answer++) {
    await Promise.race([setTimeout(PAUSE), noted]);
    if (own !== (await readProcessId(connection))) return false;
  }
  if (other === undefined) return true;
  for (let round = 0; round < ROUNDS; round++) {
    const isKept = own === (await readProcessId(connection)) && other === (await askSecond(second));
    if (!isKept || own === other) return false;
  }
  return true;
}

const askSecond = (second: Connection): Promise<number> =>
  readProcessId(second).catch((error: unknown) => {
    throw new UnverifiedSessionError(error);
  });

async function readProcessId(connection: Connection): Promise<number> {
  const [row] = await connection.query('SELECT pg_catalog.pg_backend_pid() AS id');
  return row.id;
}

/** Undefined where the driver does not tell. */
async function greetedProcessId(connection: Connection): Promise<number | undefined> {
  const { connect } = connection as Partial<QueryRunner>;
  return (await connect?.call(connection))?.processID;
}
