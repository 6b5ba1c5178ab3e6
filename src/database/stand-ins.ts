import type { EnumType } from '../objects/enums.ts';
import type { Schema } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';
import type { View } from '../objects/views.ts';
import { bareName, nameParts, quoteIdentifier, quoteIdentifiers } from '../sql/name.ts';
import { cloneColumn, createTemporaryEnum, refusalOf, rolledBack } from './clones.ts';
import type { Connection } from './connection.ts';

/** A temporary relation that stands for one of a schema that is still to be made. */
export interface StandIn {
  readonly relation: Table | View;
  /** Its own name, without a schema. */
  readonly name: string;
  /** The SQLSTATE with which PostgreSQL refused it. */
  readonly refusal?: string;
}

/**
 * Does the work while views, and all that they read, are there as a schema has them: temporary relations go by the names of
 * those that the views read, and everything is rolled back.
 * @param enums types that the database does not have like this
 */
export async function onStandIns<Result>(
  connection: Connection,
  views: readonly View[],
  { schema, enums }: { readonly schema: Schema; readonly enums: readonly EnumType[] },
  work: (standIns: readonly StandIn[]) => Promise<Result>,
): Promise<Result> {
  return rolledBack(connection, async () => {
    for (const each of enums) await refusalOf(connection, [createTemporaryEnum(each)]);
    const made: StandIn[] = [];
    for (const [i, relation] of relationsUnder(views, schema).entries()) {
      const name = standInName(relation, i);
      const refusal = await refusalOf(connection, [standIn(relation, name, enums)]);
      made.push({ relation, name, ...(refusal !== undefined && { refusal }) });
    }
    return work(made);
  });
}

/** The views of a schema, of both kinds. */
export const viewsOf = ({ views, materializedViews }: Schema): readonly View[] => [
  ...views.values(),
  ...materializedViews.values(),
];

/** The views with all that they read, in the order in which they can be made. */
function relationsUnder(asked: readonly View[], schema: Schema): readonly (Table | View)[] {
  const views = new Map(viewsOf(schema).map(view => [view.name, view]));
  const [begun, found] = [new Set<View>(), new Set<Table | View>()];
  const visit = (view: View) => {
    if (begun.has(view)) return;
    begun.add(view);
    for (const name of view.reads) {
      const [table, read] = [schema.tables.get(name), views.get(name)];
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
