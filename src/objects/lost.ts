/**
 * What of an object in the database its successor cannot have, in words: `the option fillfactor=70`. The key is a symbol
 * because it is no part of the object: it is neither compared nor rendered. It becomes a hazard of the operation that
 * creates the successor.
 */
export const LOST: unique symbol = Symbol.for('typeorm-alembic.lost') as never;

export interface Losing {
  readonly [LOST]?: readonly string[];
}

/** To be spread into an object: nothing where nothing is lost. */
export const losing = (what: readonly string[]): Losing => (what.length > 0 ? { [LOST]: what } : {});
