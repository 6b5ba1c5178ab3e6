import { MigrationError, saidBy } from '../errors.ts';
import { quoteText } from '../sql/literal.ts';
import { quoteIdentifier } from '../sql/name.ts';
import { customSettingsAmong, customSettingsIn, maySetUnnamed } from '../sql/session-statements.ts';
import { holdsLock, type LockKey, LockLostError } from './advisory-lock.ts';
import { type Connection, forget } from './connection.ts';
import { isConnectionLoss, serverErrorOf } from './server-error.ts';
import { type AdvisoryLock, readState, type SessionState } from './session-state.ts';
import { limitNames } from './transaction.ts';

/** What one revision left in the session could not be taken out of it before the next. */
export class SessionLeftoversError extends MigrationError {
  override readonly name = 'SessionLeftoversError';
  /** The statement that was to restore the session. */
  readonly statement: string;

  constructor(statement: string, cause: unknown) {
    super(
      `A revision left the session changed, and ${statement} failed (${saidBy(serverErrorOf(cause))}): let the revision ` +
        'itself undo what it does to its session, or use SET LOCAL.',
      { cause: serverErrorOf(cause) },
    );
    this.statement = statement;
  }
}

/** What a session is, as against what it was when the work began: for the session that goes on with the work. */
export interface SessionChange {
  readonly user?: string;
  readonly role?: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Settings that have their default again. */
  readonly reset: readonly string[];
  readonly channels: readonly string[];
  readonly locks: readonly AdvisoryLock[];
  /** What no other session can have: `table pg_temp.draft`, `cursor c`. */
  readonly objects: readonly string[];
}

/**
 * A session as it was when the work began. What revisions do to it (settings, role, temporary tables, prepared
 * statements, cursors, LISTEN, advisory locks) is undone, and what was there before stays.
 */
export class KeptSession {
  readonly #connection: Connection;
  readonly #before: SessionState;
  /** What settings such as `app.tenant`, which no catalog lists, were before. */
  readonly #custom = new Map<string, string | null>();
  /** Whether it ran any statement that was noted. */
  #wasUsed = false;
  #maySetUnnamed = false;

  constructor(connection: Connection, before: SessionState) {
    this.#connection = connection;
    this.#before = before;
  }

  /** Notes what the custom settings are that a statement names, in its text or its parameters, before it is sent. */
  async note(sql: string, parameters: readonly unknown[] = []): Promise<void> {
    this.#wasUsed = true;
    this.#maySetUnnamed ||= maySetUnnamed(sql);
    for (const name of [...customSettingsIn(sql), ...customSettingsAmong(sql, parameters)]) {
      if (!this.#custom.has(name)) this.#custom.set(name, await this.#valueOf(name));
    }
  }

  /** Whether custom settings may be left of which no statement told: in a DO, in a function, by a name that was worked out. */
  async mayKeepUnnamed(): Promise<boolean> {
    if (!this.#wasUsed || this.#maySetUnnamed) return this.#maySetUnnamed;
    const [row] = await this.#connection.query(settingFunctions);
    return row.exist;
  }

  async #valueOf(name: string): Promise<string | null> {
    const value = `SELECT pg_catalog.current_setting(${quoteText(name)}, true) AS value`;
    // In an aborted transaction, the statement itself is refused as well.
    const rows = await this.#connection.query(value).catch(() => []);
    return rows[0]?.value ?? null;
  }

  /**
   * Gives the rest of the transaction the session's own role, whatever role a revision has taken, and makes sure that the
   * revision left neither an aborted transaction nor a released lock.
   * @throws LockLostError, and the server's error where the transaction is aborted
   */
  async takeOwnRole(key: LockKey): Promise<void> {
    const { user, role } = this.#before;
    const [row] = await this.#connection.query(
      `SELECT pg_catalog.set_config('session_authorization', ${quoteText(user)}, true), ` +
        `pg_catalog.set_config('role', ${quoteText(role)}, true), ${holdsLock(key)} AS locked`,
    );
    if (!row.locked) throw new LockLostError();
  }

  /** What the session is now, as against what it was; null where it is the same. Limits that each operation has anew do not count. */
  async change(): Promise<SessionChange | null> {
    const now = await readState(this.#connection);
    const { user, role, settings } = this.#before;
    const changed = Object.entries(now.settings).filter(([name, value]) => settings[name] !== value && !isLimit(name));
    const reset = Object.keys(settings).filter(name => now.settings[name] === undefined && !isLimit(name));
    const custom = await this.#customChanges();
    const change: SessionChange = {
      ...(now.user !== user && { user: now.user }),
      ...(now.role !== role && { role: now.role }),
      settings: { ...Object.fromEntries(changed), ...custom },
      reset,
      channels: missingIn(this.#before.channels, now.channels),
      locks: missingIn(this.#before.locks, now.locks),
      objects: missingIn(objectsOf(this.#before), objectsOf(now)),
    };
    return Object.values(change).every(each => typeof each === 'object' && Object.keys(each).length === 0)
      ? null
      : change;
  }

  async #customChanges(): Promise<Record<string, string>> {
    const changes: Record<string, string> = {};
    for (const [name, before] of this.#custom) {
      const value = await this.#valueOf(name);
      if ((value ?? '') !== (before ?? '')) changes[name] = value ?? '';
    }
    return changes;
  }

  /**
   * Makes the session what an earlier one was, whose work it goes on with.
   * @returns what that had and this one cannot have
   */
  async become(change: SessionChange | null): Promise<readonly string[]> {
    const { settings = {}, reset = [], channels = [], locks = [], objects = [] } = change ?? {};
    const custom = Object.keys(settings).filter(name => name.includes('.'));
    for (const name of custom) if (!this.#custom.has(name)) this.#custom.set(name, await this.#valueOf(name));
    const now = await this.#restoreRole();
    const kept = Object.entries(this.#before.settings).filter(([name]) => !reset.includes(name));
    const own = Object.entries(settings).filter(([name]) => !name.includes('.'));
    const target = {
      ...now,
      settings: Object.fromEntries([...kept, ...own]),
      channels: [...this.#before.channels, ...channels],
    };
    for (const sql of restoring(target, now)) await this.#connection.query(sql);
    for (const [name, before] of this.#custom)
      await this.#connection.query(settingStatement(name, settings[name] ?? before));
    for (const lock of missingIn(now.locks, locks))
      await this.#connection.query(`SELECT ${lockFunction(lock, 'lock')}`);
    if (change?.user !== undefined) await this.#connection.query(`SET SESSION AUTHORIZATION ${quoteText(change.user)}`);
    if (change?.role !== undefined)
      await this.#connection.query(`SELECT pg_catalog.set_config('role', ${quoteText(change.role)}, false)`);
    return missingIn(objectsOf(now), objects);
  }

  /** @throws SessionLeftoversError where this role may not undo what another one did */
  async restore(): Promise<void> {
    const now = await this.#restoreRole();
    for (const sql of restoring(this.#before, now)) await this.#run(sql);
    for (const [name, value] of this.#custom) await this.#run(settingStatement(name, value));
    this.#custom.clear();
    for (const lock of missingIn(this.#before.locks, now.locks)) await this.#unlock(lock);
    // What is gone cannot be made again: a client of the pool must not be given a session that lacks it.
    if (lists.some(list => missingIn<unknown>(now[list], this.#before[list]).length > 0)) forget(this.#connection);
  }

  async #restoreRole(): Promise<SessionState> {
    const now = await readState(this.#connection);
    const { user, role } = this.#before;
    if (now.user === user && now.role === role) return now;
    if (now.user !== user) await this.#run(`SET SESSION AUTHORIZATION ${quoteText(user)}`);
    await this.#run(`SELECT pg_catalog.set_config('role', ${quoteText(role)}, false)`);
    return readState(this.#connection);
  }

  /** A lock may have been taken several times; one that ends with the transaction stays until then. */
  async #unlock(lock: AdvisoryLock): Promise<void> {
    for (;;) {
      const [row] = await this.#connection.query(`SELECT ${lockFunction(lock, 'unlock')} AS "isReleased"`);
      if (!row.isReleased) return;
    }
  }

  async #run(sql: string): Promise<void> {
    try {
      await this.#connection.query(sql);
    } catch (error) {
      throw isConnectionLoss(error) ? error : new SessionLeftoversError(sql, error);
    }
  }
}

/** A call of `pg_advisory_lock` or `pg_advisory_unlock`. */
function lockFunction({ classId, objectId, parts, isShared }: AdvisoryLock, action: 'lock' | 'unlock'): string {
  const wide = BigInt.asIntN(64, (BigInt(classId) << 32n) | BigInt(objectId));
  const key = parts === 1 ? `'${wide}'::pg_catalog.int8` : `${classId | 0}, ${objectId | 0}`;
  return `pg_catalog.pg_advisory_${action}${isShared ? '_shared' : ''}(${key})`;
}

const objectsOf = ({ temporary, prepared, cursors }: SessionState): readonly string[] => [
  ...temporary.map(object => object.replace(/ pg_temp_\d+\./, ' pg_temp.')),
  ...prepared.map(name => `prepared statement ${quoteIdentifier(name)}`),
  ...cursors.map(name => `cursor ${quoteIdentifier(name)}`),
];

const isLimit = (name: string): boolean => limitNames.some(limit => limit === name);

/** What a statement such as DISCARD ALL or DEALLOCATE takes away for good. */
const lists = ['prepared', 'cursors', 'locks', 'temporary'] as const;

const settingStatement = (name: string, value: string | null): string =>
  value === null
    ? `RESET ${quoteIdentifier(name)}`
    : `SELECT pg_catalog.set_config(${quoteText(name)}, ${quoteText(value)}, false)`;

/** Does the work on a connection, which is one session, and brings the session back to what it was before. */
export async function whileKept<Result>(
  connection: Connection,
  work: (session: KeptSession) => Promise<Result>,
): Promise<Result> {
  const session = new KeptSession(connection, await readState(connection));
  try {
    return await work(session);
  } finally {
    await session.restore().catch(() => forget(connection));
    if (await session.mayKeepUnnamed().catch(() => true)) forget(connection);
  }
}

function restoring(before: SessionState, now: SessionState): readonly string[] {
  const changed = Object.entries(before.settings).filter(([name, value]) => now.settings[name] !== value);
  const added = Object.keys(now.settings).filter(name => before.settings[name] === undefined);
  const temporary = missingIn(before.temporary, now.temporary);
  return [
    ...added.map(name => `RESET ${quoteIdentifier(name)}`),
    ...changed.map(([name, value]) => settingStatement(name, value)),
    ...missingIn(before.cursors, now.cursors).map(name => `CLOSE ${quoteIdentifier(name)}`),
    ...missingIn(before.prepared, now.prepared).map(name => `DEALLOCATE ${quoteIdentifier(name)}`),
    ...missingIn(before.channels, now.channels).map(name => `UNLISTEN ${quoteIdentifier(name)}`),
    ...missingIn(now.channels, before.channels).map(name => `LISTEN ${quoteIdentifier(name)}`),
    // Drops what belongs to other roles, too.
    ...(temporary.length > 0 && before.temporary.length === 0 ? ['DISCARD TEMP'] : temporary.map(dropTemporary)),
  ];
}

/** `composite type pg_temp.pair` → `DROP type IF EXISTS pg_temp.pair CASCADE` */
function dropTemporary(object: string): string {
  const name = object.indexOf(' pg_temp');
  const kind = object.slice(0, name).replace(/^composite /, '');
  return `DROP ${kind} IF EXISTS${object.slice(name)} CASCADE`;
}

/** What is in the second list and not in the first. */
function missingIn<Item>(known: readonly Item[], items: readonly Item[]): readonly Item[] {
  const texts = new Set(known.map(item => JSON.stringify(item)));
  return items.filter(item => !texts.has(JSON.stringify(item)));
}

/** Functions of the database whose code may set something: what has a body of parsed SQL does not show it. */
const settingFunctions = `SELECT EXISTS (SELECT FROM pg_catalog.pg_proc p
    WHERE p.pronamespace OPERATOR(pg_catalog.<>) ALL (ARRAY['pg_catalog'::pg_catalog.regnamespace::pg_catalog.oid, 'information_schema'::pg_catalog.regnamespace::pg_catalog.oid])
      AND (p.prosrc OPERATOR(pg_catalog.~*) '\\m(set_config|execute)\\M|\\mset\\s+(session\\s+)?"?\\w+"?\\s*[.]'
        OR pg_catalog.to_jsonb(p) OPERATOR(pg_catalog.->>) 'prosqlbody' IS NOT NULL)) AS exist`;
