import type { Schema } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';
import { columnUse, usesOf, type Use, type Using } from '../objects/uses.ts';
import { COLUMNS, type View } from '../objects/views.ts';
import type { QualifiedName } from '../sql/name.ts';

/**
 * The target without the indexes and constraints that are on a column which is no longer there. PostgreSQL drops them
 * along with the column, without a word: left out here, they are dropped by an operation of their own, which a reviewer
 * sees, and the downgrade creates them again.
 */
export function withoutLostParts(target: Schema): Schema {
  const columns = new Map([
    ...[...target.tables.values()].map(table => [table.name, usesOfColumns(table)] as const),
    ...[...target.materializedViews.values()].flatMap(view =>
      view[COLUMNS] ? [[view.name, usesOfView(view)] as const] : [],
    ),
  ]);
  const has = (table: QualifiedName, names: readonly string[], object: Using = {}) => {
    const own = columns.get(table);
    return (
      own === undefined ||
      [...names.map(name => columnUse(table, name)), ...usesIn(table, object)].every(use => own.has(use))
    );
  };
  const filtered = <Each>(objects: ReadonlyMap<string, Each>, stands: (object: Each) => boolean) =>
    new Map([...objects].filter(([, object]) => stands(object)));
  return {
    ...target,
    tables: new Map([...target.tables].map(([name, table]) => [name, withoutLostConstraints(table, has)] as const)),
    indexes: filtered(target.indexes, index => {
      const keys = index.columns.flatMap(key => (typeof key === 'string' ? key : (key.column ?? [])));
      return has(index.table, [...keys, ...(index.include ?? [])], index);
    }),
    statistics: filtered(target.statistics, each => has(each.table, [], each)),
    foreignKeys: filtered(
      target.foreignKeys,
      ({ table, columns: own, references }) => has(table, own) && has(references.table, references.columns),
    ),
  };
}

type Has = (table: QualifiedName, columns: readonly string[], object?: Using) => boolean;

function withoutLostConstraints(table: Table, has: Has): Table {
  const { uniques, checks, exclusions } = table;
  const [keptUniques, keptChecks, keptExclusions] = [
    uniques?.filter(unique => has(table.name, [...unique.columns, ...(unique.include ?? [])])),
    checks?.filter(check => has(table.name, [], check)),
    exclusions?.filter(exclusion => has(table.name, [], exclusion)),
  ];
  const isWhole =
    keptUniques?.length === uniques?.length &&
    keptChecks?.length === checks?.length &&
    keptExclusions?.length === exclusions?.length;
  if (isWhole) return table;
  const { uniques: _u, checks: _c, exclusions: _e, ...rest } = table;
  return {
    ...rest,
    ...(keptUniques?.length && { uniques: keptUniques }),
    ...(keptChecks?.length && { checks: keptChecks }),
    ...(keptExclusions?.length && { exclusions: keptExclusions }),
  };
}

const usesOfColumns = ({ name, columns }: Table): ReadonlySet<Use> =>
  new Set(columns.map(column => columnUse(name, column.name)));

const usesOfView = ({ name, [COLUMNS]: columns = [] }: View): ReadonlySet<Use> =>
  new Set(columns.map(column => columnUse(name, column)));

/** The columns of the table itself that an expression uses. */
const usesIn = (table: QualifiedName, object: Using): readonly Use[] =>
  usesOf(object).filter(use => use.startsWith(columnUse(table, '')));
