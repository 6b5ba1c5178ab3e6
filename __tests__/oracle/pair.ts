import type { Renames } from 'typeorm-alembic';
import type { ColumnModel, EntitySet, TableModel } from './entity-set.ts';
import { movesOf, stayingColumns, survivors, type Place, type Sides } from './moves.ts';
import { freshNames, randomSet } from './make-set.ts';
import { mutated, RENAMED } from './mutate.ts';
import { randomOthers, standsIn, staysBehind, type Other } from './others.ts';
import { randomFrom } from './random.ts';

/** Two states of a project, and what others made beside the first. */
export interface Pair extends Sides {
  readonly others: readonly Other[];
  /** What was changed, by the names of the mutations. */
  readonly changes: readonly string[];
  /** Whether the first revision is run too, on an empty database: in every third pair, for the time that it takes. */
  readonly runsFirst: boolean;
}

export function randomPair(seed: number): Pair {
  const random = randomFrom(seed);
  const names = freshNames();
  const before = randomSet(random, names);
  const { after, changes } = possible(() => mutated(before, random, names), before);
  const others = randomOthers(random, names, before).filter(other => !staysBehind(other) || standsIn(other, after));
  return { before, after, others, changes, runsFirst: seed % 3 === 0 };
}

/** Draws until no rename that is told takes the name of something that stays there until the revision runs. */
function possible<Drawn extends { readonly after: EntitySet }>(draw: () => Drawn, before: EntitySet): Drawn {
  for (;;) {
    const drawn = draw();
    const moves = movesOf({ before, after: drawn.after });
    const leaving = new Set(
      moves.filter(({ from, to }) => pathOf(from) !== pathOf(to)).map(({ from }) => pathOf(from)),
    );
    const taken = before.tables.map(pathOf).filter(name => !leaving.has(name));
    const takes = moves.some(({ from, to }) => pathOf(from) !== pathOf(to) && taken.includes(pathOf(to)));
    if (!takes && !survivors({ before, after: drawn.after }).some(takesColumn)) return drawn;
  }
}

function takesColumn([old, now]: readonly [TableModel, TableModel]): boolean {
  const renamed = stayingColumns(old, now).filter(([from, to]) => from.name !== to.name);
  const leaving = new Set(renamed.map(([from]) => from.name));
  return renamed.some(([, { name }]) => !leaving.has(name) && old.columns.some(each => each.name === name));
}

/** What goes by another name after: told to autogenerate, as a user tells it. */
export function renamesOf(sides: Sides): Renames {
  const moves = movesOf(sides);
  return {
    tables: different(moves.map(({ from, to }) => [pathOf(from), pathOf(to)])),
    columns: Object.fromEntries(
      moves.flatMap(({ from, columns }) => columns.map(([old, now]) => [`${pathOf(from)}.${quoted(old)}`, now])),
    ),
    ...enumRenamesOf(sides),
  };
}

function enumRenamesOf(sides: Sides): Pick<Renames, 'enums' | 'enumLabels'> {
  const enums: (readonly [string, string])[] = [];
  const labels: (readonly [string, string])[] = [];
  for (const [old, now] of survivors(sides)) {
    for (const [column, kept] of stayingColumns(old, now)) {
      if (!kept.options.enum || !column.options.enum) continue;
      const [from, to] = [enumNameOf(old, column), enumNameOf(now, kept)];
      if (column.options.enumName && kept.options.enumName) enums.push([from, to]);
      const [label = '', renamed = ''] = [column.options.enum[0], kept.options.enum[0]];
      if (renamed === `${RENAMED}${label}`) labels.push([`${from}.${quoted(label)}`, renamed]);
    }
  }
  return { enums: different(enums), enumLabels: Object.fromEntries(labels) };
}

const different = (names: readonly (readonly [string, string])[]): Record<string, string> =>
  Object.fromEntries(names.filter(([from, to]) => from !== to));

/** The name that TypeORM gives an enum. */
const enumNameOf = (table: TableModel, { name, options }: ColumnModel): string =>
  pathOf({ ...table, name: options.enumName ?? `${table.name}_${name.toLowerCase()}_enum` });

const pathOf = ({ schema, name }: Place): string =>
  [schema, name]
    .filter(each => each !== undefined)
    .map(quoted)
    .join('.');

const quoted = (name: string): string => (/[."]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name);
