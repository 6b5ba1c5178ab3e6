import type { Connection } from '../database/connection.ts';
import { type Progress, storedRows, type UnfinishedRun, writeProgress } from '../database/journal.ts';
import type { SessionChange } from '../database/kept-session.ts';
import { type Attempt, inLimitedTransaction } from './retry.ts';
import type { Run } from './run.ts';

/** The journal of a run that commits operation by operation: what is done, and what the session was by then. */
export class RunJournal {
  readonly #run: Run;
  readonly #id: string;
  readonly #attempt: Attempt;
  #progress: Progress;
  #lost: string | undefined;

  constructor(run: Run, { id, progress }: UnfinishedRun, attempt: Attempt) {
    this.#run = run;
    this.#id = id;
    this.#attempt = attempt;
    this.#progress = progress;
  }

  /** What is committed. */
  get progress(): Progress {
    return this.#progress;
  }

  /** Something that the session of an earlier run had, and this one cannot have. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Makes the session what it was after so many operations of an earlier run. */
  async resumeSession(done: number): Promise<void> {
    const change = this.#progress.sessions?.[done];
    if (change !== undefined) [this.#lost] = await this.#run.session.become(change);
  }

  /** Writes down an operation that is done, with what it made of the session and the rows that it gave. */
  async record(digest: string, rows?: unknown): Promise<void> {
    await this.write(await this.#withSession(progressAfter(this.#progress, digest, rows)));
  }

  async write(progress: Progress): Promise<void> {
    await this.writeAfter(progress, async () => {});
  }

  /** Writes down that an operation begins to commit, in a transaction of its own. */
  async begin(digest: string): Promise<void> {
    await this.write({ ...this.#progress, running: digest });
  }

  /** The same in the transaction that is open, with which it is committed, or not. */
  async beginIn(connection: Connection, digest: string): Promise<void> {
    await this.#writeIn(connection, { ...this.#progress, running: digest });
  }

  /** Writes down that nothing of it is committed. */
  async withdraw(): Promise<void> {
    const { running: _, ...before } = this.#progress;
    await this.write(before);
  }

  /** Does the work and writes down that it is done, both or neither. */
  async writeAfter(progress: Progress, work: () => Promise<void>): Promise<void> {
    await inLimitedTransaction(this.#run, this.#attempt, async connection => {
      await work();
      await this.#writeIn(connection, progress);
    });
    this.#progress = progress;
  }

  /** Writes down an operation in the transaction that does it. Gives what is to be {@link settle}d once that is committed. */
  async recordIn(connection: Connection, digest: string, rows?: unknown): Promise<Progress> {
    const progress = await this.#withSession(progressAfter(this.#progress, digest, rows));
    await this.#writeIn(connection, progress);
    return progress;
  }

  /** What a transaction changed for itself alone, as SET LOCAL does, has ended with it; LISTEN has begun. */
  async settle(progress: Progress, sql: string): Promise<void> {
    const mayDiffer = progress.sessions !== this.#progress.sessions || /listen/i.test(sql);
    this.#progress = progress;
    if (!mayDiffer) return;
    const settled = await this.#withSession(progress);
    if (settled !== progress) await this.write(settled);
  }

  async #withSession(progress: Progress): Promise<Progress> {
    const change = await this.#run.session.change();
    if (JSON.stringify(change) === JSON.stringify(lastSessionOf(progress))) return progress;
    return { ...progress, sessions: { ...progress.sessions, [progress.done.length]: change } };
  }

  async #writeIn(connection: Connection, progress: Progress): Promise<void> {
    await this.#run.session.takeOwnRole(this.#run.key);
    await writeProgress(connection, this.#run.context.tables, this.#id, progress);
  }
}

function progressAfter({ done, rows: stored, sessions }: Progress, digest: string, rows: unknown): Progress {
  const all = !Array.isArray(rows) || rows.length === 0 ? stored : { ...stored, [done.length]: storedRows(rows) };
  return { done: [...done, digest], ...(all && { rows: all }), ...(sessions && { sessions }) };
}

/** What the session was after the last operation that changed it. */
const lastSessionOf = ({ sessions = {} }: Progress): SessionChange | null =>
  sessions[Math.max(...Object.keys(sessions).map(Number))] ?? null;
