import type { Schema } from '../objects/kinds.ts';
import { columnUse, usesOf, type Use } from '../objects/uses.ts';
import type { View } from '../objects/views.ts';
import { typeNameIn } from '../sql/name.ts';
import { renamedEnums } from './enum-renames.ts';

/**
 * The target with the entities' own text of each view that is created again over something else than the database has: a
 * column that gets another type, or another view. What PostgreSQL made of that text has casts of the types there are now.
 * @param declared what the entities say
 */
export function withOwnTexts(target: Schema, declared: Schema, live: Schema): Schema {
  const restsOnChange = changesUnder(target, live);
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
function changesUnder(target: Schema, live: Schema): (view: View) => boolean {
  const retyped = retypedColumns(target, live);
  const [views, lives] = [target, live].map(each => new Map<string, View>([...each.views, ...each.materializedViews]));
  const known = new Map<View, boolean>();
  const changes = (view: View): boolean => view.definition !== lives!.get(view.name)?.definition || rests(view);
  const rests = (view: View): boolean => {
    if (!known.has(view)) {
      const read = view.reads.flatMap(name => views!.get(name) ?? []);
      known.set(view, usesOf(view).some(use => retyped.has(use)) || read.some(changes));
    }
    return known.get(view)!;
  };
  return rests;
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
