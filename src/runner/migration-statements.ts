import { LockWaitError } from '../database/lock-wait.ts';
import { blockersOf, withLimit } from '../database/watch.ts';
import { isAnswer, isBusy, isRefusedInTransaction, sqlStateOf } from '../database/server-error.ts';
import { statementWords } from '../sql/lexer.ts';
import { mayCommit, rawStatement, stallsReaders } from '../operations/raw-sql.ts';
import type { CommitMark } from './commit-mark.ts';
import { type Attempt, notingFailure, retryWhileBusy } from './retry.ts';
import type { Failure } from './revision-failed.ts';
import type { Run } from './run.ts';
import { commitsEarly, needsTransaction, transactionControlsIn } from './sql-text.ts';

/**
 * The statements of a migration of TypeORM's own in a revision that commits statement by statement: the migration begins its
 * own transactions. None waits for a lock longer than others of the revision do, and what is lost by that is tried again: a
 * statement by itself, or the whole migration as long as nothing of it is committed.
 */
export class MigrationStatements {
  readonly #run: Run;
  readonly #attempt: Attempt;
  readonly #mark: CommitMark;
  #isOpen = false;
  #hasCommitted = false;
  /** The error that a COMMIT ended in, until another one succeeds. */
  #lost: Failure | undefined;

  constructor(run: Run, attempt: Attempt, mark: CommitMark) {
    this.#run = run;
    this.#attempt = attempt;
    this.#mark = mark;
  }

  /** Runs the migration, again where it may be. */
  async runAll(migrate: () => Promise<void>): Promise<void> {
    const start = performance.now();
    await retryWhileBusy(this.#run, this.#attempt, async () => {
      this.#isOpen = false;
      this.#lost = undefined;
      try {
        await migrate();
        await this.#refuseAborted();
        this.#refuseLost();
      } catch (error) {
        // Whatever transaction the migration began and did not end, so that the connection can be used again.
        await this.#run.connection.query('ROLLBACK').catch(() => {});
        if (!this.#hasCommitted) await this.#mark.withdraw().catch(() => {});
        if (!isBusy(error) || !this.#hasCommitted) throw error;
        const statement = this.#attempt.failure?.statement ?? this.#attempt.statement ?? '';
        const blockers = await blockersOf(this.#run.connection, statement);
        throw new LockWaitError(
          { statement, waitedMilliseconds: performance.now() - start, blockers },
          this.#mark.once,
        );
      }
    });
  }

  async send(sql: string, send: () => Promise<unknown>): Promise<unknown> {
    this.#attempt.statement = sql;
    const commands = transactionControlsIn(sql);
    if (commands.length > 0) return this.#control(sql, commands, send);
    if (this.#isOpen) return notingFailure(this.#attempt, sql, send);
    return this.#sendOutside(sql, () => this.#underLimitOf(sql, () => notingFailure(this.#attempt, sql, send)));
  }

  /** What may commit a part of its work is sent once, and the migration as a whole not again. */
  async #sendOutside(sql: string, send: () => Promise<unknown>): Promise<unknown> {
    const commits = mayCommit(sql);
    if (!this.#mark.isMade && !commits && rawStatement(sql).transactional && !needsTransaction(sql)) {
      try {
        return await retryWhileBusy(this.#run, this.#attempt, () => this.#sendWithMark(sql, send));
      } catch (error) {
        if (!isRefusedInTransaction(error)) throw error;
      }
    }
    await this.#mark.before();
    if (commits) {
      this.#hasCommitted = true;
      return send();
    }
    const result = await retryWhileBusy(this.#run, this.#attempt, send);
    this.#hasCommitted = true;
    return result;
  }

  /**
   * Sends a statement in a transaction that also has the mark, where it has written anything: no text tells what a function,
   * an operator or a view does.
   */
  async #sendWithMark(sql: string, send: () => Promise<unknown>): Promise<unknown> {
    const { connection } = this.#run;
    await connection.query('BEGIN');
    try {
      const result = await send();
      const commit = () => notingFailure(this.#attempt, sql, () => connection.query('COMMIT'));
      await this.#mark.within('COMMIT', commit);
      this.#hasCommitted ||= this.#mark.isMade;
      return result;
    } catch (error) {
      this.#hasCommitted ||= !isAnswer(error);
      await connection.query('ROLLBACK').catch(() => {});
      throw error;
    }
  }

  async #control(sql: string, commands: readonly string[], send: () => Promise<unknown>): Promise<unknown> {
    const isEarly = commitsEarly(sql);
    const ends = commands.some(command => /^(COMMIT|END|PREPARE)/.test(command));
    if (isEarly || (ends && statementWords(sql).length > 1)) await this.#markBefore(commands);
    if (ends) await this.#refuseAborted();
    const wasOpen = this.#isOpen;
    this.#isOpen = /^(BEGIN|START)/.test(commands.at(-1)!);
    const work = ends ? () => notingFailure(this.#attempt, sql, send) : send;
    try {
      const result = await (ends && wasOpen ? this.#mark.within(sql, work) : work());
      this.#hasCommitted ||= ends || isEarly;
      if (ends) this.#lost = undefined;
      return result;
    } catch (error) {
      if (ends) this.#lost = this.#attempt.failure;
      this.#hasCommitted ||= isEarly || (ends && !isAnswer(error));
      throw error;
    }
  }

  /** A transaction that the text rolls back is rolled back here, so that the mark stays. */
  async #markBefore(commands: readonly string[]): Promise<void> {
    if (this.#isOpen && /^(ROLLBACK|ABORT)/.test(commands[0]!)) {
      await this.#run.connection.query('ROLLBACK');
      this.#isOpen = false;
    }
    if (!this.#isOpen) await this.#mark.before();
  }

  /**
   * The migration may have caught the error that aborted its transaction. PostgreSQL answers a COMMIT then by a rollback,
   * and by no error.
   */
  async #refuseAborted(): Promise<void> {
    const { failure } = this.#attempt;
    if (!this.#isOpen || !failure) return;
    await this.#run.connection.query('SELECT').catch((error: unknown) => {
      throw sqlStateOf(error) === '25P02' ? failure.error : error;
    });
  }

  /** The migration may have caught the error of a COMMIT, too, with which its work was rolled back. */
  #refuseLost(): void {
    if (!this.#lost) return;
    this.#attempt.failure = this.#lost;
    throw this.#lost.error;
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
