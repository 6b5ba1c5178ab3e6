import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import type { Connection } from './connection.ts';

/** Does the work on one session: a DataSource or an EntityManager may send each query to another one. */
export async function onOneSession<Result>(
  connection: Connection,
  work: (session: Connection) => Promise<Result>,
): Promise<Result> {
  const source = sourceOf(connection);
  if (!source) return work(connection);
  const queryRunner: QueryRunner = source.createQueryRunner();
  try {
    return await work(queryRunner);
  } finally {
    await queryRunner.release();
  }
}

/** Where sessions come from, unless the connection is one. */
function sourceOf(connection: Connection): DataSource | undefined {
  if ('createQueryRunner' in connection) return connection as unknown as DataSource;
  if (!('getRepository' in connection)) return undefined;
  const manager = connection as unknown as EntityManager;
  return manager.queryRunner ? undefined : manager.connection;
}
