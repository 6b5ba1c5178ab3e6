import type { Renames } from 'typeorm-alembic';
import type { ColumnModel, EntitySet, TableModel } from './entity-set.ts';
import { freshNames, randomSet } from './make-set.ts';
import { mutated, RENAMED } from './mutate.ts';
import { randomOthers, standsIn, staysBehind, type Other } from './others.ts';
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
  const others = randomOthers(random, names, before).filter(other => !staysBehind(other) || standsIn(other, after));
  return { before, after, others };
}

/** What goes by another name after: told to autogenerate, as a user tells it. */
export function renamesOf({ before, after }: Pick<Pair, 'before' | 'after'>): Renames {
  const tables: Record<string, string> = {};
  const columns: Record<string, string> = {};
  const enums: Record<string, string> = {};
  const enumLabels: Record<string, string> = {};
  for (const [old, now] of survivors({ before, after })) {
    if (pathOf(old) !== pathOf(now)) tables[pathOf(old)] = pathOf(now);
    for (const column of old.columns) {
      const kept = now.columns.find(({ id }) => id === column.id);
      if (!kept?.options.enum || !column.options.enum) continue;
      const [from, to] = [enumNameOf(old, column), enumNameOf(now, kept)];
      if (column.options.enumName && kept.options.enumName && from !== to) enums[from] = to;
      const [label = '', renamed = ''] = [column.options.enum[0], kept.options.enum[0]];
      if (renamed === `${RENAMED}${label}`) enumLabels[`${from}.${quoted(label)}`] = renamed;
    }
    for (const [from, to] of renamedParts(old.columns, now.columns)) columns[`${pathOf(old)}.${quoted(from)}`] = to;
    for (const [from, to] of renamedParts(foreignKeysOf(old), foreignKeysOf(now)))
      columns[`${pathOf(old)}.${quoted(from)}`] = to;
    for (const [from, to] of renamedParts(junctionsOf(old), junctionsOf(now)))
      tables[pathOf({ ...old, name: from })] = pathOf({ ...now, name: to });
  }
  return { tables, columns, enums, enumLabels };
}

/** The name that TypeORM gives an enum. */
export const enumNameOf = (table: TableModel, { name, options }: ColumnModel): string =>
  pathOf({ ...table, name: options.enumName ?? `${table.name}_${name.toLowerCase()}_enum` });

const foreignKeysOf = ({ relations }: TableModel) => relations.filter(({ kind }) => kind !== 'many-to-many');
const junctionsOf = ({ relations }: TableModel) => relations.filter(({ kind }) => kind === 'many-to-many');

interface Part {
  readonly id: string;
  readonly name: string;
}

const renamedParts = (olds: readonly Part[], news: readonly Part[]): readonly (readonly [string, string])[] =>
  olds.flatMap(({ id, name }) => {
    const now = news.find(part => part.id === id);
    return now && now.name !== name ? [[name, now.name] as const] : [];
  });

/** The tables that are in both sets. */
export const survivors = ({
  before,
  after,
}: Pick<Pair, 'before' | 'after'>): readonly (readonly [TableModel, TableModel])[] =>
  before.tables.flatMap(old => {
    const now = after.tables.find(({ id }) => id === old.id);
    return now ? [[old, now] as const] : [];
  });

const pathOf = ({ schema, name }: Pick<TableModel, 'schema' | 'name'>): string =>
  [schema, name]
    .filter(each => each !== undefined)
    .map(quoted)
    .join('.');

const quoted = (name: string): string => (/[."]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
