import type { DataSourceOptions } from 'typeorm';

/** Where and as whom a connection is made. */
export interface ConnectionTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/**
 * The server, database and user that node-postgres takes for a DataSource: a URL comes before the options beside it, then
 * PGHOST, PGPORT, PGUSER and PGDATABASE, then its defaults.
 */
export function connectionTargetOf(options: DataSourceOptions, environment = process.env): ConnectionTarget {
  const given = placeOf(options);
  const user = given.user || environment['PGUSER'] || environment['USER'] || environment['USERNAME'] || '';
  return {
    host: given.host || environment['PGHOST'] || 'localhost',
    port: Number(given.port || environment['PGPORT'] || 5432),
    database: given.database || environment['PGDATABASE'] || user,
    user,
  };
}

/** `database "app" at db.example:5432 as user "me"` */
export const describeTarget = ({ database, host, port, user }: ConnectionTarget): string =>
  `database "${database}" at ${host}:${port} as user "${user}"`;

/**
 * The database of a DataSource in words: `database "app" at db.example:5432 as user "me"`, and the schema that is its own;
 * of a PGlite, where its files are. Never the password.
 */
export function describeDatabase(options: DataSourceOptions, environment = process.env): string {
  const { schema } = options as { readonly schema?: string };
  const embedded = embeddedIn(options);
  const database = embedded === undefined ? describeTarget(connectionTargetOf(options, environment)) : String(embedded);
  return schema === undefined ? database : `${database}, schema "${schema}"`;
}

/** What a PGlite is called, of a DataSource that has one: there is no server then. */
export const embeddedIn = (options: object): unknown =>
  (options as { readonly driver?: Readonly<Record<symbol, unknown>> }).driver?.[pglite];

/** What `pgliteDriver` says of its database, whichever copy of this library it is from. */
const pglite = Symbol.for('typeorm-alembic.pglite');

/** Where the options say the database is, without the environment. */
export interface Place {
  readonly url?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | number | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
}

export function placeOf(options: object): Place {
  const { replication, extra, ...own } = options as Options;
  const { username, ...others } = replication?.master ?? own;
  const { connectionString, ...more } = extra ?? {};
  const url = connectionString || others.url;
  return { url, user: username, ...others, ...more, ...(url && placeOfUrl(url)) };
}

interface Credentials extends Omit<Place, 'user'> {
  readonly username?: string | undefined;
}

interface Options extends Credentials {
  readonly replication?: { readonly master?: Credentials };
  readonly extra?: Place & { readonly connectionString?: string };
}

/** As pg-connection-string reads it: what the URL leaves out is not taken from the options beside it. */
function placeOfUrl(text: string): Place {
  const [socket, name] = text.split(' ');
  if (text.startsWith('/')) return { host: socket, database: name };
  // `postgres://user@/database` has no host, which is no URL elsewhere.
  const url = [text, text.replace('@/', `@${noHost}/`)]
    .filter(each => URL.canParse(each))
    .map(each => new URL(each))[0];
  if (!url) return {};
  const { protocol, hostname, port, pathname, username, searchParams } = url;
  const user = searchParams.get('user') || decoded(username);
  if (protocol === 'socket:') return { host: decoded(pathname), database: searchParams.get('db') ?? '', user };
  return {
    host: searchParams.get('host') || (hostname === noHost ? '' : decoded(hostname.replace(/^\[(.+)\]$/, '$1'))),
    port: searchParams.get('port') || port,
    database: decoded(pathname.slice(1)),
    user,
  };
}

const noHost = 'no-host.invalid';

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};
