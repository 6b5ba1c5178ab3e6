import type { DataSource } from 'typeorm';
import { quoteText } from '../sql/literal.ts';
import { type Connection, forget } from './connection.ts';
import { refuseSharedSession, SharedSessionError, UnverifiedSessionError } from './pooler.ts';

/** Settings that end a session which is idle, or a transaction which takes long. Not every version of PostgreSQL has all. */
const timeouts = ['idle_session_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout'];

interface Timeout {
  readonly name: string;
  readonly setting: string;
  /** Where the value comes from: `session` where the application has set it, `user` for ALTER ROLE … */
  readonly source: string;
}

/**
 * Does the work in a session that the server does not end for being idle, nor for a transaction that takes long, whatever
 * the role, the database or the application has set. These settings are restored afterwards.
 */
export async function withoutSessionTimeouts<Result>(
  connection: Connection,
  work: () => Promise<Result>,
): Promise<Result> {
  return whileOff(connection, await readTimeouts(connection), work);
}

/** The same for a session that may be a pooler's, which other clients would get without its timeouts: that one keeps them. */
export async function withoutOwnTimeouts<Result>(
  connection: Connection,
  dataSource: DataSource,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = await readTimeouts(connection);
  const isOwn = before.length > 0 && (await isOwnSession(connection, dataSource));
  return whileOff(connection, isOwn ? before : [], work);
}

async function isOwnSession(connection: Connection, dataSource: DataSource): Promise<boolean> {
  try {
    await refuseSharedSession(connection, dataSource);
    return true;
  } catch (error) {
    if (error instanceof SharedSessionError || error instanceof UnverifiedSessionError) return false;
    throw error;
  }
}

async function whileOff<Result>(
  connection: Connection,
  before: readonly Timeout[],
  work: () => Promise<Result>,
): Promise<Result> {
  if (before.length === 0) return work();
  await connection.query(`SELECT ${before.map(({ name }) => setting(name, '0')).join(', ')}`);
  try {
    return await work();
  } finally {
    await restore(connection, before).catch(() => forget(connection));
  }
}

/** The timeouts that are on. */
const readTimeouts = (connection: Connection): Promise<readonly Timeout[]> =>
  connection.query(
    `SELECT name, setting, source FROM pg_catalog.pg_settings WHERE setting OPERATOR(pg_catalog.<>) '0' ` +
      `AND name OPERATOR(pg_catalog.=) ANY (ARRAY[${timeouts.map(quoteText).join(', ')}]) ORDER BY name`,
  );

async function restore(connection: Connection, before: readonly Timeout[]): Promise<void> {
  for (const { name, setting: value, source } of before) {
    await connection.query(source === 'session' ? `SELECT ${setting(name, value)}` : `RESET ${name}`);
  }
}

const setting = (name: string, value: string): string =>
  `pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, false)`;
