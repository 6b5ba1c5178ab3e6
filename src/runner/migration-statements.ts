import { withLimit, LockWaitError, blockersOf } from '../database/watch.ts';
import { isBusy } from '../database/server-error.ts';
import { rawStatement, stallsReaders } from '../operations/raw-sql.ts';
import { type Attempt, notingFailure, retryWhileBusy } from './retry.ts';
import type { Run } from './run.ts';
import { transactionControlIn } from './sql-text.ts';

/**
 * The statements of a migration of TypeORM's own in a revision that commits statement by statement: the migration begins its
 * own transactions. None waits for a lock longer than others of the revision do, and what is lost by that is tried again: a
 * statement by itself, or the whole migration as long as nothing of it is committed.
 */
export class MigrationStatements {
  readonly #run: Run;
  readonly #attempt: Attempt;
  #isOpen = false;
  #hasCommitted = false;

  constructor(run: Run, attempt: Attempt) {
    this.#run = run;
    this.#attempt = attempt;
  }

  /** Runs the migration, again where it may be. */
  async runAll(migrate: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await retryWhileBusy(this.#run, this.#attempt, async () => {
      this.#isOpen = false;
      try {
        await migrate();
      } catch (error) {
        // Whatever transaction the migration began and did not end, so that the connection can be used again.
        await this.#run.connection.query('ROLLBACK').catch(() => {});
        if (!isBusy(error) || !this.#hasCommitted) throw error;
        const statement = this.#attempt.failure?.statement ?? this.#attempt.statement ?? '';
        const blockers = await blockersOf(this.#run.connection, statement);
        throw new LockWaitError({ statement, waitedMilliseconds: performance.now() - start, blockers });
      }
    });
  }

  async send(sql: string, send: () => Promise<unknown>): Promise<unknown> {
    this.#attempt.statement = sql;
    const command = transactionControlIn(sql);
    if (command !== undefined) return this.#control(command, send);
    if (this.#isOpen) return notingFailure(this.#attempt, sql, send);
    const result = await retryWhileBusy(this.#run, this.#attempt, () =>
      this.#underLimitOf(sql, () => notingFailure(this.#attempt, sql, send)),
    );
    this.#hasCommitted = true;
    return result;
  }

  async #control(command: string, send: () => Promise<unknown>): Promise<unknown> {
    const result = await send();
    this.#isOpen = /^(BEGIN|START)/i.test(command);
    if (/^(COMMIT|END)/i.test(command)) this.#hasCommitted = true;
    return result;
  }

  /** A lock timeout would end CREATE INDEX CONCURRENTLY while it waits for others' transactions. */
  async #underLimitOf<Result>(sql: string, work: () => Promise<Result>): Promise<Result> {
    const { lockTimeout } = this.#run.context.config;
    if (lockTimeout === 0 || rawStatement(sql).transactional || stallsReaders(sql)) return work();
    const set = (limit: number) =>
      withLimit(this.#run.connection, () => this.#run.connection.query(`SET lock_timeout = '${Math.ceil(limit)}ms'`));
    await set(0);
    try {
      return await work();
    } finally {
      await set(lockTimeout).catch(() => {});
    }
  }
}
