import type { QueryRunner } from 'typeorm';
import { isConnectionLoss } from './server-error.ts';

interface Client {
  once(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
}

/**
 * Does the work with a query runner whose statements, once its session has ended, fail with the server's own reason for
 * that. What it says to a session that sends nothing just then, TypeORM does not pass on.
 */
export async function whileEndIsNoted<Result>(queryRunner: QueryRunner, work: () => Promise<Result>): Promise<Result> {
  const client: Partial<Client> = await queryRunner.connect();
  let reason: unknown;
  const note = (error: unknown): void => void (reason ??= error);
  client.once?.('error', note);
  const query = queryRunner.query.bind(queryRunner) as (...given: unknown[]) => Promise<any>;
  queryRunner.query = async (...given: unknown[]) => {
    try {
      return await query(...given);
    } catch (error) {
      throw reason !== undefined && isConnectionLoss(error) ? reason : error;
    }
  };
  try {
    return await work();
  } finally {
    client.off?.('error', note);
  }
}
