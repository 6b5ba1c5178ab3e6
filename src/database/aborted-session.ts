import type { DataSource, QueryRunner } from 'typeorm';
import { throwIfAborted, untilAborted } from './abort.ts';
import { cancelStatement, type ClientSession } from './cancel-statement.ts';
import { type Connection, isForgotten, keep } from './connection.ts';
import { discard } from './discard.ts';
import { KeptSession } from './kept-session.ts';
import { hasSecondSession } from './second-session.ts';
import { begunOn } from './sent-once.ts';
import { readState } from './session-state.ts';

/**
 * Does the work with a query runner until the signal is aborted: then the running statement is cancelled, no other is sent,
 * and the session ends, with which PostgreSQL rolls back and releases all locks. Nothing of it goes back to a pool. The one
 * session that a PGlite has goes on instead, as it was before the work.
 * @throws AbortError
 */
export async function whileNotAborted<Result>(
  queryRunner: QueryRunner,
  dataSource: DataSource,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!signal) return work();
  throwIfAborted(signal);
  const only = hasSecondSession(dataSource) ? undefined : await OnlySession.of(queryRunner);
  const statements = new RunningStatements(queryRunner, signal, only);
  try {
    return await untilAborted(signal, work, () => ({ statement: statements.last, sentOnce: begunOn(queryRunner) }));
  } finally {
    if (signal.aborted) await (only ? only.restore(queryRunner, statements) : endSession(queryRunner, statements));
  }
}

/** A session that cannot be replaced by a new one: its owner works with it, too. */
class OnlySession {
  readonly #connection: Connection;
  readonly #kept: KeptSession;

  private constructor(connection: Connection, kept: KeptSession) {
    this.#connection = connection;
    this.#kept = kept;
  }

  static async of(queryRunner: QueryRunner): Promise<OnlySession> {
    const connection: Connection = { query: queryRunner.query.bind(queryRunner) };
    return new OnlySession(connection, new KeptSession(connection, await readState(connection)));
  }

  note(sql: string, parameters?: unknown): Promise<void> {
    return this.#kept.note(sql, Array.isArray(parameters) ? parameters : []);
  }

  /** Nothing can cancel a statement there. What cannot be restored is discarded with the client. */
  async restore(queryRunner: QueryRunner, statements: RunningStatements): Promise<void> {
    await statements.settled();
    await this.#connection.query('ROLLBACK');
    const isRestored = await this.#kept.restore().then(
      async () => !isForgotten(this.#connection) && !(await this.#kept.mayKeepUnnamed()),
      () => false,
    );
    if (isRestored) keep(queryRunner);
    else await endSession(queryRunner, statements);
  }
}

/** The statements that a query runner has sent and that have not ended. After the signal it sends none. */
class RunningStatements {
  readonly #running = new Map<Promise<unknown>, string>();

  constructor(queryRunner: QueryRunner, signal: AbortSignal, only: OnlySession | undefined) {
    const query = queryRunner.query.bind(queryRunner) as (sql: string, ...rest: unknown[]) => Promise<any>;
    const send = async (sql: string, rest: readonly unknown[]): Promise<any> => {
      await only?.note(sql, rest[0]);
      throwIfAborted(signal);
      return query(sql, ...rest);
    };
    queryRunner.query = async (sql: string, ...rest: unknown[]) => {
      throwIfAborted(signal);
      const sent = send(sql, rest);
      this.#running.set(sent, sql);
      return sent.finally(() => this.#running.delete(sent));
    };
  }

  get last(): string | undefined {
    return [...this.#running.values()].at(-1);
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#running.keys());
  }

  /** Resolves to false where some are still running after the time given. */
  async end(milliseconds: number): Promise<boolean> {
    return within(milliseconds, this.settled());
  }
}

/** Milliseconds that the server may take to end a statement, and a session. */
const PATIENCE = 5_000;
/** A request to cancel may come before the statement, and is lost then. */
const PAUSE = 200;

type PgClient = ClientSession & { once(event: 'end', listener: () => void): unknown };

/** The server closes a session's socket when it has released its locks. */
async function endSession(queryRunner: QueryRunner, statements: RunningStatements): Promise<void> {
  const client: PgClient = await queryRunner.connect();
  const ended = new Promise<void>(resolve => void client.once('end', resolve));
  for (let waited = 0; waited < PATIENCE && !(await statements.end(0)); waited += PAUSE) {
    cancelStatement(client);
    await statements.end(PAUSE);
  }
  await discard(queryRunner, true);
  await within(PATIENCE, ended);
}

async function within(milliseconds: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>(resolve => (timer = setTimeout(() => resolve(false), milliseconds)));
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
