import type { EntitySet, TableModel } from './entity-set.ts';
import { keysOf, viewOf } from './entity-set.ts';
import { mutations } from './mutate.ts';
import { KINDS } from './others.ts';
import { renamesOf, type Pair } from './pair.ts';

type Question = (table: TableModel, set: EntitySet) => boolean;

const anyColumn =
  (question: (column: TableModel['columns'][number]) => boolean): Question =>
  ({ columns }) =>
    columns.some(question);

const anyRelation =
  (question: (relation: TableModel['relations'][number]) => boolean): Question =>
  ({ relations }) =>
    relations.some(question);

/** What a table may have, each asked of classes and of EntitySchemas. */
const ofTables: Readonly<Record<string, Question>> = {
  'a table': () => true,
  'a schema of its own': ({ schema }) => schema !== undefined,
  'many-to-one': anyRelation(({ kind }) => kind === 'many-to-one'),
  'one-to-many': anyRelation(({ kind, inverse }) => kind === 'many-to-one' && inverse === true),
  'one-to-one': anyRelation(({ kind }) => kind === 'one-to-one'),
  'many-to-many': anyRelation(({ kind }) => kind === 'many-to-many'),
  'a relation to itself': ({ id, relations }) => relations.some(({ target }) => target === id),
  'a relation to a unique column': anyRelation(({ references }) => references !== undefined),
  'a relation to a key of two columns': ({ relations }, { tables }) =>
    relations.some(
      ({ target, references }) =>
        references === undefined && tables.some(table => table.id === target && keysOf(table).length > 1),
    ),
  onDelete: anyRelation(({ options }) => options.onDelete !== undefined),
  onUpdate: anyRelation(({ options }) => options.onUpdate !== undefined),
  deferrable: anyRelation(({ options }) => options.deferrable !== undefined),
  'no foreign key constraint': anyRelation(({ options }) => options.createForeignKeyConstraints === false),
  'closure table': ({ tree }) => tree === 'closure-table',
  'materialized path': ({ tree }) => tree === 'materialized-path',
  'nested set': ({ tree }) => tree === 'nested-set',
  'single table inheritance': ({ children }) => children.length > 0,
  'an embedded entity': anyColumn(({ embedded, prefixed }) => embedded !== undefined && !prefixed),
  'an embedded entity with a prefix': anyColumn(({ prefixed }) => prefixed === true),
  'an enum': anyColumn(({ options }) => options.enum !== undefined),
  'an enum with a name': anyColumn(({ options }) => options.enumName !== undefined),
  'an array of enums': anyColumn(({ options }) => options.enum !== undefined && options.array === true),
  'an array': anyColumn(({ options }) => options.enum === undefined && options.array === true),
  'a generated column': anyColumn(({ computedFrom }) => computedFrom !== undefined),
  'a collation': anyColumn(({ options }) => options.collation !== undefined),
  "a column's comment": anyColumn(({ options }) => options.comment !== undefined),
  'a default': anyColumn(({ options }) => options.default !== undefined),
  'a column that TypeORM fills': anyColumn(({ special }) => special !== undefined),
  'a key: uuid': anyColumn(({ key }) => key === 'uuid'),
  'a key: increment': anyColumn(({ key }) => key === 'increment'),
  'a key: identity': anyColumn(({ key }) => key === 'identity'),
  'a key: given': anyColumn(({ key }) => key === 'given'),
  'a key of two columns': table => keysOf(table).length > 1,
  'an index': ({ indices }) => indices.length > 0,
  'a unique index': ({ indices }) => indices.some(({ unique }) => unique),
  'a partial index': ({ indices }) => indices.some(({ presentOnly }) => presentOnly !== undefined),
  'a spatial index': ({ indices }) => indices.some(({ spatial }) => spatial),
  'a unique constraint': ({ uniques }) => uniques.length > 0,
  'a check': ({ checks }) => checks.length > 0,
  'an exclusion': ({ exclusions }) => exclusions.length > 0,
};

/** What only a decorated class can say. */
const ofClasses: Readonly<Record<string, Question>> = {
  "a table's comment": ({ comment }) => comment !== undefined,
  'an index of another method': ({ indices }) => indices.some(({ type }) => type !== undefined),
};

const ofSets: Readonly<Record<string, (set: EntitySet) => boolean>> = {
  'several schemas': ({ tables }) => new Set(tables.map(({ schema }) => schema)).size > 1,
  'DataSource.schema': ({ home }) => home !== undefined,
  'a naming strategy': ({ naming }) => naming !== undefined,
  'a view as a class': ({ views }) => views.some(({ form }) => form === 'class'),
  'a view as an EntitySchema': ({ views }) => views.some(({ form }) => form === 'schema'),
  'a view of a view': set => set.views.some(({ table }) => viewOf(set, table) !== undefined),
  'a materialized view': ({ views }) => views.some(({ materialized }) => materialized),
  'a materialized view with an index': ({ views }) => views.some(({ index }) => index !== undefined),
};

const ofPairs: Readonly<Record<string, (pair: Pair) => boolean>> = {
  'tables renamed or moved explicitly': pair => Object.keys(renamesOf(pair).tables ?? {}).length > 0,
  'columns renamed explicitly': pair => Object.keys(renamesOf(pair).columns ?? {}).length > 0,
  'enums renamed explicitly': pair => Object.keys(renamesOf(pair).enums ?? {}).length > 0,
  'labels renamed explicitly': pair => Object.keys(renamesOf(pair).enumLabels ?? {}).length > 0,
  'DataSource.schema with an explicit rename': pair =>
    pair.before.home !== undefined && Object.keys(renamesOf(pair).tables ?? {}).length > 0,
};

/** How many pairs have each thing that the generator can make: those in none are 0. */
export type Coverage = Readonly<Record<string, number>>;

const inEither = (pair: Pair, question: (set: EntitySet) => boolean): boolean =>
  question(pair.before) || question(pair.after);

const inTable = (form: TableModel['form'], question: Question) => (set: EntitySet) =>
  set.tables.some(table => table.form === form && question(table, set));

/** The things to be counted, each with whether a pair has it. */
const questions: Readonly<Record<string, (pair: Pair) => boolean>> = {
  ...named('class: ', { ...ofTables, ...ofClasses }, question => pair => inEither(pair, inTable('class', question))),
  ...named('EntitySchema: ', ofTables, question => pair => inEither(pair, inTable('schema', question))),
  ...named('', ofSets, question => pair => inEither(pair, question)),
  ...named('', ofPairs, question => question),
  ...Object.fromEntries(
    Object.keys(mutations).map(change => [`change: ${change}`, ({ changes }: Pair) => changes.includes(change)]),
  ),
  ...Object.fromEntries(
    KINDS.map(kind => [`others: ${kind}`, ({ others }: Pair) => others.some(other => other.kind === kind)]),
  ),
};

function named<Given>(
  prefix: string,
  given: Readonly<Record<string, Given>>,
  asked: (question: Given) => (pair: Pair) => boolean,
): Record<string, (pair: Pair) => boolean> {
  return Object.fromEntries(Object.entries(given).map(([name, question]) => [`${prefix}${name}`, asked(question)]));
}

/** Counts the pairs that have each thing. */
export const coverageOf = (pairs: readonly Pair[]): Coverage =>
  Object.fromEntries(Object.entries(questions).map(([name, isIn]) => [name, pairs.filter(pair => isIn(pair)).length]));

/** The things that no pair has. */
export const uncovered = (coverage: Coverage): readonly string[] =>
  Object.keys(coverage).filter(name => coverage[name] === 0);
