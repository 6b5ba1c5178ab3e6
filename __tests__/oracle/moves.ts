import {
  foreignKeyColumns,
  type ColumnModel,
  type EntitySet,
  type RelationModel,
  type TableModel,
} from './entity-set.ts';

/** Two states of a project. */
export interface Sides {
  readonly before: EntitySet;
  readonly after: EntitySet;
}

/** A relation as a set names it. */
export type Place = Pick<TableModel, 'schema' | 'name'>;

/** A table that is the same in both sets: where it is, and the columns that go by another name. */
export interface Move {
  readonly from: Place;
  readonly to: Place;
  readonly columns: readonly (readonly [from: string, to: string])[];
}

/** The tables that are in both sets. */
export const survivors = ({ before, after }: Sides): readonly (readonly [TableModel, TableModel])[] =>
  before.tables.flatMap(old => {
    const now = after.tables.find(({ id }) => id === old.id);
    return now ? [[old, now] as const] : [];
  });

/** What becomes of each table that stays, with the junctions and closures that go with it. */
export const movesOf = (sides: Sides): readonly Move[] =>
  survivors(sides).flatMap(([old, now]) => [
    { from: old, to: now, columns: renamedColumns(old, now, sides) },
    ...stayingRelations(old, now)
      .filter(([one]) => one.kind === 'many-to-many')
      .map(([one, other]) => ({
        from: placeBeside(old, one.name),
        to: placeBeside(now, other.name),
        columns: [],
      })),
    ...(old.tree === 'closure-table' && now.tree === 'closure-table'
      ? [{ from: placeBeside(old, `${old.name}_closure`), to: placeBeside(now, `${now.name}_closure`), columns: [] }]
      : []),
  ]);

const placeBeside = ({ schema }: TableModel, name: string): Place => ({
  ...(schema !== undefined && { schema }),
  name,
});

const renamedColumns = (old: TableModel, now: TableModel, { before, after }: Sides) =>
  [
    ...stayingColumns(old, now).map(([one, other]) => [one.name, other.name] as const),
    ...stayingRelations(old, now)
      .filter(([one]) => one.kind !== 'many-to-many')
      .flatMap(([one, other]) => {
        const news = foreignKeyColumns(other, after);
        return foreignKeyColumns(one, before).flatMap((name, at) => (news[at] ? [[name, news[at]] as const] : []));
      }),
  ].filter(([from, to]) => from !== to);

/** The columns of two states of a table that are the same one, under whatever name. */
export const stayingColumns = (old: TableModel, now: TableModel): readonly (readonly [ColumnModel, ColumnModel])[] =>
  matched(old.columns, now.columns);

const stayingRelations = (old: TableModel, now: TableModel): readonly (readonly [RelationModel, RelationModel])[] =>
  matched(old.relations, now.relations);

const matched = <Part extends { readonly id: string }>(olds: readonly Part[], news: readonly Part[]) =>
  olds.flatMap(old => {
    const now = news.find(({ id }) => id === old.id);
    return now ? [[old, now] as const] : [];
  });
