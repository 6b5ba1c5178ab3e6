import type { Schema } from '../objects/kinds.ts';
import { columnUse, usesOf, type Use } from '../objects/uses.ts';
import type { View } from '../objects/views.ts';
import { tokensOf } from '../sql/lexer.ts';
import { typeNameIn } from '../sql/name.ts';
import {
  allMoved,
  tableMoved,
  unmoved,
  viewMoved,
  withColumnsMoved,
  type ColumnsMoved,
} from './columns-under-stars.ts';
import { renamedEnums } from './enum-renames.ts';
import type { Renames } from './renames.ts';

/** Both sides of a comparison, and what the entities say. */
interface Sides {
  readonly declared: Schema;
  readonly live: Schema;
  /** The names that things have in the database until they are renamed. */
  readonly old: Renames;
}

/**
 * The target with the entities' own text of each view that is created again over something else than the database has: a
 * column that gets another type, other columns under a star, or another view. What PostgreSQL made of that text has casts of
 * the types, and for a star the columns, that there are now.
 */
export function withOwnTexts(target: Schema, sides: Sides): Schema {
  const restored = restoredViews(target, sides);
  const all = (kind: 'views' | 'materializedViews') =>
    new Map([...target[kind]].map(([name, view]) => [name, restored(view)]));
  return { ...target, views: all('views'), materializedViews: all('materializedViews') } as Schema;
}

/** Views by their own text where they use a column that changes its type, or read a view that changes or does so itself. */
function restoredViews(target: Schema, { declared, live, old }: Sides): (view: View) => View {
  const retyped = retypedColumns(target, live);
  const [views, says, lives] = [target, declared, live].map(viewsByName);
  const isDeclared = (view: View) => view !== lives!.get(view.name) && says!.has(view.name);
  const found = new Map<View, Restored>();
  const restore = (view: View): Restored => {
    const known = found.get(view);
    if (known) return known;
    found.set(view, { view, rests: false });
    const read = view.reads.flatMap(name => views!.get(name) ?? []);
    const own = isDeclared(view) ? says!.get(view.name)!.definition : undefined;
    const moved = own !== undefined && hasStar(own) ? movedUnder(view) : unmoved;
    const rests = moved.moves || usesOf(view).some(use => retyped.has(use)) || read.some(changes);
    const result = {
      view: own !== undefined && rests ? withColumnsMoved({ ...view, definition: own }, moved) : view,
      rests,
    };
    found.set(view, result);
    return result;
  };
  const changes = (view: View): boolean => restore(view).rests || view.definition !== lives!.get(view.name)?.definition;
  const movedUnder = ({ reads }: View): ColumnsMoved =>
    allMoved(
      reads.map(name => {
        const read = views!.get(name);
        return read ? viewMoved(restore(read).view, lives!.get(name)) : tableMoved(name, { target, live }, old);
      }),
    );
  return view => restore(view).view;
}

interface Restored {
  readonly view: View;
  /** Whether it is to be created again for what it reads. */
  readonly rests: boolean;
}

const viewsByName = ({ views, materializedViews }: Schema): ReadonlyMap<string, View> =>
  new Map<string, View>([...views, ...materializedViews]);

/** Whether a list of columns has one, as in `SELECT i.*, 1 FROM …`, or is all of a relation's, as in `TABLE item`. */
const hasStar = (text: string): boolean => {
  const tokens = tokensOf(text).map(token => token.toUpperCase());
  return tokens.some((token, i) => token === 'TABLE' || (token === '*' && isOfColumns(tokens, i)));
};

/** The sign is one of multiplication otherwise, or stands for the rows that are counted. */
function isOfColumns(tokens: readonly string[], at: number): boolean {
  if (['FROM', ','].includes(tokens[at + 1] ?? '')) return true;
  let first = at;
  while (tokens[first - 1] === '.') first -= 2;
  return ['SELECT', 'ALL', 'DISTINCT', ','].includes(tokens[first - 1] ?? '');
}

function retypedColumns(target: Schema, live: Schema): ReadonlySet<Use> {
  const enums = renamedEnums(live, target);
  return new Set(
    [...target.tables.values()].flatMap(({ name: table, columns }) => {
      const lives = new Map(live.tables.get(table)?.columns.map(column => [column.name, column]));
      return columns.flatMap(({ name, type, collation }) => {
        const own = lives.get(name);
        const isSame = own?.type === type || (own && enums[typeNameIn(own.type)] === typeNameIn(type));
        return own && !(isSame && own.collation === collation) ? [columnUse(table, name)] : [];
      });
    }),
  );
}
