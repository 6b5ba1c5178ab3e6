import type { EnumType } from '../objects/enums.ts';
import type { Schema } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';
import { COLUMNS, UPDATABLE, type View } from '../objects/views.ts';
import { bareName, nameParts, quoteIdentifier, quoteIdentifiers, type QualifiedName } from '../sql/name.ts';
import type { PresentEnums } from './canonical-probes.ts';
import { cloneColumn, createTemporaryEnum, refusalOf } from './clones.ts';
import type { Connection } from './connection.ts';
import { introspectTemporary } from './introspect.ts';

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

const viewsOf = ({ views, materializedViews }: Schema): readonly View[] => [
  ...views.values(),
  ...materializedViews.values(),
];

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
  const relations = relationsUnder(asked, declared).map((relation, i) => ({
    relation,
    name: standInName(relation, i),
  }));
  const enums = [...declared.enums.values()].filter(
    each => !present.has(each.name) || !hasLabels(live.enums.get(each.name), each),
  );
  await connection.query('BEGIN');
  try {
    await connection.query('SET LOCAL standard_conforming_strings = on');
    await connection.query('SET LOCAL lock_timeout = 0');
    for (const each of enums) await refusalOf(connection, [createTemporaryEnum(each)]);
    for (const { relation, name } of relations) await refusalOf(connection, [standIn(relation, name, enums)]);
    const views = (await introspectTemporary(connection, ['views']))?.views ?? new Map<string, View>();
    return new Map(
      relations.flatMap(({ relation, name }) => {
        const view = asked.includes(relation as View) ? views.get(name) : undefined;
        return view ? [[relation.name, { [COLUMNS]: view[COLUMNS]!, [UPDATABLE]: view[UPDATABLE]! }] as const] : [];
      }),
    );
  } finally {
    await connection.query('ROLLBACK');
  }
}

const hasLabels = (live: EnumType | undefined, { labels }: EnumType): boolean =>
  live?.labels.join('\0') === labels.join('\0');

/** The views with all that they read, in the order in which they can be made. */
function relationsUnder(asked: readonly View[], declared: Schema): readonly (Table | View)[] {
  const views = new Map(viewsOf(declared).map(view => [view.name, view]));
  const [begun, found] = [new Set<View>(), new Set<Table | View>()];
  const visit = (view: View) => {
    if (begun.has(view)) return;
    begun.add(view);
    for (const name of view.reads) {
      const [table, read] = [declared.tables.get(name), views.get(name)];
      if (table) found.add(table);
      if (read) visit(read);
    }
    found.add(view);
  };
  asked.forEach(visit);
  return [...found];
}

/** Temporary relations are found before others, but for those whose schema is written: nothing stands in for these. */
const standInName = ({ name }: Table | View, i: number): string =>
  nameParts(name).schema === undefined ? name : `stand_in_${i}`;

function standIn(relation: Table | View, name: string, enums: readonly EnumType[]): string {
  const quoted = quoteIdentifier(bareName(name));
  if ('definition' in relation) return `CREATE TEMP VIEW ${quoted} AS\n${relation.definition}`;
  const names = enums.map(each => each.name);
  const key = relation.primaryKey && `PRIMARY KEY (${quoteIdentifiers(relation.primaryKey.columns)})`;
  const columns = relation.columns.map(column => cloneColumn(column, names));
  return `CREATE TEMP TABLE ${quoted} (${[...columns, ...(key ? [key] : [])].join(', ')})`;
}
