import type { EnumType } from '../objects/enums.ts';
import type { Schema } from '../objects/kinds.ts';
import type { Table } from '../objects/tables/table.ts';
import type { View } from '../objects/views.ts';
import { isName, tokensOf } from '../sql/lexer.ts';
import {
  bareName,
  catalogName,
  nameParts,
  qualify,
  quoteIdentifier,
  quoteIdentifiers,
  type QualifiedName,
} from '../sql/name.ts';
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

export interface StandIns {
  /** The connection's own schema. */
  readonly own: string;
  readonly made: readonly StandIn[];
  /** SQL that reads the stand-ins, and has the temporary types, where it names a relation or type with its schema. */
  readonly rewritten: (sql: string) => string;
}

/**
 * Does the work while relations, and all that views among them read, are there as a schema has them: temporary relations go
 * by the names of those, and everything is rolled back.
 * @param enums types that the database does not have like this
 */
export async function onStandIns<Result>(
  connection: Connection,
  asked: readonly (Table | View)[],
  { schema, enums }: { readonly schema: Schema; readonly enums: readonly EnumType[] },
  work: (standIns: StandIns) => Promise<Result>,
): Promise<Result> {
  return rolledBack(connection, async () => {
    const own = await ownSchemaOf(connection);
    const types = temporaryEnums(enums);
    for (const each of enums) await refusalOf(connection, [createTemporaryEnum(each, types)]);
    const relations = relationsUnder(asked, schema);
    const making = { names: standInNames(relations), own, types };
    const made: StandIn[] = [];
    for (const relation of relations) made.push(await standInFor(connection, relation, making));
    return work({ own, made, rewritten: sql => onStandInNames(sql, making) });
  });
}

async function standInFor(connection: Connection, relation: Table | View, making: Making): Promise<StandIn> {
  const name = making.names.get(relation.name)!;
  const refusal = await refusalOf(connection, [creationOf(relation, making)], 'is refused');
  if (refusal !== undefined) return { relation, name, refusal };
  const key = 'primaryKey' in relation ? relation.primaryKey : undefined;
  if (key)
    await refusalOf(connection, [
      `ALTER TABLE pg_temp.${quoteIdentifier(name)} ADD PRIMARY KEY (${quoteIdentifiers(key.columns)})`,
    ]);
  return { relation, name };
}

/** The relations of these names. */
export const relationsOf = (names: readonly QualifiedName[], schema: Schema): readonly (Table | View)[] =>
  [...new Set(names)].flatMap((name): readonly (Table | View)[] =>
    [schema.tables.get(name) ?? schema.views.get(name) ?? schema.materializedViews.get(name)].filter(
      each => each !== undefined,
    ),
  );

/** The views of a schema, of both kinds. */
export const viewsOf = ({ views, materializedViews }: Schema): readonly View[] => [
  ...views.values(),
  ...materializedViews.values(),
];

/** Relations with all that views among them read, in the order in which they can be made. */
function relationsUnder(asked: readonly (Table | View)[], schema: Schema): readonly (Table | View)[] {
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
  asked.forEach(relation => ('definition' in relation ? visit(relation) : found.add(relation)));
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
  return `CREATE TEMP TABLE ${name} (${relation.columns.map(column => cloneColumn(column, making.types)).join(', ')})`;
}

const onStandInNames = (definition: string, { names, own, types }: Making): string =>
  replaceQualifiedNames(definition, mention => {
    const { schema, name } = mention;
    const relation = names.get(qualify(schema === own ? undefined : schema, name));
    return temporaryMention(mention, types, own) ?? (relation && `pg_temp.${quoteIdentifier(relation)}`);
  });

/**
 * Whether a text that PostgreSQL has spelled holds a whole row of a relation, `t.*` or `x::ticket`: functions that take it are
 * of the type of the real relation, and none of its stand-in's.
 */
export function holdsRow(text: string, { made }: Pick<StandIns, 'made'> = { made: [] }): boolean {
  const relations = new Set(made.map(({ relation }) => bareName(relation.name)));
  const isRelation = (token = '') => isName(token) && relations.has(catalogName(token));
  return tokensOf(text).some((token, i, tokens) => {
    if (token === '.') return tokens[i + 1] === '*';
    return token === '::' && (isRelation(tokens[i + 1]) || (tokens[i + 2] === '.' && isRelation(tokens[i + 3])));
  });
}
