import type { DataSource } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { placeOf } from './connection-target.ts';

/** A DataSource that does not say where its database is: node-postgres would take this machine's, or the user's own. */
export class UnnamedServerError extends MigrationError {
  override readonly name = 'UnnamedServerError';

  constructor(found: string) {
    super(
      `The DataSource does not say where the database is: ${found}; set the environment variable that it reads, such as DATABASE_URL, or give it \`url\`, or \`host\` and \`database\`.`,
    );
  }
}

const others = ['port', 'username', 'password', 'database'] as const;
const environmentVariables = ['PGPORT', 'PGUSER', 'PGDATABASE'];

/**
 * Throws UnnamedServerError for a DataSource without a server: one whose `url` is there and empty, and that has no host
 * either, or one that says nothing at all, and neither does the environment (PGHOST and the like). Throws it also where
 * neither names the database (node-postgres would take the one that is called like the user), or the URL has no scheme.
 */
export function assertServerNamed({ options }: Pick<DataSource, 'options'>, environment = process.env): void {
  const { driver } = options as { readonly driver?: unknown };
  if (driver && !isNodePostgres(driver)) return;
  const { url, host, database } = placeOf(options);
  if (!url && !host && !environment['PGHOST']) assertLocalServerMeant(options, environment);
  if (url && !hasScheme.test(url)) throw new UnnamedServerError('the url has no postgres://');
  if (!database && !environment['PGDATABASE'] && !(url && isMalformed(url)))
    throw new UnnamedServerError(noDatabase(url));
}

function assertLocalServerMeant(options: object, environment: NodeJS.ProcessEnv): void {
  if ('url' in options)
    throw new UnnamedServerError(`its \`url\` is ${options.url === '' ? 'empty' : String(options.url)}`);
  const isSaid = others.some(key => key in options) || environmentVariables.some(name => environment[name]);
  if (!isSaid) throw new UnnamedServerError('it has neither `url` nor `host`');
}

/** Without a scheme, node-postgres takes another host or the whole text for the name of a database. */
const hasScheme = /^(?:[a-z][a-z\d+.-]*:\/\/|socket:|\/)/i;

/** What node-postgres refuses anyway. */
const isMalformed = (url: string): boolean => !url.startsWith('/') && !URL.canParse(url.replace('@/', '@host/'));

const noDatabase = (url: string | undefined): string =>
  url
    ? 'its `url` names no database (`postgres://host/database`), and neither does PGDATABASE'
    : 'neither it nor PGDATABASE names the database';

/** Given for a bundle's sake, it is the driver that TypeORM takes anyway; others bring their database along. */
const isNodePostgres = (driver: unknown): boolean => typeof driver === 'object' && 'types' in driver!;
