import { hasMessage, saidBy } from '../errors.ts';

/** What `pg` says of a failure; TypeORM wraps it into an error of its own. */
export interface ServerError extends Error {
  /** SQLSTATE, or one of Node's codes where no server answered. */
  readonly code?: string;
  readonly severity?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** The calls that led to it, the innermost first. */
  readonly where?: string;
  /** The function of the server that raised it. */
  readonly routine?: string;
}

/** The error as PostgreSQL or Node gave it, out of TypeORM's wrapping. */
export function serverErrorOf(error: unknown): ServerError {
  const wrapped = (error as { driverError?: unknown } | null)?.driverError ?? error;
  // Not `instanceof`: test runners have an Error of their own, and Node throws its.
  return hasMessage(wrapped) ? (wrapped as ServerError) : new Error(saidBy(wrapped));
}

/** SQLSTATE, where the server refused. See https://www.postgresql.org/docs/current/errcodes-appendix.html */
export const sqlStateOf = (error: unknown): string | undefined => serverErrorOf(error).code;

/** A statement met other sessions: what it did is rolled back, and the same may succeed later. */
export const isBusy = (error: unknown): boolean => ['55P03', '40P01', '40001'].includes(sqlStateOf(error) ?? '');

/** The server will not do the statement in this database and as this role, however often it is asked. */
export const isRefusal = (error: unknown): boolean =>
  /^[0-9A-Z]{5}$/.test(sqlStateOf(error) ?? '') &&
  !isBusy(error) &&
  !isConnectionLoss(error) &&
  sqlStateOf(error) !== '57014';

/** What the server answered a statement: without one, it may have carried it out. */
export const isAnswer = (error: unknown): boolean =>
  /^[0-9A-Z]{5}$/.test(sqlStateOf(error) ?? '') && !isConnectionLoss(error);

/** The server has ended the session for being idle, by `idle_session_timeout`. */
export const wasIdle = (error: unknown): boolean =>
  sqlStateOf(error instanceof Error && error.cause ? error.cause : error) === '57P05';

/** A statement that runs outside a transaction only, or a procedure that commits: what it did is rolled back. */
export const isRefusedInTransaction = (error: unknown): boolean => ['25001', '2D000'].includes(sqlStateOf(error) ?? '');

/** No server answers just now, and one may again: it is being restarted, perhaps. */
export const isUnreachable = ({
  code = '',
  message,
}: {
  readonly code?: string | undefined;
  readonly message: string;
}): boolean =>
  /^(08...|57P0[123]|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/.test(code) ||
  /timeout|terminated unexpectedly/.test(message);

/**
 * The session is gone: ended by the server (an operator, a shutdown, a timeout for sessions), or by the network. TypeORM's
 * errors are told by their messages, as bundlers rename classes.
 */
export function isConnectionLoss(error: unknown): boolean {
  const { code = '', message, name, severity } = serverErrorOf(error);
  // What the server sends back for a wrong number of parameters, and a pooler for a session that it ends.
  if (code === '08P01') return severity === 'FATAL';
  return (
    name === 'ConnectionLostError' ||
    /^(08...|57P0[1235]|25P0[34]|ECONNRESET|EPIPE|ETIMEDOUT|ECONNABORTED)$/.test(code) ||
    /^(Connection terminated|Client has encountered a connection error|Client was closed|Query runner already released)/.test(
      message,
    )
  );
}
