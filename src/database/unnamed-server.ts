import type { DataSource } from 'typeorm';
import { MigrationError } from '../errors.ts';

/** A DataSource that does not say where its database is: node-postgres would take the one of this machine. */
export class UnnamedServerError extends MigrationError {
  override readonly name = 'UnnamedServerError';

  constructor(found: string) {
    super(
      `The DataSource does not say where the database is: ${found}; set the environment variable that it reads, such as DATABASE_URL, or give it \`url\` or \`host\`.`,
    );
  }
}

interface Place {
  readonly url?: unknown;
  readonly host?: unknown;
  readonly driver?: unknown;
  readonly replication?: unknown;
  readonly extra?: { readonly host?: unknown; readonly connectionString?: unknown };
}

const others = ['port', 'username', 'password', 'database'] as const;
const environmentVariables = ['PGPORT', 'PGUSER', 'PGDATABASE'];

/**
 * Throws UnnamedServerError for a DataSource without a server: one whose `url` is there and empty, and that has no host
 * either, or one that says nothing at all, and neither does the environment (PGHOST and the like).
 */
export function assertServerNamed({ options }: Pick<DataSource, 'options'>, environment = process.env): void {
  const place = options as Place;
  const { url, host, replication, driver, extra } = place;
  const names = [url, host, replication, extra?.host, extra?.connectionString, environment['PGHOST']];
  if (names.some(Boolean) || (driver && !isNodePostgres(driver))) return;
  if ('url' in place) throw new UnnamedServerError(`its \`url\` is ${url === '' ? 'empty' : String(url)}`);
  const isSaid = others.some(key => key in options) || environmentVariables.some(name => environment[name]);
  if (!isSaid) throw new UnnamedServerError('it has neither `url` nor `host`');
}

/** Given for a bundle's sake, it is the driver that TypeORM takes anyway; others bring their database along. */
const isNodePostgres = (driver: unknown): boolean => typeof driver === 'object' && 'types' in driver!;
