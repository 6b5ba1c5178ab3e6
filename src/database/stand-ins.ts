import type { EnumType } from '../objects/enums.ts';
import type { Schema } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';
import type { View } from '../objects/views.ts';
import { bareName, nameParts, qualify, quoteIdentifier, quoteIdentifiers, type QualifiedName } from '../sql/name.ts';
import { replaceQualifiedNames } from '../sql/qualified-names.ts';
import { cloneColumn, ownSchemaOf, refusalOf, rolledBack } from './clones.ts';
import type { Connection } from './connection.ts';
import { createTemporaryEnum, temporaryEnums, temporaryMention, type TemporaryEnums } from './temporary-enums.ts';

/** A temporary relation that stands for one of a schema that is still to be made. */
export interface StandIn {
  readonly relation: Table | View;
  /** Its name among the temporary relations. */
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
    const own = await ownSchemaOf(connection);
    const types = temporaryEnums(enums);
    for (const each of enums) await refusalOf(connection, [createTemporaryEnum(each, types)]);
    const relations = relationsUnder(views, schema);
    const names = standInNames(relations);
    const made: StandIn[] = [];
    for (const relation of relations) {
      const refusal = await refusalOf(connection, [creationOf(relation, { names, own, types })]);
      made.push({ relation, name: names.get(relation.name)!, ...(refusal !== undefined && { refusal }) });
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

type StandInNames = ReadonlyMap<QualifiedName, string>;

/** Each goes by its own name, as temporary relations are found before others; of two with one name, the other's is made up. */
function standInNames(relations: readonly (Table | View)[]): StandInNames {
  const inOwnSchema = relations.filter(({ name }) => nameParts(name).schema === undefined);
  const taken = new Set<string>();
  const names = [...new Set([...inOwnSchema, ...relations])].map(({ name }, i) => {
    const chosen = taken.has(bareName(name)) ? `stand_in_${i}` : bareName(name);
    taken.add(chosen);
    return [name, chosen] as const;
  });
  return new Map(names);
}

interface Making {
  readonly names: StandInNames;
  readonly own: string;
  readonly types: TemporaryEnums;
}

function creationOf(relation: Table | View, making: Making): string {
  const name = quoteIdentifier(making.names.get(relation.name)!);
  if ('definition' in relation) return `CREATE TEMP VIEW ${name} AS\n${onStandInNames(relation.definition, making)}`;
  const key = relation.primaryKey && `PRIMARY KEY (${quoteIdentifiers(relation.primaryKey.columns)})`;
  const columns = relation.columns.map(column => cloneColumn(column, making.types));
  return `CREATE TEMP TABLE ${name} (${[...columns, ...(key ? [key] : [])].join(', ')})`;
}

/** A SELECT that reads the stand-ins, and has the temporary types, where it names a relation or type with its schema. */
const onStandInNames = (definition: string, { names, own, types }: Making): string =>
  replaceQualifiedNames(definition, mention => {
    const { schema, name } = mention;
    const relation = names.get(qualify(schema === own ? undefined : schema, name));
    return temporaryMention(mention, types, own) ?? (relation && `pg_temp.${quoteIdentifier(relation)}`);
  });
