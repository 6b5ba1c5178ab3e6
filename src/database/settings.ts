import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier } from '../sql/name.ts';
import type { Connection } from './connection.ts';
import { withTransaction } from './transaction.ts';

/** Settings of a session by their names, with values as `set_config` takes them. */
export type Settings = Readonly<Record<string, string>>;

/**
 * Settings under which the catalog is read, whatever the session's own are: the ones that pg_dump pins. Nothing but
 * `pg_catalog` is on the search path, so that no object of another role can take the place of a built-in one
 * (https://wiki.postgresql.org/wiki/A_Guide_to_CVE-2018-1058).
 */
export const pinnedSettings: Settings = {
  search_path: 'pg_catalog, pg_temp',
  DateStyle: 'ISO, MDY',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  extra_float_digits: '1',
  bytea_output: 'hex',
  quote_all_identifiers: 'off',
  standard_conforming_strings: 'on',
  transform_null_equals: 'off',
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  transaction_timeout: '0',
};

/**
 * A search path of exactly one schema and `pg_catalog`: names of that schema print unqualified. Where the session looks in
 * `pg_catalog` only after that schema (`SET search_path = public, pg_catalog`), so does this path, so that PostgreSQL
 * qualifies what an object of the schema hides from the session.
 * @param path where the session looks for names, in order
 */
export const pathOf = (schema: string, path: readonly string[]): string => {
  const isHiding = path.includes(schema) && path.indexOf(schema) < path.indexOf('pg_catalog');
  return isHiding ? `${quoteIdentifier(schema)}, pg_catalog` : quoteIdentifier(schema);
};

/**
 * Does the work under these settings, in the open transaction or in one of its own, and restores what was there before.
 * Needs a connection that is one session, outside or inside a transaction; may be nested.
 * @param work is given the schemas in which the session looked for names before, in order
 */
export async function withPinnedSettings<Result>(
  connection: Connection,
  settings: Settings,
  work: (path: readonly string[]) => Promise<Result>,
): Promise<Result> {
  const before = await readSettings(connection, Object.keys(settings));
  const pinned = Object.fromEntries(Object.entries(settings).filter(([name]) => name in before.values));
  if ((await setLocally(connection, pinned)) !== before.transaction) {
    // Each of the two statements was a transaction of its own: there is none open.
    return withTransaction(connection, async () => {
      // How long it waits for locks is the affair of whoever watches the connection, and not of the role.
      await setLocally(connection, { ...pinned, lock_timeout: '0' });
      return work(before.path);
    });
  }
  try {
    return await work(before.path);
  } finally {
    // In a transaction that has failed, the rollback restores them.
    await setLocally(connection, before.values).catch(() => {});
  }
}

/** The transaction's number in this session: the same in two statements where both are in one transaction. */
const transaction =
  "(SELECT virtualtransaction FROM pg_catalog.pg_locks WHERE locktype OPERATOR(pg_catalog.=) 'virtualxid' " +
  'AND pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()) AS transaction';

/** As JSON, which no driver takes for an array of its own. */
const path = 'pg_catalog.array_to_json(pg_catalog.current_schemas(true))::pg_catalog.text AS "schemas on the path"';

/** Whether the session has a transaction open. */
export async function isInTransaction(connection: Connection): Promise<boolean> {
  const [first] = await connection.query(`SELECT ${transaction}`);
  const [second] = await connection.query(`SELECT ${transaction}`);
  return first.transaction === second.transaction;
}

/** The values of the settings that the server has. */
async function readSettings(connection: Connection, names: readonly string[]) {
  const settings = names.map(
    name => `pg_catalog.current_setting(${quoteText(name)}, true) AS ${quoteIdentifier(name)}`,
  );
  const [row] = await connection.query(`SELECT ${[transaction, path, ...settings].join(', ')}`);
  const { transaction: number, 'schemas on the path': schemas, ...found } = row as Record<string, string | null>;
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(found)) if (value !== null) values[name] = value;
  return { transaction: number, values, path: JSON.parse(schemas!) as readonly string[] };
}

/** Sets them until the end of the transaction. Gives the transaction's number. */
async function setLocally(connection: Connection, settings: Settings): Promise<string> {
  const [row] = await connection.query(`SELECT ${[transaction, ...settingsIn(settings, true)].join(', ')}`);
  return row.transaction;
}

/** Select items that set them: until the end of the transaction, or of the session. */
export const settingsIn = (settings: Settings, isLocal: boolean): string[] =>
  Object.entries(settings).map(
    ([name, value]) => `pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, ${isLocal})`,
  );
