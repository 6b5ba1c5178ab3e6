import { MigrationError } from '../errors.ts';
import type { Connection } from './connection.ts';

const OLDEST = 12;

/** The server is not PostgreSQL, or one too old. */
export class UnsupportedServerError extends MigrationError {
  override readonly name = 'UnsupportedServerError';
  /** What was found there. */
  readonly found: string;

  constructor(found: string) {
    super(
      `Found ${found}, but migrations need PostgreSQL ${OLDEST} or newer: upgrade the server, or connect to another one.`,
    );
    this.found = found;
  }
}

export interface Server {
  /** As in `150018`. */
  readonly versionNumber: number;
  /** Where the connection makes what is not qualified; empty where its search path leads nowhere. */
  readonly currentSchema: string;
}

/**
 * What the connection is connected to.
 * @throws UnsupportedServerError for anything but PostgreSQL 12 or newer.
 */
export async function readServer(connection: Connection): Promise<Server> {
  const [row] = await connection.query(
    `SELECT pg_catalog.version() AS version, pg_catalog.current_setting('server_version_num', true) AS number, ` +
      'pg_catalog.current_schema() AS schema',
  );
  return { versionNumber: supportedVersion(row.version, Number(row.number)), currentSchema: row.schema ?? '' };
}

/**
 * @param version what `version()` says: others speak PostgreSQL's protocol too
 * @throws UnsupportedServerError
 */
export function supportedVersion(version: string, number: number): number {
  if (version.startsWith('PostgreSQL') && number >= OLDEST * 10_000) return number;
  throw new UnsupportedServerError(version);
}
