import { connect } from 'node:net';

/** What `pg` knows of a session. */
export interface ClientSession {
  readonly host?: string;
  readonly port?: number;
  readonly processID?: number;
  readonly secretKey?: number;
  readonly connection?: { readonly stream?: { readonly bytesRead?: number; destroy(): void } };
}

/**
 * Asks the server to cancel what a session runs; its statement then fails. The server does not answer.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function cancelStatement({ host, port, processID, secretKey }: ClientSession): void {
  if (host === undefined || port === undefined || processID === undefined || secretKey === undefined) return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80877102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  // A request to cancel that cannot be sent is given up: the statement goes on.
  socket.on('error', () => {});
  socket.end(request);
}

/** Ends a connection from this side, without asking the server: what is being sent on it fails. */
export const hangUp = ({ connection }: ClientSession): void => connection?.stream?.destroy();
