import { AsyncResource } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { MigrationError } from '../errors.ts';
import {
  type Blocker,
  blockersAfter,
  blockersIn,
  blockersNow,
  cancelWaiting,
  type StatementPlace,
} from './blockers.ts';
import { cancelStatement, type ClientSession, hangUp } from './cancel-statement.ts';
import type { Connection } from './connection.ts';
import { Heartbeat } from './heartbeat.ts';
import { LockWaitError, type Wait } from './lock-wait.ts';
import { buildIn, buildOf, buildsIndex, type IndexBuild } from './index-build.ts';
import { hasSecondSession, openSecondSession, type SecondSession } from './second-session.ts';
import { sqlStateOf } from './server-error.ts';
import { pinnedSettings, withPinnedSettings } from './settings.ts';
import { endSession, seenSession, type SeenSession, Silence, SILENCE, silentConnection } from './silence.ts';

/** How long statements of this library's own wait for locks, and who is told of any that waits. */
export interface Patience {
  /** Milliseconds after which a statement that still waits is cancelled; 0 for never. */
  readonly limit: number;
  /** Milliseconds after which it is looked at first. */
  readonly firstLook?: number;
  /** Milliseconds after which an answer of which nothing comes counts as lost, once the session is idle again or sends it. */
  readonly silence?: number;
  /** Told of a statement that waits, a revision's included, and now and then while it does. */
  readonly onWait?: (wait: Wait) => void;
  /** Told of an index that takes long to build, now and then. */
  readonly onBuild?: (build: IndexBuild, wait: Wait) => void;
  /** Told, in words, where connecting takes long, and now and then while it does. */
  readonly onConnect?: (described: string) => void;
  /** Told where the pool has no connection to give at once. */
  readonly onQueue?: () => void;
  /** Ends the waiting, and all else. */
  readonly signal?: AbortSignal;
}

const FIRST_LOOK = 500;
const FIRST_WORD = 1_000;
const LONGEST_PAUSE = 5_000;
/** Milliseconds before a statement is sent again that a lock timeout of the role's has ended. */
const PAUSE = 50;

const watches = new WeakMap<Connection, Watch>();

/**
 * Does the work while the statements of the query runner, which is this library's own, are watched: none waits for a lock
 * without a word, and none of the library's own without a limit.
 */
export async function whileWatched<Result>(
  queryRunner: QueryRunner,
  dataSource: DataSource,
  patience: Patience,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!hasSecondSession(dataSource)) return work();
  const watch = new Watch(await queryRunner.connect(), dataSource, patience);
  const query = queryRunner.query.bind(queryRunner) as (...given: unknown[]) => Promise<any>;
  queryRunner.query = (sql: string, ...rest: unknown[]) => watch.during(sql, () => query(sql, ...rest));
  watches.set(queryRunner, watch);
  try {
    return await work();
  } catch (error) {
    // A role or a database may have a lock timeout of its own.
    const isTimeout = sqlStateOf(error) === '55P03' && !MigrationError.is(error);
    if (!isTimeout || !watch.failed) throw error;
    throw new LockWaitError({ ...watch.failed, blockers: await blockersOf(queryRunner, watch.failed.statement) });
  } finally {
    await watch.close();
  }
}

/** Does work that may wait as long as it takes, as a revision's own statements may; others are told of it all the same. */
export async function withoutLimit<Result>(connection: Connection, work: () => Promise<Result>): Promise<Result> {
  return watches.get(connection)?.within(false, work) ?? work();
}

/** Does work of the library's own in the midst of work without a limit. */
export async function withLimit<Result>(connection: Connection, work: () => Promise<Result>): Promise<Result> {
  return watches.get(connection)?.within(true, work) ?? work();
}

/** Who was in the way of a statement that failed: as seen while it waited, else who still holds locks on its tables. */
export async function blockersOf(connection: Connection, sql: string): Promise<readonly Blocker[]> {
  const seen = watches.get(connection)?.seen(sql) ?? [];
  if (seen.length > 0) return seen;
  return blockersIn(await withPinnedSettings(connection, pinnedSettings, () => connection.query(blockersAfter(sql))));
}

/** One session, looked at from another one while a statement takes long. */
class Watch {
  readonly #client: ClientSession;
  readonly #dataSource: DataSource;
  readonly #patience: Patience;
  /** Looking is not part of what a revision does, which must end with its function. */
  readonly #outside = new AsyncResource('Watch');
  #opening: Promise<SecondSession | undefined> | undefined;
  #open: SecondSession | undefined;
  #asked: Promise<unknown> = Promise.resolve();
  #last: Wait | undefined;
  #isLimited = true;
  #isInTransaction = false;
  #isClosed = false;
  /** True once the server had the process of this session: behind a pooler it never has. */
  #isKnown = false;
  /** The statement before the one that is under way: the server may never have been given that. */
  #previous: string | undefined;
  /** The statement that failed last. */
  failed: Wait | undefined;

  constructor(client: ClientSession, dataSource: DataSource, patience: Patience) {
    this.#client = client;
    this.#dataSource = dataSource;
    this.#patience = patience;
  }

  async during<Result>(sql: string, send: () => Promise<Result>): Promise<Result> {
    const look = this.#outside.runInAsyncScope(
      () => new Look(sql, this.#patience.firstLook ?? FIRST_LOOK, each => this.#look(each)),
    );
    try {
      return await this.#untilAnswered(look, send);
    } catch (error) {
      this.failed = look.wait(this.seen(sql));
      throw look.lost ?? (look.isGivenUp ? new LockWaitError(this.failed) : error);
    } finally {
      look.end();
      this.#previous = sql;
    }
  }

  /** A role or a database may have a lock timeout of its own, which is not the limit of the library's statements. */
  async #untilAnswered<Result>(look: Look, send: () => Promise<Result>): Promise<Result> {
    if (/^(BEGIN|START TRANSACTION)\b/.test(look.sql)) this.#isInTransaction = true;
    try {
      for (;;) {
        try {
          return await send();
        } catch (error) {
          if (sqlStateOf(error) !== '55P03' || !this.#maySendAgain(look)) throw error;
          await setTimeout(PAUSE);
        }
      }
    } finally {
      if (/^(COMMIT|ROLLBACK)$/.test(look.sql)) this.#isInTransaction = false;
    }
  }

  /** A transaction is aborted by then, and whoever began it tries again. */
  #maySendAgain(look: Look): boolean {
    const { limit, signal } = this.#patience;
    if (!this.#isLimited || this.#isInTransaction || look.isGivenUp || signal?.aborted) return false;
    return limit === 0 || look.wait([]).waitedMilliseconds < limit;
  }

  async within<Result>(isLimited: boolean, work: () => Promise<Result>): Promise<Result> {
    const before = this.#isLimited;
    this.#isLimited = isLimited;
    try {
      return await work();
    } finally {
      this.#isLimited = before;
    }
  }

  seen(sql: string): readonly Blocker[] {
    return this.#last?.statement === sql ? this.#last.blockers : [];
  }

  /** Does not wait for a second session that is still connecting. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#open) await this.#open.close();
    else void this.#opening?.then(second => second?.close());
  }

  async #look(look: Look): Promise<void> {
    const { limit, onWait } = this.#patience;
    const place = { pid: this.#client.processID, sql: look.sql };
    const rows = await this.#ask(blockersNow(place));
    if (look.isOver) return;
    if (rows?.length === 0) {
      await this.#lookAtSession(look, place);
      return this.#lookAtBuild(look, place);
    }
    const wait = (this.#last = look.wait(this.#named(look, blockersIn(rows ?? []))));
    if (wait.waitedMilliseconds >= FIRST_WORD && look.isWordDue()) onWait?.(wait);
    if (limit === 0 || !this.#isLimited || wait.waitedMilliseconds < limit) return;
    // The statement may fail before the answer is here.
    look.isGivenUp = true;
    const answer = await this.#ask(cancelWaiting(place));
    // What the session runs by now may be another statement.
    if (look.isOver) return;
    if (answer?.length === 0) look.isGivenUp = false;
    else if (answer?.[0].cancelled == null) cancelStatement(this.#client);
  }

  /** The wait may be over by the time that the locks are read, which are then known from the look before. */
  #named({ sql }: Look, blockers: readonly Blocker[]): readonly Blocker[] {
    const before = this.seen(sql);
    return blockers.map(each =>
      each.relations.length > 0 ? each : (before.find(({ pid }) => pid === each.pid) ?? each),
    );
  }

  /**
   * A network may drop a connection, or an answer, without a word to the client, which would wait without an end: where the
   * server had its process and has it no more, has it idle, or is sending what does not come, there is none to come.
   */
  async #lookAtSession(look: Look, place: StatementPlace): Promise<void> {
    const rows = await this.#ask(seenSession(place, [look.sql, this.#previous ?? look.sql]));
    if (look.isOver) return;
    const session: SeenSession | undefined = rows?.[0];
    const silence = look.silence.observe(session, this.#client);
    if (session) this.#isKnown = true;
    else if (rows && this.#isKnown) hangUp(this.#client);
    if (!session || silence === 0) return;
    if (silence >= FIRST_WORD && look.isWordDue()) this.#patience.onWait?.(look.wait([]));
    if (silence < (this.#patience.silence ?? SILENCE)) return;
    look.lost = silentConnection(session, silence);
    await this.#ask(endSession(place, session));
    hangUp(this.#client);
  }

  async #lookAtBuild(look: Look, place: StatementPlace): Promise<void> {
    const { onBuild } = this.#patience;
    const wait = look.wait([]);
    if (!onBuild || !buildsIndex(look.sql) || wait.waitedMilliseconds < FIRST_WORD) return;
    const build = buildIn(await this.#ask(buildOf(place)));
    if (build && !look.isOver && look.isWordDue()) onBuild(build, wait);
  }

  /**
   * Asks the second session, and opens it if it is not open yet, or no more: the server may have ended it for being idle.
   * Undefined if it cannot be opened, and once this is closed.
   */
  #ask(sql: string): Promise<readonly any[] | undefined> {
    // A look at one statement may still be waiting for its answer when the next one is looked at.
    const answer = this.#asked.then(() => this.#askNow(sql));
    this.#asked = answer.catch(() => {});
    return answer;
  }

  async #askNow(sql: string, isAgain = false): Promise<readonly any[] | undefined> {
    if (this.#isClosed) return undefined;
    const wasOpen = this.#open !== undefined;
    this.#open = await (this.#opening ??= openSecondSession(this.#dataSource));
    try {
      if (this.#open) return await this.#open.read(sql);
    } catch {
      void this.#open?.close();
    }
    this.#opening = this.#open = undefined;
    return wasOpen && !isAgain ? this.#askNow(sql, true) : undefined;
  }
}

/** One statement, looked at again and again until it ends. */
class Look {
  readonly sql: string;
  /** True once it was cancelled for waiting too long. */
  isGivenUp = false;
  isOver = false;
  /** Why no answer to it will come. */
  lost: Error | undefined;
  readonly silence = new Silence();
  readonly #begin = performance.now();
  readonly #heartbeat = new Heartbeat(0);
  #timer: NodeJS.Timeout;

  constructor(sql: string, pause: number, look: (look: Look) => Promise<void>) {
    this.sql = sql;
    const later = (milliseconds: number): NodeJS.Timeout =>
      globalThis
        .setTimeout(() => {
          // What cannot be seen this time may be the next.
          void look(this)
            .catch(() => {})
            .then(() => {
              if (!this.isOver) this.#timer = later(Math.min(milliseconds * 1.5, LONGEST_PAUSE));
            });
        }, milliseconds)
        .unref();
    this.#timer = later(pause);
  }

  wait(blockers: readonly Blocker[]): Wait {
    return { statement: this.sql, waitedMilliseconds: performance.now() - this.#begin, blockers };
  }

  isWordDue(): boolean {
    return this.#heartbeat.isDue(performance.now());
  }

  end(): void {
    this.isOver = true;
    clearTimeout(this.#timer);
  }
}
