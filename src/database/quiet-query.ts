import type { DataSource, QueryRunner } from 'typeorm';
import type { Connection } from './connection.ts';

/** The queries of each connection whose failure is not for the DataSource's logger. */
const quiet = new WeakMap<Connection, Set<string>>();

/**
 * The rows of a query that names what may not be there. TypeORM's logger is told of the query, and not of its failure: whoever
 * asks says what that means.
 */
export async function queryQuietly(connection: Connection, sql: string): Promise<any> {
  quiet.get(connection)?.add(sql);
  try {
    return await connection.query(sql);
  } finally {
    quiet.get(connection)?.delete(sql);
  }
}

/** Lets {@link queryQuietly} pass by a query runner's own `query`, which logs each failure as an error. */
export function allowQuietQueries(queryRunner: QueryRunner, { logger }: DataSource): void {
  const queries = new Set<string>();
  const query = queryRunner.query.bind(queryRunner) as (sql: string, ...rest: unknown[]) => Promise<any>;
  const send = async (sql: string): Promise<any> => {
    const client: { query(sql: string): Promise<{ rows: any[] }> } = await queryRunner.connect();
    logger.logQuery(sql, undefined, queryRunner);
    return (await client.query(sql)).rows;
  };
  quiet.set(queryRunner, queries);
  queryRunner.query = (sql: string, ...rest: unknown[]) => (queries.has(sql) ? send(sql) : query(sql, ...rest));
}
