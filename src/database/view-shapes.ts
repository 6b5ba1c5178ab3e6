import type { EnumType } from '../objects/enums.ts';
import type { Schema } from '../objects/kinds.ts';
import { COLUMNS, UPDATABLE, type View } from '../objects/views.ts';
import { qualify, type QualifiedName } from '../sql/name.ts';
import type { PresentEnums } from './canonical-probes.ts';
import type { Connection } from './connection.ts';
import { introspectTemporary } from './introspect.ts';
import { onStandIns, viewsOf } from './stand-ins.ts';

/**
 * The declared schema with the columns of views that PostgreSQL cannot make yet, because what they read is still to be
 * made: each is made over temporary relations that go by the names of those it reads, and rolled back. They are asked for
 * only where something is set, on a column or on the view, that another SELECT may not have.
 * @param texts the same schema with the views' own texts
 */
export async function withViewShapes(connection: Connection, declared: Schema, sides: Sides): Promise<Schema> {
  const { texts, live } = sides;
  const asked = viewsOf(declared).filter(view => view[COLUMNS] === undefined && mayLose(view, live));
  if (asked.length === 0) return declared;
  const names = new Set(asked.map(({ name }) => name));
  const shapes = await readShapes(
    connection,
    viewsOf(texts).filter(({ name }) => names.has(name)),
    sides,
  );
  const shaped = (views: ReadonlyMap<QualifiedName, View>) =>
    new Map([...views].map(([name, view]) => [name, { ...view, ...shapes.get(name) }]));
  return {
    ...declared,
    views: shaped(declared.views),
    materializedViews: shaped(declared.materializedViews),
  };
}

/** Whether the relation of its name has what not every SELECT can have. */
function mayLose({ name, definition }: View, { views, materializedViews, tables }: Schema): boolean {
  const view: View | undefined = views.get(name) ?? materializedViews.get(name);
  if (!view) return tables.get(name)?.columns.some(({ grants }) => grants) ?? false;
  return view.definition !== definition && (view.columns !== undefined || view.with !== undefined);
}

interface Sides {
  readonly texts: Schema;
  readonly live: Schema;
  readonly present: PresentEnums;
}

type Shape = Pick<View, typeof COLUMNS | typeof UPDATABLE>;

async function readShapes(
  connection: Connection,
  asked: readonly View[],
  { texts: declared, live, present }: Sides,
): Promise<ReadonlyMap<QualifiedName, Shape>> {
  const enums = [...declared.enums.values()].filter(
    each => !present.has(each.name) || !hasLabels(live.enums.get(each.name), each),
  );
  return onStandIns(connection, asked, { schema: declared, enums }, async ({ made }) => {
    const views = (await introspectTemporary(connection, ['views']))?.views ?? new Map<string, View>();
    return new Map(
      made.flatMap(({ relation, name }) => {
        const view = asked.includes(relation as View) ? views.get(qualify(undefined, name)) : undefined;
        return view ? [[relation.name, { [COLUMNS]: view[COLUMNS]!, [UPDATABLE]: view[UPDATABLE]! }] as const] : [];
      }),
    );
  });
}

const hasLabels = (live: EnumType | undefined, { labels }: EnumType): boolean =>
  live?.labels.join('\0') === labels.join('\0');
