import type { DataSource } from 'typeorm';
import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { type Connection, forget } from './connection.ts';
import { refuseSharedSession } from './pooler.ts';

/** The schema that a DataSource calls its own (`schema: 'tenant_a'`); undefined where its connection decides. */
export const ownSchemaOf = ({ options }: Partial<Pick<DataSource, 'options'>>): string | undefined =>
  (options as { readonly schema?: string } | undefined)?.schema || undefined;

/**
 * Does the work while names that are not qualified stand for objects of the DataSource's own schema: it comes first on the
 * session's search path, which is restored afterwards.
 * @throws SharedSessionError where other clients of a pooler would get that path, too; UnverifiedSessionError
 */
export async function inOwnSchema<Result>(
  connection: Connection,
  dataSource: DataSource,
  work: () => Promise<Result>,
): Promise<Result> {
  if (ownSchemaOf(dataSource) !== undefined) await refuseSharedSession(connection, dataSource);
  return onOwnPath(connection, dataSource, work);
}

/** The same for a session that is known to be this connection's own. */
export async function onOwnPath<Result>(
  connection: Connection,
  dataSource: DataSource,
  work: () => Promise<Result>,
): Promise<Result> {
  const schema = ownSchemaOf(dataSource);
  if (schema === undefined) return work();
  const [{ before }] = await connection.query(
    "SELECT pg_catalog.current_setting('search_path') AS before, pg_catalog.set_config('search_path', " +
      `${searchPathFrom(schema)}, false)`,
  );
  try {
    return await work();
  } finally {
    await connection
      .query(`SELECT pg_catalog.set_config('search_path', ${quoteText(before)}, false)`)
      .catch(() => forget(connection));
  }
}

/** Not `nullif`, which looks for its operator on the path. */
const pathUnlessEmpty =
  "CASE WHEN pg_catalog.current_setting('search_path') OPERATOR(pg_catalog.<>) '' THEN pg_catalog.current_setting('search_path') END";

/** SQL for the search path that begins with a schema and goes on with the session's own. */
const searchPathFrom = (schema: string): string => {
  const [name, first] = [quoteText(schema), quoteText(quoteIdentifier(schema))];
  return (
    `CASE WHEN pg_catalog.current_schema() OPERATOR(pg_catalog.=) ${name} THEN pg_catalog.current_setting('search_path') ` +
    `ELSE pg_catalog.concat_ws(', ', ${first}, ${pathUnlessEmpty}) END`
  );
};

/** The statement with which a script for psql puts the schema first on the search path. */
export const setSearchPath = (schema: string): string =>
  `SELECT pg_catalog.set_config('search_path', pg_catalog.concat_ws(', ', ${quoteText(quoteIdentifier(schema))}, ` +
  `${pathUnlessEmpty}), false)`;
