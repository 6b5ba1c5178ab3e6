import { createHash } from 'node:crypto';
import type { Connection } from '../database/connection.ts';
import { guardOf, isIndexOf, readIndexState } from '../database/index-guard.ts';
import { type Progress, type UnfinishedRun, writeProgress } from '../database/journal.ts';
import { withSessionLimits } from '../database/transaction.ts';
import { MigrationError } from '../errors.ts';
import type { Operations, OperationTarget } from '../operations/operations.ts';
import type { MigrationTarget } from '../operations/run-migration.ts';
import type { Guard, Statement } from '../sql/statement.ts';
import { rawStatement } from '../operations/raw-sql.ts';
import { type Attempt, inLimitedTransaction, noting, retryWhileBusy } from './retry.ts';
import { RevisionFailedError } from './revision-failed.ts';
import { MigrationStatements, stallsReaders } from './migration-statements.ts';
import { findMigration, migrationsIn } from './run-migration.ts';
import { checkStatement } from './revision-operations.ts';
import { backfillReport } from './backfill-report.ts';
import { type Run, send } from './run.ts';
import type { FiledStep } from './step.ts';

/** A revision was interrupted, and is not the same any more as far as it had come. */
export class JournalMismatchError extends RevisionFailedError {
  override readonly name = 'JournalMismatchError';
  /** How many operations were carried out. */
  readonly done: number;
  /** Which of them is another one now, counted from 1. */
  readonly operation: number;

  constructor(step: FiledStep, done: number, position: number, found: string | undefined) {
    const now = found === undefined ? 'is not there any more' : 'is another one now';
    const error = new MigrationError(
      `an earlier run was interrupted after ${done} operations, of which number ${position + 1} ${now}`,
    );
    super(
      step,
      { error, statement: found },
      'make the file begin as it did then (operations that follow from op.query included), or undo by hand what was done and `stamp` the revision before it',
    );
    this.done = done;
    this.operation = position + 1;
  }
}

/**
 * Carries out a revision operation by operation. Each that a transaction can hold is committed together with a line in the
 * journal, so that it happens exactly once; the others are marked before, and looked for after a crash.
 */
export class JournaledRun {
  readonly #run: Run;
  readonly #journal: string;
  readonly #attempt: Attempt;
  #progress: Progress;
  #position = 0;
  #isInBatch = false;

  constructor(run: Run, { id, progress }: UnfinishedRun, attempt: Attempt) {
    this.#run = run;
    this.#journal = id;
    this.#attempt = attempt;
    this.#progress = progress;
  }

  /** How many operations are done. */
  get position(): number {
    return this.#position;
  }

  target(): OperationTarget {
    return {
      context: this.#run.operationContext,
      kinds: this.#run.context.config.kinds,
      ownSchema: this.#run.context.tables.ownSchema,
      sink: statement => (this.#isInBatch ? this.#send(statement) : this.#take(statement)),
      rows: (sql, parameters) => this.#read(sql, parameters),
      batches: {
        resumeFrom: async name => (this.#progress.batch?.name === name ? this.#progress.batch.key : undefined),
        commit: (name, key, work) => this.#commitBatch({ name, key }, work),
      },
      migrations: this.#migrations(),
      onProgress: backfillReport(this.#run.context),
    };
  }

  /** A migration of TypeORM's own is one operation, and begins its own transactions: what it does half is not known. */
  #migrations(): MigrationTarget {
    const { lockTimeout } = this.#run.context.config;
    const find: MigrationTarget['find'] = reference => findMigration(this.#run.context.dataSource, reference);
    const run: MigrationTarget['run'] = (migration, direction) =>
      this.#once(digestOf('migration', migration.name, direction), `migration ${migration.name}`, async digest => {
        const statements = new MigrationStatements(this.#run, this.#attempt);
        const target = migrationsIn(this.#run, false, async (sql, _, send) => {
          await this.#run.session.note(sql);
          return statements.send(sql, send);
        });
        await this.#underLimits(lockTimeout, () => statements.runAll(() => target.run(migration, direction)));
        await this.#record(digest);
      });
    return { find, run };
  }

  /** A backfill is one operation of many transactions: once it is through, it is not looked at again. */
  replacements(operations: Operations): Partial<Operations> {
    return {
      backfill: work =>
        this.#once(digestOf('backfill', work), `backfill of ${work.table}`, async digest => {
          await operations.backfill(work);
          await this.#record(digest);
        }),
    };
  }

  /** @throws JournalMismatchError where the revision ended before it came to where it was interrupted. */
  assertComplete(): void {
    const { done } = this.#progress;
    if (this.#position < done.length) {
      throw new JournalMismatchError(this.#attempt.step, done.length, this.#position, undefined);
    }
  }

  async #take(statement: Statement): Promise<void> {
    checkStatement(statement, false);
    const digest = digestOf(statement.sql, statement.parameters);
    await this.#once(digest, statement.sql, () =>
      statement.transactional ? this.#commit(statement, digest) : this.#runOutside(statement, digest),
    );
  }

  async #once(digest: string, what: string, work: (digest: string) => Promise<void>): Promise<void> {
    const { done } = this.#progress;
    this.#attempt.statement = what;
    if (this.#position >= done.length) await work(digest);
    else if (done[this.#position] !== digest) {
      throw new JournalMismatchError(this.#attempt.step, done.length, this.#position, what);
    }
    this.#position += 1;
    this.#attempt.statement = undefined;
  }

  async #read(sql: string, parameters?: readonly unknown[]): Promise<any[]> {
    this.#attempt.statement = sql;
    const statement = rawStatement(sql, parameters);
    checkStatement(statement, false);
    const rows = await this.#readUnderLimits(statement);
    this.#attempt.statement = undefined;
    return rows;
  }

  #readUnderLimits(statement: Statement): Promise<any[]> {
    if (this.#isInBatch) return this.#send(statement);
    if (!statement.transactional) return this.#sendOutside(statement);
    return inLimitedTransaction(this.#run, this.#attempt, () => this.#send(statement));
  }

  async #send(statement: Pick<Statement, 'sql' | 'parameters'>): Promise<any> {
    await this.#run.session.note(statement.sql);
    return send(noting(this.#run.connection, this.#attempt), statement);
  }

  async #commit(statement: Statement, digest: string): Promise<void> {
    const progress = { done: [...this.#progress.done, digest] };
    await this.#inTransaction(progress, () => this.#send(statement));
  }

  async #commitBatch(
    batch: { readonly name: string; readonly key: unknown },
    work: () => Promise<void>,
  ): Promise<void> {
    await this.#inTransaction({ ...this.#progress, batch }, async () => {
      this.#isInBatch = true;
      try {
        await work();
      } finally {
        this.#isInBatch = false;
      }
    });
  }

  /** Does the work and writes down that it is done, both or neither. */
  async #inTransaction(progress: Progress, work: () => Promise<void>): Promise<void> {
    await inLimitedTransaction(this.#run, this.#attempt, async connection => {
      await work();
      await this.#run.session.takeOwnRole(this.#run.key);
      await writeProgress(connection, this.#run.context.tables, this.#journal, progress);
    });
    this.#progress = progress;
  }

  async #runOutside(statement: Statement, digest: string): Promise<void> {
    const guard = guardOf(statement);
    const isInterrupted = this.#progress.running === digest;
    await this.#write({ ...this.#progress, running: digest });
    await retryWhileBusy(this.#run, this.#attempt, async () => {
      if (guard && (await this.#isDone(guard, statement, isInterrupted))) return;
      await this.#sendOutside(statement);
    });
    await this.#record(digest);
  }

  /** Looks at what an earlier attempt left behind; an index that is not whole is taken away. */
  async #isDone(guard: Guard, { sql }: Statement, isInterrupted: boolean): Promise<boolean> {
    const look = <Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> =>
      inLimitedTransaction(this.#run, this.#attempt, work);
    const state = await look(connection => readIndexState(connection, guard.index));
    if (guard.type === 'indexGone') return isInterrupted && state === 'missing';
    if (state === 'valid') return look(connection => isIndexOf(connection, guard.index, sql));
    if (state === 'invalid') {
      this.#run.context.logger.info(`Building ${guard.index} again: an earlier attempt left it invalid`);
      await this.#sendOutside({ sql: guard.drop });
    }
    return false;
  }

  /** A lock timeout would end CREATE INDEX CONCURRENTLY while it waits for others' transactions. */
  #sendOutside(statement: Pick<Statement, 'sql' | 'parameters'>): Promise<any> {
    const { lockTimeout } = this.#run.context.config;
    return this.#underLimits(stallsReaders(statement.sql) ? lockTimeout : 0, () => this.#send(statement));
  }

  #underLimits<Result>(lockTimeout: number, work: () => Promise<Result>): Promise<Result> {
    const { connection, context, key } = this.#run;
    const limits = { lockTimeout, statementTimeout: context.config.statementTimeout };
    return withSessionLimits(connection, limits, key, work);
  }

  /** Writes down an operation that is done. */
  async #record(digest: string): Promise<void> {
    await this.#write({ done: [...this.#progress.done, digest] });
  }

  async #write(progress: Progress): Promise<void> {
    await this.#inTransaction(progress, async () => {});
  }
}

const digestOf = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts, plain)).digest('hex').slice(0, 16);

const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
