import { beginOnce, endOnce, type SentOnce } from '../database/sent-once.ts';
import { isAnswer } from '../database/server-error.ts';
import { hasWritten } from '../database/transaction.ts';
import { statementWords } from '../sql/lexer.ts';
import type { Attempt } from './retry.ts';
import type { RunJournal } from './run-journal.ts';
import type { Run } from './run.ts';
import { commitsEarly, transactionControlsIn } from './sql-text.ts';

interface Marked {
  readonly digest: string;
  readonly once: SentOnce;
}

/** What the journal says of a migration that commits for itself: from its first commit on, no later run runs it again. */
export class CommitMark {
  readonly #run: Run;
  readonly #attempt: Attempt;
  readonly #journal: RunJournal;
  readonly #what: Marked;
  #isMade = false;

  constructor(run: Run, attempt: Attempt, journal: RunJournal, what: Marked) {
    this.#run = run;
    this.#attempt = attempt;
    this.#journal = journal;
    this.#what = what;
  }

  get once(): SentOnce {
    return this.#what.once;
  }

  /** Whether a later run would not run the migration again. */
  get isMade(): boolean {
    return this.#isMade;
  }

  /** Made before a statement that no transaction can hold, or that commits by itself: what it does is not known before. */
  async before(): Promise<void> {
    if (this.#isMade) return;
    await this.#keepingAttempt(() => this.#journal.begin(this.#what.digest));
    this.#isMade = true;
    beginOnce(this.#run.connection, this.#what.once);
  }

  /** Made in a transaction that is open, before the text that commits it, and gone with it where that fails. */
  async within(sql: string, commit: () => Promise<unknown>): Promise<unknown> {
    const { connection } = this.#run;
    const isBare = transactionControlsIn(sql).length === statementWords(sql).length;
    if (this.#isMade || (isBare && !(await hasWritten(connection)))) return commit();
    await this.#journal.beginIn(connection, this.#what.digest);
    beginOnce(connection, this.#what.once);
    try {
      const result = await commit();
      this.#isMade = true;
      return result;
    } catch (error) {
      if (isAnswer(error) && !commitsEarly(sql)) endOnce(connection);
      throw error;
    }
  }

  /** Nothing is committed. Where that cannot be written, the mark stays. */
  async withdraw(): Promise<void> {
    if (!this.#isMade) return;
    await this.#keepingAttempt(() => this.#journal.withdraw());
    this.#isMade = false;
    endOnce(this.#run.connection);
  }

  /** What the journal sends is nothing that the revision does. */
  async #keepingAttempt(work: () => Promise<void>): Promise<void> {
    const { statement, failure } = this.#attempt;
    try {
      await work();
    } finally {
      Object.assign(this.#attempt, { statement, failure });
    }
  }
}
