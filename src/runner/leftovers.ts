import type { Connection } from '../database/connection.ts';
import { halfBuiltIndexes, indexesOf, isIndexOf, readDetaching, readIndexState } from '../database/index-guard.ts';
import { guardOf } from '../sql/guard.ts';
import type { Guard, Statement } from '../sql/statement.ts';
import type { Logger } from './logger.ts';

/** What clearing up after an interrupted statement needs. */
export interface LeftoversContext {
  readonly logger: Pick<Logger, 'info'>;
  /** Asks the database something, in a transaction. */
  look<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result>;
  /** Sends a statement outside a transaction. */
  send(sql: string): Promise<unknown>;
}

type Leftovers<Type extends Guard['type']> = (
  context: LeftoversContext,
  guard: Extract<Guard, { readonly type: Type }>,
  attempt: { readonly sql: string; readonly isInterrupted: boolean },
) => Promise<boolean>;

/**
 * Looks at what an earlier attempt at a statement outside a transaction left behind, and clears up what is not whole.
 * @param isInterrupted whether there was such an attempt of this very statement
 * @returns whether the statement was carried out
 */
export function isCarriedOut(
  context: LeftoversContext,
  statement: Statement,
  isInterrupted: boolean,
): Promise<boolean> | boolean {
  const guard = guardOf(statement);
  if (!guard) return false;
  const leftovers = leftoversOf[guard.type] as Leftovers<Guard['type']>;
  return leftovers(context, guard, { sql: statement.sql, isInterrupted });
}

const leftoversOf: { readonly [Type in Guard['type']]: Leftovers<Type> } = {
  async indexValid({ logger, look, send }, { index, drop }, { sql }) {
    const state = await look(connection => readIndexState(connection, index));
    if (state === 'valid') return look(connection => isIndexOf(connection, index, sql));
    if (state === 'invalid') {
      logger.info(`Building ${index} again: an earlier attempt left it invalid`);
      await send(drop);
    }
    return false;
  },

  async indexGone({ look }, { index }, { isInterrupted }) {
    return isInterrupted && (await look(connection => readIndexState(connection, index))) === 'missing';
  },

  /** PostgreSQL chose its name: it is told by its definition. */
  async indexUnnamed({ logger, look, send }, { table }, { sql, isInterrupted }) {
    if (!isInterrupted) return false;
    for (const index of await look(connection => indexesOf(connection, table))) {
      if (!(await look(connection => isIndexOf(connection, index, sql)))) continue;
      if ((await look(connection => readIndexState(connection, index))) === 'valid') return true;
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
