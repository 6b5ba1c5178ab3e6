import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { cancelStatement, type ClientSession } from '../database/cancel-statement.ts';

interface Session extends ClientSession {
  readonly connection?: { readonly stream?: { destroy(): void } };
}

/** How long a cancelled statement is given to roll back by itself. */
const GRACE = 1_000;

/**
 * Ends the work of every open session: cancels what runs, and hangs up on whoever has not ended by then. The server rolls
 * back a session that is hung up on, and releases its locks, but looks for that only between statements: hence both.
 */
export async function abandonConnections(dataSource: DataSource): Promise<void> {
  const { connectedQueryRunners = [] } = dataSource.driver as { connectedQueryRunners?: readonly QueryRunner[] };
  const sessions: Session[] = await Promise.all(connectedQueryRunners.map(runner => runner.connect()));
  for (const session of sessions) cancelStatement(session);
  await pause(GRACE, undefined, { ref: false });
  for (const session of sessions) session.connection?.stream?.destroy();
}
