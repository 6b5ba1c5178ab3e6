import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';

/** What `pg` knows of a session. */
interface Session {
  readonly host?: string;
  readonly port?: number;
  readonly processID?: number;
  readonly secretKey?: number;
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

/** https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS */
function cancelStatement({ host, port, processID, secretKey }: Session): void {
  if (host === undefined || port === undefined || processID === undefined || secretKey === undefined) return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80877102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  // Where no cancelling is to be had, hanging up remains.
  socket.on('error', () => {});
  socket.end(request);
}
