import { type Connection, returnedRows } from '../database/connection.ts';
import { rowsFrom, type UnfinishedRun } from '../database/journal.ts';
import { indexIdOf } from '../database/index-guard.ts';
import { beginOnce, endOnce, migrationOnce, statementOnce } from '../database/sent-once.ts';
import { isRefusedInTransaction } from '../database/server-error.ts';
import { hasWritten, withSessionLimits } from '../database/transaction.ts';
import { backfillName } from '../operations/backfill.ts';
import type { Operations } from '../operations/operations.ts';
import type { MigrationTarget, OperationTarget } from '../operations/target.ts';
import { guardOf } from '../sql/guard.ts';
import { sessionStatementsIn } from '../sql/session-statements.ts';
import type { Statement } from '../sql/statement.ts';
import { mayCommit, rawStatement, stallsReaders } from '../operations/raw-sql.ts';
import { digestOf } from './journal-digest.ts';
import { JournalMismatchError, LostTemporaryTableError, PartlyCommittedError } from './journal-errors.ts';
import { type EarlierAttempt, isCarriedOut, type LeftoversContext } from './leftovers.ts';
import { type Attempt, inLimitedTransaction, noting, retryWhileBusy } from './retry.ts';
import { CommitMark } from './commit-mark.ts';
import { backfillReport } from './backfill-report.ts';
import { MigrationStatements } from './migration-statements.ts';
import { excerpt } from '../sql/excerpt.ts';
import { checkStatement } from './revision-operations.ts';
import { endsWithTransaction } from './sql-text.ts';
import { findMigration, migrationsIn } from './run-migration.ts';
import { RunJournal } from './run-journal.ts';
import { type Run, send } from './run.ts';

/**
 * Carries out a revision operation by operation. Each that a transaction can hold is committed together with a line in the
 * journal, so that it happens exactly once; the others are marked before, and looked for after a crash.
 */
export class JournaledRun {
  readonly #run: Run;
  readonly #journal: RunJournal;
  readonly #attempt: Attempt;
  #position = 0;
  #isInBatch = false;

  constructor(run: Run, unfinished: UnfinishedRun, attempt: Attempt) {
    this.#run = run;
    this.#journal = new RunJournal(run, unfinished, attempt);
    this.#attempt = attempt;
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
      rows: async (sql, parameters) => returnedRows(await this.#query(rawStatement(sql, parameters))),
      batches: {
        resumeFrom: async name => {
          const { batch } = this.#journal.progress;
          return batch?.name === digestOf(name) ? batch.key : undefined;
        },
        commit: (name, key, work) => this.#commitBatch({ name: digestOf(name), key }, work),
      },
      migrations: this.#migrations(),
      onProgress: backfillReport(this.#run.context),
    };
  }

  /** A migration of TypeORM's own is one operation, and begins its own transactions: once it has committed one, it is not run again. */
  #migrations(): MigrationTarget {
    const { lockTimeout } = this.#run.context.config;
    const find: MigrationTarget['find'] = reference => findMigration(this.#run.context.dataSource, reference);
    const run: MigrationTarget['run'] = (migration, direction) =>
      this.#once(digestOf('migration', migration.name, direction), `migration ${migration.name}`, async digest => {
        const once = migrationOnce(migration.name);
        if (this.#journal.progress.running === digest)
          throw new PartlyCommittedError(this.#attempt.step, `migration ${migration.name}`, once);
        const mark = new CommitMark(this.#run, this.#attempt, this.#journal, { digest, once });
        const statements = new MigrationStatements(this.#run, this.#attempt, mark);
        const target = migrationsIn(this.#run, false, async (sql, parameters, send) => {
          await this.#run.session.note(sql, parameters);
          return statements.send(sql, send);
        });
        await this.#underLimits(lockTimeout, () => statements.runAll(() => target.run(migration, direction)));
        await this.#journal.record(digest);
        endOnce(this.#run.connection);
      });
    return { find, run };
  }

  /** A backfill is one operation of many transactions: once it is through, it is not looked at again. */
  replacements(operations: Operations): Partial<Operations> {
    return {
      backfill: work =>
        this.#once(digestOf(backfillName(work)), `backfill of ${work.table}`, async digest => {
          await operations.backfill(work);
          await this.#journal.record(digest);
        }),
    };
  }

  /** @throws JournalMismatchError where the revision ended before it came to where it was interrupted. */
  assertComplete(): void {
    const { batch, done } = this.#journal.progress;
    if (this.#position < done.length || batch) {
      throw new JournalMismatchError(this.#attempt.step, done.length, this.#position, undefined);
    }
  }

  async #take(statement: Statement): Promise<void> {
    checkStatement(statement, false);
    this.#warnOfNoEffect(statement);
    const digest = digestOf(statement.sql, statement.parameters);
    const isDone = this.#position < this.#journal.progress.done.length;
    if (isDone) await this.#repeatInSession(statement);
    await this.#once(digest, statement.sql, () =>
      this.#orOutside(statement, digest, () => this.#inOne(statement, digest)),
    );
  }

  #warnOfNoEffect({ sql }: Statement): void {
    if (!endsWithTransaction(sql)) return;
    this.#run.context.logger.warn(
      `${excerpt(sql)} has no effect in ${this.#attempt.step.revision}, of which each operation is committed by itself: put it into the same op.execute as the statements that it is for`,
    );
  }

  async #once(digest: string, what: string, work: (digest: string) => Promise<unknown>): Promise<void> {
    this.#attempt.statement = what;
    if (this.#isNew(what, digest)) await work(digest);
    else if (this.#journal.progress.done[this.#position] !== digest) throw this.#mismatch(what);
    else await this.#journal.resumeSession(this.#position + 1);
    this.#position += 1;
    this.#attempt.statement = undefined;
  }

  /** Whether no earlier run has done the operation that comes next. A backfill that is under way must be it. */
  #isNew(what: string, digest: string): boolean {
    const { lost, progress } = this.#journal;
    const { batch, done } = progress;
    if (this.#position < done.length) return false;
    if (batch && batch.name !== digest) throw this.#mismatch(what);
    if (lost !== undefined) throw new LostTemporaryTableError(this.#attempt.step, lost, what);
    return true;
  }

  #mismatch(what: string): JournalMismatchError {
    return new JournalMismatchError(this.#attempt.step, this.#journal.progress.done.length, this.#position, what);
  }

  /** What an operation made in its session, and what the session does not tell the making of, is made again. */
  async #repeatInSession({ sql, parameters, transactional }: Statement): Promise<void> {
    for (const each of sessionStatementsIn(sql)) {
      const statement = { sql: each, ...(parameters && { parameters }) };
      if (!transactional) await this.#sendOutside(statement);
      else await inLimitedTransaction(this.#run, this.#attempt, () => this.#send(statement));
    }
  }

  /** A query that reads is sent whenever the revision runs; one that writes is an operation, and its rows are kept. */
  async #query(statement: Statement): Promise<any> {
    if (this.#isInBatch) return this.#send(statement);
    checkStatement(statement, false);
    const digest = digestOf('query', statement.sql, statement.parameters);
    this.#attempt.statement = statement.sql;
    const { done, rows: stored } = this.#journal.progress;
    const isDone = done[this.#position] === digest;
    if (isDone) {
      await this.#repeatInSession(statement);
      await this.#journal.resumeSession(this.#position + 1);
    }
    const rows = isDone
      ? rowsFrom(stored?.[this.#position])
      : await this.#orOutside(statement, digest, () => this.#inOne(statement, digest, hasWritten));
    if (isDone || this.#journal.progress.done.length > done.length) this.#position += 1;
    this.#attempt.statement = undefined;
    return rows;
  }

  /**
   * Does a statement and writes down that it is done, and what the session is by then, both or neither.
   * @param isOperation whether a query was one, whose rows are kept; left out for what always is, and whose rows nobody sees
   */
  async #inOne(
    statement: Statement,
    digest: string,
    isOperation?: (connection: Connection) => Promise<boolean>,
  ): Promise<unknown> {
    const { rows, progress } = await inLimitedTransaction(this.#run, this.#attempt, async connection => {
      const rows: unknown = await this.#send(statement);
      if (isOperation && !(await isOperation(connection))) return { rows };
      if (!this.#isNew(statement.sql, digest)) throw this.#mismatch(statement.sql);
      return { rows, progress: await this.#journal.recordIn(connection, digest, isOperation && rows) };
    });
    if (progress) await this.#journal.settle(progress, statement.sql);
    return rows;
  }

  /** What PostgreSQL refuses in a transaction, as only it knows of some, is sent outside one. */
  async #orOutside(statement: Statement, digest: string, work: () => Promise<unknown>): Promise<unknown> {
    const commits = mayCommit(statement.sql);
    if (commits && this.#journal.progress.running === digest)
      throw new PartlyCommittedError(this.#attempt.step, statement.sql, statementOnce(statement.sql));
    const outside = () => (commits ? this.#runCommitting(statement, digest) : this.#runOutside(statement, digest));
    if (!statement.transactional) return outside();
    try {
      return await work();
    } catch (error) {
      if (!isRefusedInTransaction(error)) throw error;
      return outside();
    }
  }

  async #send(statement: Pick<Statement, 'sql' | 'parameters'>): Promise<any> {
    await this.#run.session.note(statement.sql, statement.parameters);
    return send(noting(this.#run.connection, this.#attempt), statement);
  }

  async #commitBatch(
    batch: { readonly name: string; readonly key: unknown },
    work: () => Promise<void>,
  ): Promise<void> {
    await this.#journal.writeAfter({ ...this.#journal.progress, batch }, async () => {
      this.#isInBatch = true;
      try {
        await work();
      } finally {
        this.#isInBatch = false;
      }
    });
  }

  /** What earlier attempts left is cleaned up before each: also before one that is made again after a deadlock. */
  async #runOutside(statement: Statement, digest: string): Promise<unknown> {
    let attempt = await this.#beginOutside(statement, digest);
    const leftovers: LeftoversContext = {
      logger: this.#run.context.logger,
      look: work => inLimitedTransaction(this.#run, this.#attempt, work),
      send: sql => this.#sendOutside({ sql }),
    };
    const rows: unknown = await retryWhileBusy(this.#run, this.#attempt, async () => {
      if (await isCarriedOut(leftovers, statement, attempt)) return [];
      attempt = { ...attempt, isInterrupted: true };
      return this.#sendOutside(statement);
    });
    await this.#journal.record(digest, rows);
    return rows;
  }

  /** A procedure that commits: what it has committed, only it knows, and so it is sent once, by whatever run. */
  async #runCommitting(statement: Statement, digest: string): Promise<unknown> {
    const { lockTimeout } = this.#run.context.config;
    await this.#beginOutside(statement, digest);
    beginOnce(this.#run.connection, statementOnce(statement.sql));
    const rows: unknown = await this.#underLimits(lockTimeout, () => this.#send(statement));
    await this.#journal.record(digest, rows);
    endOnce(this.#run.connection);
    return rows;
  }

  /** Writes down that a statement begins. Gives what is known of an earlier attempt at it. */
  async #beginOutside(statement: Statement, digest: string): Promise<EarlierAttempt> {
    if (!this.#isNew(statement.sql, digest)) throw this.#mismatch(statement.sql);
    const isInterrupted = this.#journal.progress.running === digest;
    const droppedIndex = isInterrupted
      ? (this.#journal.progress.droppedIndex ?? null)
      : await this.#indexToDrop(statement);
    await this.#journal.write({
      ...this.#journal.progress,
      running: digest,
      ...(droppedIndex !== null && { droppedIndex }),
    });
    return { isInterrupted, droppedIndex };
  }

  async #indexToDrop(statement: Statement): Promise<string | null> {
    const guard = guardOf(statement);
    if (guard?.type !== 'indexGone') return null;
    return inLimitedTransaction(this.#run, this.#attempt, connection => indexIdOf(connection, guard.index));
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
}
