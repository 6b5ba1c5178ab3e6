import { consistent } from './consistent.ts';
import { examine, type Outcome } from './examine.ts';
import type { EntitySet, TableModel } from './entity-set.ts';
import { standsIn } from './others.ts';
import type { Pair } from './pair.ts';
import { forgetEntities } from './project.ts';

type Failure = Extract<Outcome, { kind: 'failed' }>;

/** Tries at most this often: a try takes about two seconds. */
const MOST_TRIES = 150;

/** The smallest pair found that breaks the same law, by leaving out one part after the other. */
export async function shrink(pair: Pair, failure: Failure): Promise<{ pair: Pair; failure: Failure }> {
  let smallest = { pair, failure };
  let tries = 0;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const candidate of smallerThan(smallest.pair)) {
      if ((tries += 1) > MOST_TRIES) return smallest;
      forgetEntities();
      const outcome = await examine(candidate);
      if (outcome.kind !== 'failed' || outcome.law !== failure.law) continue;
      smallest = { pair: candidate, failure: outcome };
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** Pairs with one part less, the largest parts first. */
function* smallerThan(pair: Pair): Generator<Pair> {
  const ids = [...new Set([...pair.before.tables, ...pair.after.tables].map(({ id }) => id))];
  for (const id of ids) {
    const before = withoutTable(pair.before, id);
    if (before.tables.length > 0) yield standing({ ...pair, before, after: withoutTable(pair.after, id) });
  }
  if (pair.others.length > 0) yield { ...pair, others: [] };
  for (const other of pair.others) yield { ...pair, others: pair.others.filter(each => each !== other) };
  for (const { id } of [...pair.before.views, ...pair.after.views]) {
    const without = (set: EntitySet) => ({ ...set, views: set.views.filter(view => view.id !== id) });
    yield { ...pair, before: without(pair.before), after: without(pair.after) };
  }
  for (const id of ids) yield* withLessOf(pair, id);
}

/** The same pair with one table poorer, or unchanged, in both sets. */
function* withLessOf(pair: Pair, id: string): Generator<Pair> {
  const [old, now] = [pair.before, pair.after].map(set => set.tables.find(table => table.id === id));
  const replaced = (before: TableModel | undefined, after: TableModel | undefined): Pair =>
    standing({ ...pair, before: withTable(pair.before, before), after: withTable(pair.after, after) });
  if (old && now && JSON.stringify(old) !== JSON.stringify(now)) yield replaced(now, now);
  for (const part of partsOf(old, now)) {
    yield replaced(old && withoutPart(old, part), now && withoutPart(now, part));
  }
  if (old && now) {
    for (const column of now.columns) {
      const former = old.columns.find(each => each.id === column.id);
      if (former && JSON.stringify(former) !== JSON.stringify(column))
        yield replaced(old, { ...now, columns: now.columns.map(each => (each === column ? former : each)) });
    }
    if (now.name !== old.name) yield replaced(old, { ...now, name: old.name });
  }
}

const LISTS = ['indices', 'uniques', 'checks', 'exclusions', 'relations', 'children', 'columns'] as const;

const partsOf = (...tables: readonly (TableModel | undefined)[]): readonly string[] => [
  ...new Set(
    tables.flatMap(table =>
      table ? LISTS.flatMap(list => table[list].filter(part => !('key' in part)).map(({ id }) => id)) : [],
    ),
  ),
];

/** The table without one part and whatever refers to it. */
function withoutPart(table: TableModel, id: string): TableModel {
  const filtered = LISTS.map(list => {
    const kept = (table[list] as readonly { readonly id: string }[]).filter(
      part => part.id !== id && !JSON.stringify(part).includes(JSON.stringify(id)),
    );
    return [list, kept] as const;
  });
  return { ...table, ...(Object.fromEntries(filtered) as unknown as Pick<TableModel, (typeof LISTS)[number]>) };
}

const withoutTable = (set: EntitySet, id: string): EntitySet =>
  consistent({ ...set, tables: set.tables.filter(table => table.id !== id) });

const withTable = (set: EntitySet, table: TableModel | undefined): EntitySet =>
  table ? consistent({ ...set, tables: set.tables.map(each => (each.id === table.id ? table : each)) }) : set;

const standing = (pair: Pair): Pair => ({ ...pair, others: pair.others.filter(other => standsIn(other, pair.before)) });
