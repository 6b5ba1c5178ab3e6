import type { Connection } from '../database/connection.ts';
import {
  findIndex,
  halfBuiltIndexes,
  indexesOf,
  isIndexOf,
  isIndexThere,
  readDetaching,
} from '../database/index-guard.ts';
import { guardOf, indexCreationIn } from '../sql/guard.ts';
import type { Guard, Statement } from '../sql/statement.ts';
import type { Logger } from './logger.ts';

/** What clearing up after an interrupted statement needs. */
export interface LeftoversContext {
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  /** Asks the database something, in a transaction. */
  look<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>;
  /** Sends a statement outside a transaction. */
  send(sql: string): Promise<unknown>;
}

/** What is known of an earlier attempt at a statement. */
export interface EarlierAttempt {
  readonly isInterrupted: boolean;
  /** The id of the index that it was to drop; null where there was none. */
  readonly droppedIndex: string | null;
}

type Leftovers<Type extends Guard['type']> = (
  context: LeftoversContext,
  guard: Extract<Guard, { readonly type: Type }>,
  attempt: EarlierAttempt & { readonly sql: string },
) => Promise<boolean>;

/**
 * Looks at what an earlier attempt at a statement outside a transaction left behind, and cleans up what is not whole.
 * @param attempt what is known of an earlier attempt at this very statement
 * @returns whether the statement was carried out
 */
export function isCarriedOut(
  context: LeftoversContext,
  statement: Statement,
  attempt: EarlierAttempt,
): Promise<boolean> | boolean {
  const guard = guardOf(statement);
  if (!guard) return false;
  const leftovers = leftoversOf[guard.type] as Leftovers<Guard['type']>;
  return leftovers(context, guard, { ...attempt, sql: statement.sql });
}

const leftoversOf: { readonly [Type in Guard['type']]: Leftovers<Type> } = {
  /** With IF NOT EXISTS the server itself takes an index of that name for the one that is meant. */
  async indexValid({ logger, look, send }, guard, { sql, isInterrupted }) {
    const found = await look(connection => findIndex(connection, guard));
    if (!found) return false;
    const { index, isValid } = found;
    if (!isValid) {
      logger.info(`Building ${index} again: an earlier attempt left it invalid`);
      await send(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
      return false;
    }
    if (indexCreationIn(sql)?.ifNotExists) return false;
    const isSame = await isIndexOf(look, index, sql);
    if (isSame !== undefined || !isInterrupted) return isSame ?? false;
    logger.warn(
      `Taking the valid index ${index} for the one that an interrupted attempt built: PostgreSQL could not compare its definition`,
    );
    return true;
  },

  /** The name may stand for another schema's index, now that this one is gone. */
  async indexGone({ look }, _, { isInterrupted, droppedIndex }) {
    return (
      isInterrupted && droppedIndex !== null && !(await look(connection => isIndexThere(connection, droppedIndex)))
    );
  },

  /** PostgreSQL chose its name, so it is recognized by its definition. */
  async indexUnnamed({ logger, look, send }, { table }, { sql, isInterrupted }) {
    if (!isInterrupted) return false;
    for (const { index, isValid } of await look(connection => indexesOf(connection, table))) {
      const isSame = await isIndexOf(look, index, sql);
      if (isSame === undefined) {
        logger.warn(
          `Building an index of ${table} again that an interrupted attempt may have built: PostgreSQL could not compare definitions; drop the other one if there are two`,
        );
        return false;
      }
      if (!isSame) continue;
      if (isValid) return true;
      logger.info(`Dropping ${index}: an interrupted attempt left it invalid`);
      await send(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
    }
    return false;
  },

  async rebuilt({ logger, look, send }, guard, { isInterrupted }) {
    if (!isInterrupted) return false;
    for (const index of await look(connection => halfBuiltIndexes(connection, guard))) {
      logger.info(`Dropping ${index}: an interrupted REINDEX left it invalid`);
      await send(`DROP INDEX CONCURRENTLY IF EXISTS ${index}`);
    }
    return false;
  },

  async detached({ look, send }, guard, { isInterrupted }) {
    if (!isInterrupted) return false;
    const state = await look(connection => readDetaching(connection, guard));
    if (state === 'pending') await send(`ALTER TABLE ${guard.table} DETACH PARTITION ${guard.partition} FINALIZE`);
    return state !== 'attached';
  },
};
