import type { Renames } from 'typeorm-alembic';
import type { EntitySet, TableModel } from './entity-set.ts';
import { freshNames, randomSet } from './make-set.ts';
import { mutated } from './mutate.ts';
import { randomOthers, type Other } from './others.ts';
import { randomFrom } from './random.ts';

/** Two states of a project, and what others made beside the first. */
export interface Pair {
  readonly before: EntitySet;
  readonly after: EntitySet;
  readonly others: readonly Other[];
}

export function randomPair(seed: number): Pair {
  const random = randomFrom(seed);
  const names = freshNames();
  const before = randomSet(random, names);
  const after = mutated(before, random, names);
  return { before, after, others: randomOthers(random, names, before) };
}

/** What goes by another name after: told to autogenerate, as a user tells it. */
export function renamesOf({ before, after }: Pick<Pair, 'before' | 'after'>): Renames {
  const tables: Record<string, string> = {};
  const columns: Record<string, string> = {};
  for (const [old, now] of survivors({ before, after })) {
    if (pathOf(old) !== pathOf(now)) tables[pathOf(old)] = pathOf(now);
    for (const column of old.columns) {
      const name = now.columns.find(({ id }) => id === column.id)?.name;
      if (name !== undefined && name !== column.name) columns[`${pathOf(old)}.${quoted(column.name)}`] = name;
    }
  }
  return { tables, columns };
}

/** The tables that are in both sets. */
export const survivors = ({
  before,
  after,
}: Pick<Pair, 'before' | 'after'>): readonly (readonly [TableModel, TableModel])[] =>
  before.tables.flatMap(old => {
    const now = after.tables.find(({ id }) => id === old.id);
    return now ? [[old, now] as const] : [];
  });

const pathOf = ({ schema, name }: TableModel): string =>
  [schema, name]
    .filter(each => each !== undefined)
    .map(quoted)
    .join('.');

const quoted = (name: string): string => (/[."]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
