import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { RunnerCallError } from '../call-arguments.ts';
import { shownValue } from '../errors.ts';
import { type Connection, sendingBy } from './connection.ts';

/** A pool of `pg`'s, or one of another package that is used like it. */
interface Pool {
  readonly totalCount: number;
  connect(): Promise<Connection & { release(): void }>;
}

/**
 * Does the work on one session: a DataSource, an EntityManager or a pool may send each query to another one. Its `query`
 * gives the rows, as TypeORM's does, whatever the connection's own gives.
 */
export async function onOneSession<Result>(
  method: string,
  connection: Connection,
  work: (session: Connection) => Promise<Result>,
): Promise<Result> {
  if (isPool(connection)) {
    const client = await connection.connect();
    try {
      return await work(givingRows(method, client));
    } finally {
      client.release();
    }
  }
  const source = sourceOf(connection);
  if (!source) return work(givingRows(method, connection));
  const queryRunner: QueryRunner = source.createQueryRunner();
  try {
    return await work(queryRunner);
  } finally {
    await queryRunner.release();
  }
}

const isPool = (connection: object): connection is Pool =>
  typeof (connection as Partial<Pool>).connect === 'function' &&
  typeof (connection as Partial<Pool>).totalCount === 'number';

/** Where sessions come from, unless the connection is one. */
function sourceOf(connection: Connection): DataSource | undefined {
  if ('createQueryRunner' in connection) return connection as unknown as DataSource;
  if (!('getRepository' in connection)) return undefined;
  const manager = connection as unknown as EntityManager;
  return manager.queryRunner ? undefined : manager.connection;
}

/** `pg` and PGlite give an object that has the rows. */
const givingRows = (method: string, connection: Connection): Connection =>
  sendingBy(connection, async (sql, parameters) => {
    const result: unknown = await (parameters ? connection.query(sql, parameters) : connection.query(sql));
    const rows: unknown = Array.isArray(result) ? result : (result as { rows?: unknown } | null | undefined)?.rows;
    if (Array.isArray(rows)) return rows;
    if (!asksForRows(sql)) return [];
    throw new RunnerCallError(
      method,
      `was given a connection whose query() gave ${shownValue(result)}; expected the rows, or an object that has them as \`rows\`.`,
    );
  });

/** Of several statements in one, TypeORM gives nothing. */
const asksForRows = (sql: string): boolean =>
  ['SELECT', 'FETCH', 'EXPLAIN'].includes(sql.trimStart().split(/\s/, 1)[0]!);
