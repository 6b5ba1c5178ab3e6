import { addressOf } from '../objects/address.ts';
import { builtIn, objectsIn, type Registry, type Schema } from '../objects/kinds.ts';
import { columnsOf, type TableConstraint } from '../objects/tables/constraints.ts';
import type { Table } from '../objects/tables/table.ts';
import type { Use } from '../objects/uses.ts';
import { COLUMNS } from '../objects/views.ts';

/**
 * The target without the indexes, constraints and statistics on a column which the database has and the target has not.
 * PostgreSQL drops them along with the column, without a word: left out here, they are dropped by an operation of their
 * own, which a reviewer sees, and the downgrade creates them again. A column that neither has is hidden, and stays.
 */
export function withoutLostParts(live: Schema, target: Schema, registry: Registry = builtIn): Schema {
  const [lives, staying] = [columnsIn(live), columnsIn(target)];
  const isLost = (table: string, name: string) =>
    staying.get(table)?.includes(name) === false && lives.get(table)?.includes(name) === true;
  const stands = (uses: readonly Use[]) =>
    !uses.some(use => {
      const { place, table = '', name } = addressOf(use);
      return place === 'column' && isLost(table, name);
    });
  const contents = Object.entries(registry).map(([name, kind]) => {
    const objects = objectsIn(target, name);
    if (!kind.goesWith) return [name, objects] as const;
    return [name, new Map([...objects].filter(([, object]) => stands(kind.goesWith!(object))))] as const;
  });
  const tables = [...target.tables].map(([name, table]) => [name, withoutLostConstraints(table, stands)] as const);
  return { ...target, ...Object.fromEntries(contents), tables: new Map(tables) };
}

/** The columns of tables and materialized views. */
const columnsIn = ({ tables, materializedViews }: Schema): ReadonlyMap<string, readonly string[] | undefined> =>
  new Map([
    ...[...tables].map(([name, table]) => [name, table.columns.map(column => column.name)] as const),
    ...[...materializedViews].map(([name, view]) => [name, view[COLUMNS]] as const),
  ]);

function withoutLostConstraints(table: Table, stands: (uses: readonly Use[]) => boolean): Table {
  const kept = <Constraint extends object>(
    kind: TableConstraint['kind'],
    constraints: readonly Constraint[] | undefined,
  ) => constraints?.filter(each => stands(columnsOf(table.name, { kind, ...each } as unknown as TableConstraint)));
  const { primaryKey, uniques, checks, exclusions, ...rest } = table;
  const [[key], keptUniques, keptChecks, keptExclusions] = [
    kept('primaryKey', primaryKey && [primaryKey]) ?? [],
    kept('unique', uniques),
    kept('check', checks),
    kept('exclusion', exclusions),
  ];
  const isWhole =
    key === primaryKey &&
    keptUniques?.length === uniques?.length &&
    keptChecks?.length === checks?.length &&
    keptExclusions?.length === exclusions?.length;
  if (isWhole) return table;
  return {
    ...rest,
    ...(key && { primaryKey: key }),
    ...(keptUniques?.length && { uniques: keptUniques }),
    ...(keptChecks?.length && { checks: keptChecks }),
    ...(keptExclusions?.length && { exclusions: keptExclusions }),
  };
}
