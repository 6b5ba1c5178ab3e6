import type { QueryRunner } from 'typeorm';
import { MigrationError } from '../errors.ts';
import { cancelStatement, type ClientSession } from './cancel-statement.ts';
import { discard } from './discard.ts';

/** A call was aborted by its `signal`, whose reason is the `cause`. Has the name and code of Node's own error for that. */
export class AbortError extends MigrationError {
  override readonly name = 'AbortError';
  readonly code = 'ABORT_ERR';
  /** The statement that was cancelled, if one was running. */
  readonly statement: string | undefined;

  constructor(reason: unknown, statement?: string) {
    super(
      `The call was aborted by its signal${reasonIn(reason)}: what was not committed is rolled back, and the migration lock ` +
        'is released; call it again to go on.',
      { cause: reason },
    );
    this.statement = statement;
  }
}

function reasonIn(reason: unknown): string {
  const text = reason instanceof Error || reason instanceof DOMException ? reason.message : reason;
  return typeof text === 'string' && text !== '' ? ` (${text})` : '';
}

/** @throws AbortError */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError(signal.reason);
}

/**
 * Does the work, and stops waiting for it when the signal is aborted. Nothing is begun where it is aborted already.
 * @throws AbortError
 */
export async function untilAborted<Result>(
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
  statement: () => string | undefined = () => undefined,
): Promise<Result> {
  if (!signal) return work();
  throwIfAborted(signal);
  let abort!: () => void;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new AbortError(signal.reason, statement()));
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Does the work with a query runner until the signal is aborted: then the running statement is cancelled, no other is sent,
 * and the session ends, with which PostgreSQL rolls back and releases all locks. Nothing of it goes back to a pool.
 * @throws AbortError
 */
export async function whileNotAborted<Result>(
  queryRunner: QueryRunner,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!signal) return work();
  const statements = new RunningStatements(queryRunner, signal);
  try {
    return await untilAborted(signal, work, () => statements.last);
  } finally {
    if (signal.aborted) await endSession(queryRunner, statements);
  }
}

/** The statements that a query runner has sent and that have not ended. After the signal it sends none. */
class RunningStatements {
  readonly #running = new Map<Promise<unknown>, string>();

  constructor(queryRunner: QueryRunner, signal: AbortSignal) {
    const query = queryRunner.query.bind(queryRunner) as (sql: string, ...rest: unknown[]) => Promise<any>;
    queryRunner.query = async (sql: string, ...rest: unknown[]) => {
      throwIfAborted(signal);
      const sent = query(sql, ...rest);
      this.#running.set(sent, sql);
      return sent.finally(() => this.#running.delete(sent));
    };
  }

  get last(): string | undefined {
    return [...this.#running.values()].at(-1);
  }

  /** Resolves to false where some are still running after the time given. */
  async end(milliseconds: number): Promise<boolean> {
    return within(milliseconds, Promise.allSettled(this.#running.keys()));
  }
}

/** Milliseconds that the server may take to end a statement, and a session. */
const PATIENCE = 5_000;
/** A request to cancel may come before the statement, and is lost then. */
const PAUSE = 200;

type PgClient = ClientSession & { once(event: 'end', listener: () => void): unknown };

async function endSession(queryRunner: QueryRunner, statements: RunningStatements): Promise<void> {
  const client: PgClient = await queryRunner.connect();
  const ended = new Promise<void>(resolve => void client.once('end', resolve));
  for (let waited = 0; waited < PATIENCE && !(await statements.end(0)); waited += PAUSE) {
    cancelStatement(client);
    await statements.end(PAUSE);
  }
  await discard(queryRunner, true);
  // The server closes a session's socket when it has released its locks.
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
