import type { DataSourceOptions } from 'typeorm';
import { MigrationError, saidBy } from '../errors.ts';
import { type ConnectionTarget, connectionTargetOf, describeDatabase } from './connection-target.ts';
import { type SentOnce, staysOf } from './sent-once.ts';
import { type ServerError, serverErrorOf } from './server-error.ts';

/** The database could not be connected to. Names the server and the user, never the password. */
export class ConnectionError extends MigrationError {
  override readonly name: string = 'ConnectionError';
  readonly target: ConnectionTarget;
  /** SQLSTATE or Node's error code. */
  readonly code: string | undefined;

  constructor(options: DataSourceOptions, cause: unknown) {
    const error = firstOf(serverErrorOf(cause));
    // Node's error for a malformed URL holds the URL, and that the password.
    const problem = error.code === 'ERR_INVALID_URL' ? 'the URL is malformed' : ((error.message || error.code) ?? '');
    super(
      `Could not connect to ${describeDatabase(options)} (${problem}): ${adviceOn(error)}.`,
      error.code === 'ERR_INVALID_URL' ? {} : { cause },
    );
    this.target = connectionTargetOf(options);
    this.code = error.code;
  }
}

/** Trying several addresses of a host gives an error that says nothing but holds one for each. */
function firstOf(error: ServerError): ServerError {
  const { errors } = error as { errors?: readonly unknown[] };
  return error.message === '' && errors && errors.length > 0 ? serverErrorOf(errors[0]) : error;
}

const advice: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there; start PostgreSQL, or correct host and port of the DataSource'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'the host is not known; correct the host of the DataSource'],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, 'the host cannot be reached; check the network, host and port'],
  [/^ENOENT$/, 'there is no such socket; start PostgreSQL, or correct the host of the DataSource'],
  [/^28P01$/, 'the password is wrong or the role does not exist; correct username and password of the DataSource'],
  [
    /^28000$/,
    'the server does not let this user in from here; check the role, pg_hba.conf, and whether it demands TLS',
  ],
  [/^3D000$/, 'the database does not exist; create it, or correct the database of the DataSource'],
  [/^42501$/, 'the user lacks the privilege to connect; GRANT CONNECT on the database'],
  [/^57P03$/, 'the server is starting up or shutting down; try again in a moment'],
  [
    /^ERR_INVALID_URL$/,
    'correct the url of the DataSource; special characters of a password are percent-encoded there',
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS|ERR_SSL/,
    "the server's certificate was not accepted; set ssl.ca of the DataSource to its authority",
  ],
];

const adviceByText: readonly (readonly [RegExp, string])[] = [
  [/does not support SSL/, 'the server offers no TLS; set ssl of the DataSource to false'],
  [/password must be a string|no password/i, 'the server asks for a password; set the password of the DataSource'],
  [/PGlite database is closed/, 'give `pgliteDriver` one that is open, or options by which it opens one'],
  [/timeout/i, 'no answer came in time; check the network, host and port, or raise connectTimeoutMS'],
  [/terminated unexpectedly/, 'the server hung up; check that it is PostgreSQL and whether it demands TLS'],
];

function adviceOn(error: ServerError): string {
  const { code = '', message } = error;
  if (code === '53300') return adviceOnFull(error);
  const found =
    advice.find(([pattern]) => pattern.test(code)) ?? adviceByText.find(([pattern]) => pattern.test(message));
  return found?.[1] ?? 'correct the options of the DataSource';
}

/** Whose limit is reached tells the place in the server's code where that is in another language. */
function adviceOnFull({ message, routine }: ServerError): string {
  if (routine === 'InitializeSessionUserId' || /connections for role/.test(message))
    return 'the role has no connection left; end some, or raise its limit by ALTER ROLE … CONNECTION LIMIT';
  if (routine === 'CheckMyDatabase' || /connections for database/.test(message))
    return 'the database has no connection left; end some, or raise its limit by ALTER DATABASE … CONNECTION LIMIT';
  return 'the server has no connection left; end some, or raise max_connections';
}

/** The connection broke while work was under way. */
export class ConnectionLostError extends MigrationError {
  override readonly name = 'ConnectionLostError';
  /** What was being done, as in `upgrade of 3f2a9c1b7d44`. */
  readonly work: string;
  readonly statement: string | undefined;
  /** What stays of a statement or migration that commits by itself, and what to do about it. */
  readonly remedy: string | undefined;

  constructor(work: string, statement: string | undefined, cause: unknown, sentOnce?: SentOnce) {
    const remedy = sentOnce && staysOf(sentOnce);
    super(
      `The connection to PostgreSQL was lost during the ${work} (${reasonOf(serverErrorOf(cause))}): ` +
        `what was not committed is rolled back; ${remedy ?? goesOn(statement)}.`,
      { cause: serverErrorOf(cause) },
    );
    this.work = work;
    this.statement = statement;
    this.remedy = remedy;
  }
}

const goesOn = (statement: string | undefined): string =>
  statement === 'COMMIT'
    ? 'whether this COMMIT is done is not known: run the same again, which does what is not done yet'
    : 'run the same again, and it goes on from there';

/** TypeORM releases the query runners of a DataSource that is destroyed, also those that are at work. */
const reasonOf = (cause: ServerError): string =>
  /^Query runner already released/.test(cause.message)
    ? 'its query runner was released, as where the DataSource is destroyed'
    : saidBy(cause);
