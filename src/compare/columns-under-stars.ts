import { LOST, losing } from '../objects/lost.ts';
import type { Schema } from '../objects/kinds.ts';
import { columnUse, USES, usesOf, type Use } from '../objects/uses.ts';
import { columnSettings, COLUMNS, storageSettings, type View } from '../objects/views.ts';
import { bareName, partName, type QualifiedName } from '../sql/name.ts';
import type { Renames } from './renames.ts';

/** How the columns of a relation become others, by name. */
export interface ColumnsMoved {
  readonly moves: boolean;
  /** Old names that are there no more, those that were renamed among them. */
  readonly lost: ReadonlySet<string>;
  readonly uses: ReadonlySet<Use>;
  readonly renamed: ReadonlyMap<string, string>;
}

export const unmoved: ColumnsMoved = { moves: false, lost: new Set(), uses: new Set(), renamed: new Map() };

/** @param old the names that columns have in the database until they are renamed */
export function tableMoved(name: QualifiedName, { target, live }: Record<'target' | 'live', Schema>, old: Renames) {
  const [columns, former] = [target, live].map(side => side.tables.get(name)?.columns.map(each => each.name));
  const renamed = (columns ?? []).flatMap(column => {
    const was = old.columns?.[partName(name, column)];
    return was === undefined ? [] : [[bareName(was), column] as const];
  });
  return movedBetween(name, former, columns, new Map(renamed));
}

export const viewMoved = (view: View, live: View | undefined): ColumnsMoved =>
  movedBetween(view.name, live?.[COLUMNS], view[COLUMNS]);

function movedBetween(
  relation: QualifiedName,
  former: readonly string[] | undefined,
  columns: readonly string[] | undefined,
  renamed: ReadonlyMap<string, string> = new Map(),
): ColumnsMoved {
  if (!former || !columns) return unmoved;
  const lost = [...former, ...renamed.keys()].filter(name => !columns.includes(name));
  return {
    moves: lost.length > 0 || renamed.size > 0 || columns.some(name => !former.includes(name)),
    lost: new Set(lost),
    uses: new Set(lost.map(name => columnUse(relation, name))),
    renamed,
  };
}

export const allMoved = (moves: readonly ColumnsMoved[]): ColumnsMoved => ({
  moves: moves.some(each => each.moves),
  lost: new Set(moves.flatMap(({ lost }) => [...lost])),
  uses: new Set(moves.flatMap(({ uses }) => [...uses])),
  renamed: new Map(moves.flatMap(({ renamed }) => [...renamed])),
});

/** A view of all columns over columns that moved. What was set of a column goes with it, or has its new name. */
export function withColumnsMoved(view: View, { lost, uses, renamed, moves }: ColumnsMoved): View {
  if (!moves) return view;
  const { columns: set = [], [COLUMNS]: names, [LOST]: said = [], ...rest } = view;
  const newName = (name: string) => renamed.get(name) ?? (lost.has(name) ? [] : name);
  const columns = set.flatMap(column => [newName(column.name)].flat().map(name => ({ ...column, name })));
  const gone = set.filter(({ name }) => lost.has(name) && !renamed.has(name));
  return {
    ...rest,
    ...(columns.length > 0 && { columns }),
    ...(names && { [COLUMNS]: names.flatMap(newName) }),
    [USES]: usesOf(view).filter(use => !uses.has(use)),
    ...losing([...said, ...gone.flatMap(each => [...columnSettings(each), ...storageSettings(each)])]),
  };
}
