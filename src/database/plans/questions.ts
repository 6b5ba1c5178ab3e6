import type { Index, IndexKey } from '../../objects/index-definition.ts';
import type { Schema } from '../../objects/kinds.ts';
import { grouped } from '../../objects/rows.ts';
import { alike } from '../../objects/shape.ts';
import { withOptionsOf } from '../../objects/tables/exclusion-options.ts';
import type { CheckConstraint, Column, ExclusionConstraint, Table } from '../../objects/tables/table.ts';
import { USES, type Using } from '../../objects/uses.ts';
import type { QualifiedName } from '../../sql/name.ts';
import type { MutableSchema } from '../mutable-schema.ts';
import { exclusionText } from './exclusion-text.ts';

/** Whether expressions that are spelled differently are the same. */
export interface Question {
  /** As in `check constraint "positive" of ticket`. */
  readonly what: string;
  readonly declared: readonly string[];
  readonly live: readonly string[];
  /** Takes the live spelling into the declared schema. */
  adopt(schema: MutableSchema): void;
}

/** The questions about one table, and the columns that their expressions look at; defaults look at none. */
export interface Questions {
  readonly table?: Table;
  readonly questions: readonly Question[];
}

export const questionsAbout = (target: Schema, live: Schema): readonly Questions[] =>
  allQuestions(target, live).filter(({ questions }) => questions.length > 0);

function allQuestions(target: Schema, live: Schema): readonly Questions[] {
  const indexes = grouped([...target.indexes.values()], ({ table }) => table);
  return [...target.tables.values()].flatMap(table => {
    const lives = live.tables.get(table.name);
    if (!lives) return [];
    const defaults = { questions: defaultQuestions(table, lives) };
    // PostgreSQL spells expressions anew for columns of other types.
    if (!hasSameTypes(table, lives)) return [defaults];
    const questions = [
      ...generatedQuestions(table, lives),
      ...checkQuestions(table, lives),
      ...exclusionQuestions(table, lives),
      ...(indexes.get(table.name) ?? []).flatMap(index => indexQuestion(index, live.indexes.get(index.name))),
    ];
    return [defaults, { table: withColumnsOf(table, lives), questions }];
  });
}

function hasSameTypes(table: Table, live: Table): boolean {
  const lives = byName(live.columns);
  return table.columns.every(({ name, type, collation }) => {
    const own = lives.get(name);
    return !own || (own.type === type && own.collation === collation);
  });
}

const withColumnsOf = (table: Table, live: Table): Table => ({
  ...table,
  columns: [...byName([...live.columns, ...table.columns]).values()],
});

const byName = <Each extends { readonly name: string }>(list: readonly Each[] = []) =>
  new Map(list.map(each => [each.name, each]));

function defaultQuestions(table: Table, live: Table): Question[] {
  const lives = byName(live.columns);
  return table.columns.flatMap(column => {
    const own = lives.get(column.name);
    if (own?.default === undefined || column.default === undefined || own.default === column.default) return [];
    const type = typeWithoutModifier(column.type);
    if (type === undefined || own.type !== column.type) return [];
    return {
      what: `default of ${table.name}.${column.name}`,
      declared: [`(${column.default})::${type}`],
      live: [`(${own.default})::${type}`],
      adopt: changing('tables', table.name, (each: Table) => withColumn(each, column.name, { default: own.default! })),
    };
  });
}

/** A cast to a length would cut off what is longer. Undefined for types whose name alone means a length of 1. */
const typeWithoutModifier = (type: string): string | undefined =>
  /^bit\b/.test(type) ? undefined : type.replace(/\(\d+(,\d+)?\)/, '').replace(/^character(?! varying)/, 'bpchar');

function generatedQuestions(table: Table, live: Table): Question[] {
  const lives = byName(live.columns);
  return table.columns.flatMap(({ name, generated }) => {
    const own = lives.get(name);
    if (generated === undefined || own?.generated === undefined || generated === own.generated) return [];
    const found = { generated: own.generated, ...usesIn(own) };
    return {
      what: `generated column ${table.name}.${name}`,
      declared: [generated],
      live: [own.generated],
      adopt: changing('tables', table.name, (each: Table) => withColumn(each, name, found)),
    };
  });
}

const withColumn = (table: Table, name: string, found: Partial<Column>): Table => ({
  ...table,
  columns: table.columns.map(each => (each.name === name ? { ...each, ...found } : each)),
});

function checkQuestions(table: Table, live: Table): Question[] {
  const lives = byName(live.checks);
  return (table.checks ?? []).flatMap(({ name, expression }) => {
    const own = lives.get(name);
    if (!own || own.expression === expression) return [];
    const found = { expression: own.expression, ...usesIn(own) };
    return {
      what: `check constraint ${name} of ${table.name}`,
      declared: [expression],
      live: [own.expression],
      adopt: changing('tables', table.name, (each: Table) => ({ ...each, checks: replaced(each.checks, name, found) })),
    };
  });
}

function exclusionQuestions(table: Table, live: Table): Question[] {
  const lives = byName(live.exclusions);
  return (table.exclusions ?? []).flatMap(({ name, definition }) => {
    const own = lives.get(name);
    if (!own || own.definition === definition) return [];
    const [declared, actual] = [
      withOptionsOf(own.definition, definition, column => table.columns.some(each => each.name === column)),
      own.definition,
    ].map(exclusionText);
    const isAlike = declared && actual && declared.rest === actual.rest;
    const found = { definition: own.definition, ...usesIn(own) };
    return {
      what: `exclusion constraint ${name} of ${table.name}`,
      // What cannot be taken apart is no expression either, so that PostgreSQL refuses it.
      declared: isAlike ? declared.expressions : [definition],
      live: isAlike ? actual.expressions : [own.definition],
      adopt: changing('tables', table.name, (each: Table) => ({
        ...each,
        exclusions: replaced(each.exclusions, name, found),
      })),
    };
  });
}

function replaced<Each extends CheckConstraint | ExclusionConstraint>(
  list: readonly Each[] = [],
  name: string,
  found: Partial<Each>,
): readonly Each[] {
  return list.map(each => (each.name === name ? { ...each, ...found } : each));
}

/** Nothing is asked where the two differ in anything but the spelling of their expressions. */
function indexQuestion(index: Index, live: Index | undefined): Question[] {
  if (!live || live.table !== index.table) return [];
  if (index.where === live.where && alike(index.columns, live.columns)) return [];
  if (!alike(index.columns.map(withoutExpression), live.columns.map(withoutExpression))) return [];
  if ((index.where === undefined) !== (live.where === undefined)) return [];
  const found = { columns: live.columns, ...(live.where !== undefined && { where: live.where }), ...usesIn(live) };
  return [
    {
      what: `index ${index.name}`,
      declared: expressionsOf(index),
      live: expressionsOf(live),
      adopt: changing('indexes', index.name, (each: Index) => ({ ...each, ...found })),
    },
  ];
}

const expressionsOf = ({ columns, where }: Index): string[] => [
  ...columns.flatMap(key => (typeof key === 'string' || key.expression === undefined ? [] : key.expression)),
  ...(where === undefined ? [] : [where]),
];

const withoutExpression = (key: IndexKey): IndexKey =>
  typeof key === 'string' || key.expression === undefined ? key : { ...key, expression: '' };

const usesIn = (object: Using): Using => (object[USES] ? { [USES]: object[USES] } : {});

const changing =
  <Each>(kind: 'tables' | 'indexes', name: QualifiedName, change: (object: Each) => Each) =>
  (schema: MutableSchema): void =>
    void schema[kind].set(name, change(schema[kind].get(name)));
