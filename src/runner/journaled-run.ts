import type { Connection } from '../database/connection.ts';
import { type Progress, rowsFrom, storedRows, type UnfinishedRun, writeProgress } from '../database/journal.ts';
import type { SessionChange } from '../database/kept-session.ts';
import { indexIdOf } from '../database/index-guard.ts';
import { isRefusedInTransaction, sqlStateOf } from '../database/server-error.ts';
import { hasWritten, withSessionLimits } from '../database/transaction.ts';
import { backfillName } from '../operations/backfill.ts';
import type { Operations } from '../operations/operations.ts';
import type { MigrationTarget, OperationTarget } from '../operations/target.ts';
import { guardOf } from '../sql/guard.ts';
import { sessionStatementsIn } from '../sql/session-statements.ts';
import type { Statement } from '../sql/statement.ts';
import { mayCommit, rawStatement, stallsReaders } from '../operations/raw-sql.ts';
import { digestOf } from './journal-digest.ts';
import { JournalMismatchError, LostTemporaryTableError } from './journal-errors.ts';
import { type EarlierAttempt, isCarriedOut, type LeftoversContext } from './leftovers.ts';
import { type Attempt, inLimitedTransaction, noting, retryWhileBusy } from './retry.ts';
import { backfillReport } from './backfill-report.ts';
import { MigrationStatements } from './migration-statements.ts';
import { excerpt } from '../sql/excerpt.ts';
import { checkStatement } from './revision-operations.ts';
import { findMigration, migrationsIn } from './run-migration.ts';
import { type Run, send } from './run.ts';

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
  /** What the session is after the last operation, as against what it was at the beginning. */
  #session: SessionChange | null = null;
  /** Something that the session of an earlier run had, and this one cannot have. */
  #lost: string | undefined;

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
      rows: (sql, parameters) => this.#query(rawStatement(sql, parameters)),
      batches: {
        resumeFrom: async name =>
          this.#progress.batch?.name === digestOf(name) ? this.#progress.batch.key : undefined,
        commit: (name, key, work) => this.#commitBatch({ name: digestOf(name), key }, work),
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
        const target = migrationsIn(this.#run, false, async (sql, parameters, send) => {
          await this.#run.session.note(sql, parameters);
          return statements.send(sql, send);
        });
        await this.#underLimits(lockTimeout, () => statements.runAll(() => target.run(migration, direction)));
        await this.#recordWithSession(digest);
      });
    return { find, run };
  }

  /** A backfill is one operation of many transactions: once it is through, it is not looked at again. */
  replacements(operations: Operations): Partial<Operations> {
    return {
      backfill: work =>
        this.#once(digestOf(backfillName(work)), `backfill of ${work.table}`, async digest => {
          await operations.backfill(work);
          await this.#record(digest);
        }),
    };
  }

  /** @throws JournalMismatchError where the revision ended before it came to where it was interrupted. */
  assertComplete(): void {
    const { batch, done } = this.#progress;
    if (this.#position < done.length || batch) {
      throw new JournalMismatchError(this.#attempt.step, done.length, this.#position, undefined);
    }
  }

  async #take(statement: Statement): Promise<void> {
    checkStatement(statement, false);
    const digest = digestOf(statement.sql, statement.parameters);
    const isDone = this.#position < this.#progress.done.length;
    if (isDone) await this.#repeatInSession(statement);
    await this.#once(digest, statement.sql, () =>
      this.#orOutside(statement, digest, () => this.#commit(statement, digest)),
    );
  }

  async #once(digest: string, what: string, work: (digest: string) => Promise<unknown>): Promise<void> {
    this.#attempt.statement = what;
    if (this.#isNew(what, digest)) await work(digest);
    else if (this.#progress.done[this.#position] !== digest) throw this.#mismatch(what);
    else await this.#resumeSession();
    this.#position += 1;
    this.#attempt.statement = undefined;
  }

  /** What the operation that comes next, which an earlier run has done, left the session to be. */
  async #resumeSession(): Promise<void> {
    const change = this.#progress.sessions?.[this.#position + 1];
    if (change === undefined) return;
    [this.#lost] = await this.#run.session.become(change);
    this.#session = change;
  }

  /** Whether no earlier run has done the operation that comes next. A backfill that is under way must be it. */
  #isNew(what: string, digest: string): boolean {
    const { batch, done } = this.#progress;
    if (this.#position < done.length) return false;
    if (batch && batch.name !== digest) throw this.#mismatch(what);
    if (this.#lost !== undefined) throw new LostTemporaryTableError(this.#attempt.step, this.#lost, what);
    return true;
  }

  #mismatch(what: string): JournalMismatchError {
    return new JournalMismatchError(this.#attempt.step, this.#progress.done.length, this.#position, what);
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
    const { done, rows: stored } = this.#progress;
    const isDone = done[this.#position] === digest;
    if (isDone) {
      await this.#repeatInSession(statement);
      await this.#resumeSession();
    }
    const rows = isDone
      ? rowsFrom(stored?.[this.#position])
      : await this.#orOutside(statement, digest, () => this.#readOrWrite(statement, digest));
    if (isDone || this.#progress.done.length > done.length) this.#position += 1;
    this.#attempt.statement = undefined;
    return rows;
  }

  async #readOrWrite(statement: Statement, digest: string): Promise<unknown> {
    return this.#inOne(statement, digest, hasWritten);
  }

  async #commit(statement: Statement, digest: string): Promise<void> {
    await this.#inOne(statement, digest);
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
    const { rows, progress, session } = await inLimitedTransaction(this.#run, this.#attempt, async connection => {
      const rows: unknown = await this.#send(statement);
      if (isOperation && !(await isOperation(connection))) return { rows };
      if (!this.#isNew(statement.sql, digest)) throw this.#mismatch(statement.sql);
      const session = await this.#run.session.change();
      const progress = this.#progressAfter(digest, { session, ...(isOperation && { rows }) });
      await this.#writeProgress(connection, progress);
      return { rows, progress, session };
    });
    if (progress) {
      this.#progress = progress;
      await this.#settleSession(session);
    }
    return rows;
  }

  /** What a transaction changed for itself alone, as SET LOCAL does, has ended with it; LISTEN has begun. */
  async #settleSession(within: SessionChange | null): Promise<void> {
    this.#session = await this.#run.session.change();
    if (isSame(within, this.#session)) return;
    const { done, sessions } = this.#progress;
    await this.#write({ ...this.#progress, sessions: { ...sessions, [done.length]: this.#session } });
  }

  /** What PostgreSQL refuses in a transaction, as only it knows of some, is sent outside one. */
  async #orOutside(statement: Statement, digest: string, work: () => Promise<unknown>): Promise<unknown> {
    if (!statement.transactional) return this.#runOutside(statement, digest);
    try {
      return await work();
    } catch (error) {
      if (!isRefusedInTransaction(error)) throw error;
      return sqlStateOf(error) === '2D000' || mayCommit(statement.sql)
        ? this.#runCommitting(statement, digest)
        : this.#runOutside(statement, digest);
    }
  }

  async #send(statement: Pick<Statement, 'sql' | 'parameters'>): Promise<any> {
    await this.#run.session.note(statement.sql, statement.parameters);
    return send(noting(this.#run.connection, this.#attempt), statement);
  }

  #progressAfter(
    digest: string,
    { rows, session = this.#session }: { readonly rows?: unknown; readonly session?: SessionChange | null } = {},
  ): Progress {
    const { done, rows: stored, sessions } = this.#progress;
    const all = !Array.isArray(rows) || rows.length === 0 ? stored : { ...stored, [done.length]: storedRows(rows) };
    const changed = isSame(session, this.#session) ? sessions : { ...sessions, [done.length + 1]: session };
    return { done: [...done, digest], ...(all && { rows: all }), ...(changed && { sessions: changed }) };
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
      await this.#writeProgress(connection, progress);
    });
    this.#progress = progress;
  }

  async #writeProgress(connection: Connection, progress: Progress): Promise<void> {
    await this.#run.session.takeOwnRole(this.#run.key);
    await writeProgress(connection, this.#run.context.tables, this.#journal, progress);
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
    await this.#recordWithSession(digest, rows);
    return rows;
  }

  /** A procedure that commits: what it has committed, only it knows, and so it is not tried again without being asked. */
  async #runCommitting(statement: Statement, digest: string): Promise<unknown> {
    const { config, logger } = this.#run.context;
    const { isInterrupted } = await this.#beginOutside(statement, digest);
    if (isInterrupted)
      logger.warn(`Running ${excerpt(statement.sql)} again, of which an interrupted attempt may have committed a part`);
    const rows: unknown = await this.#underLimits(config.lockTimeout, () => this.#send(statement));
    await this.#recordWithSession(digest, rows);
    return rows;
  }

  /** Writes down that a statement begins. Gives what is known of an earlier attempt at it. */
  async #beginOutside(statement: Statement, digest: string): Promise<EarlierAttempt> {
    if (!this.#isNew(statement.sql, digest)) throw this.#mismatch(statement.sql);
    const isInterrupted = this.#progress.running === digest;
    const droppedIndex = isInterrupted ? (this.#progress.droppedIndex ?? null) : await this.#indexToDrop(statement);
    await this.#write({ ...this.#progress, running: digest, ...(droppedIndex !== null && { droppedIndex }) });
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

  /** Writes down an operation that is done. */
  async #record(digest: string): Promise<void> {
    await this.#write(this.#progressAfter(digest));
  }

  async #recordWithSession(digest: string, rows?: unknown): Promise<void> {
    const session = await this.#run.session.change();
    await this.#write(this.#progressAfter(digest, { rows, session }));
    this.#session = session;
  }

  async #write(progress: Progress): Promise<void> {
    await this.#inTransaction(progress, async () => {});
  }
}

const isSame = (one: SessionChange | null, other: SessionChange | null): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
