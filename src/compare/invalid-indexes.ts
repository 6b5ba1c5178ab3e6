import type { Index } from '../objects/index-definition.ts';
import { isLeftByReindex } from '../objects/indexes.ts';
import type { Schema } from '../objects/kinds.ts';
import { bareName, quoteName } from '../sql/name.ts';

/** An index that PostgreSQL does not use for queries, though each write updates it, and what to do about it. */
export interface InvalidIndex {
  readonly name: string;
  readonly table: string;
  /** A sentence. */
  readonly advice: string;
}

/** The invalid indexes of a database: what a failed or interrupted CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY left. */
export const invalidIndexes = (live: Schema, target: Schema): readonly InvalidIndex[] =>
  [...live.indexes.values()]
    .filter(({ invalid }) => invalid)
    .map(index => ({ name: index.name, table: index.table, advice: adviceOn(index, target.indexes.get(index.name)) }));

function adviceOn(index: Index, target: Index | undefined): string {
  const found = `The index ${index.name} of ${index.table} is INVALID, so PostgreSQL does not use it`;
  const drop = `DROP INDEX CONCURRENTLY ${quoteName(index.name)}`;
  if (isLeftByReindex(index)) {
    return /_ccnew\d*$/.test(bareName(index.name))
      ? `${found}: an interrupted REINDEX CONCURRENTLY left it beside the index that it was to replace; run \`${drop}\`, and REINDEX INDEX CONCURRENTLY again.`
      : `${found}: REINDEX CONCURRENTLY left it when its replacement was in place; run \`${drop}\`.`;
  }
  if (target === undefined || !target.invalid)
    return `${found}: a CREATE INDEX CONCURRENTLY failed, or still runs; the next revision ${target === undefined ? 'drops it' : 'drops it and creates it again'}.`;
  return `${found}: a CREATE INDEX CONCURRENTLY failed, or still runs; it is unmanaged: run \`REINDEX INDEX CONCURRENTLY ${quoteName(index.name)}\`, or \`${drop}\`.`;
}
