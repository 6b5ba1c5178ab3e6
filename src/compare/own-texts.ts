import type { Schema } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';
import { columnUse, usesOf, type Use } from '../objects/uses.ts';
import type { View } from '../objects/views.ts';
import { tokensOf } from '../sql/lexer.ts';
import { typeNameIn } from '../sql/name.ts';
import { renamedEnums } from './enum-renames.ts';

/**
 * The target with the entities' own text of each view that is created again over something else than the database has: a
 * column that gets another type, a table that gets more columns, or another view. What PostgreSQL made of that text has
 * casts of the types, and for a star the columns, that there are now.
 * @param declared what the entities say
 */
export function withOwnTexts(target: Schema, declared: Schema, live: Schema): Schema {
  const restsOnChange = changesUnder(target, declared, live);
  const restored = (kind: 'views' | 'materializedViews') =>
    new Map(
      [...target[kind]].map(([name, view]) => {
        const own: View | undefined = declared[kind].get(name);
        const isDeclared = own !== undefined && view !== live[kind].get(name);
        return [name, isDeclared && restsOnChange(view) ? { ...view, definition: own.definition } : view];
      }),
    );
  return { ...target, views: restored('views'), materializedViews: restored('materializedViews') } as Schema;
}

/** Whether a view of the target uses a column that changes its type, or reads a view that changes or does so itself. */
function changesUnder(target: Schema, declared: Schema, live: Schema): (view: View) => boolean {
  const retyped = retypedColumns(target, live);
  const [views, says, lives] = [target, declared, live].map(
    each => new Map<string, View>([...each.views, ...each.materializedViews]),
  );
  const gains = (name: string) => gainsColumns(target.tables.get(name), live.tables.get(name));
  const known = new Map<View, boolean>();
  const changes = (view: View): boolean => view.definition !== lives!.get(view.name)?.definition || rests(view);
  const rests = (view: View): boolean => {
    if (!known.has(view)) {
      const read = view.reads.flatMap(name => views!.get(name) ?? []);
      const hasMore = hasStar(says!.get(view.name)?.definition ?? '') && view.reads.some(gains);
      known.set(view, hasMore || usesOf(view).some(use => retyped.has(use)) || read.some(changes));
    }
    return known.get(view)!;
  };
  return rests;
}

const gainsColumns = (table: Table | undefined, live: Table | undefined): boolean =>
  table?.columns.some(({ name }) => live && !live.columns.some(each => each.name === name)) ?? false;

/** Whether a list of columns has one, as in `SELECT i.*, 1 FROM …`. */
const hasStar = (text: string): boolean =>
  tokensOf(text).some((token, i, tokens) => token === '*' && /^(from|,)$/i.test(tokens[i + 1] ?? ''));

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
