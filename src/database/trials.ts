import type { Index } from '../objects/index-definition.ts';
import { columnsOf as columnsOfIndex } from '../objects/indexes.ts';
import { objectsIn, statementsOf, type Operation } from '../objects/kinds.ts';
import type { Comparison } from '../objects/object-kind.ts';
import {
  columnsOf,
  constraintsOf,
  creationOf,
  sameConstraint,
  wordOf,
  type TableConstraint,
} from '../objects/tables/constraints.ts';
import type { Column, Table } from '../objects/tables/table.ts';
import { columnUse, usesOf, type Use } from '../objects/uses.ts';
import { reservedWords } from '../sql/keywords.ts';
import { isName, lexemesOf, tokensOf } from '../sql/lexer.ts';
import { bareName, quoteIdentifier } from '../sql/name.ts';
import { cloneColumn, inUsualTablespace } from './clones.ts';
import type { TemporaryEnums } from './temporary-enums.ts';

/** The temporary table that a table's parts are tried on. */
export const CLONE = 'refused_types';
const clone = `pg_temp.${CLONE}`;

/** What is to be made once more, on temporary relations. */
export interface Trial {
  /** `index by_state`. */
  readonly text: string;
  readonly sql: string;
  /**
   * An expression that is not the database's own: it may need an extension that the revision makes, or a function that is
   * written into it by hand.
   */
  readonly declared?: string;
}

/** Whether an object that uses all this must be tried. */
export type MustTry = (uses: readonly Use[], text: string) => boolean;

interface Sides {
  readonly was: Table;
  readonly is: Table;
  readonly comparison: Comparison;
}

/** What stays on a table, on a clone of it: no such thing is executed, but for the constant parts of its expressions. */
export const trialsOf = (sides: Sides, types: TemporaryEnums, mustTry: MustTry): readonly Trial[] => [
  ...defaultTrials(sides, mustTry),
  ...generatedTrials(sides, types, mustTry),
  ...constraintTrials(sides, mustTry),
  ...indexTrials(sides, mustTry),
  ...triggerTrials(sides, mustTry),
  ...statisticsTrials(sides, mustTry),
];

const declaredIf = (isDeclared: boolean, declared: string): Pick<Trial, 'declared'> => (isDeclared ? { declared } : {});

const sqlOf = (operation: Operation): string => statementsOf(operation)[0]!.sql;

function defaultTrials({ was, is }: Sides, mustTry: MustTry): readonly Trial[] {
  return is.columns.flatMap(({ name, default: value, ...column }) => {
    if (value === undefined || !mustTry([columnUse(is.name, name), ...usesOf(column)], value)) return [];
    const sql = `ALTER TABLE ${clone} ALTER COLUMN ${quoteIdentifier(name)} SET DEFAULT ${value}`;
    return [
      {
        text: `default of column ${name}`,
        sql,
        ...declaredIf(value !== columnOf(was, name)?.default, value),
      },
    ];
  });
}

const columnOf = ({ columns }: Table, column: string): Column | undefined =>
  columns.find(({ name }) => name === column);

/** The clone has the column itself as one that is not generated. */
function generatedTrials({ was, is }: Sides, types: TemporaryEnums, mustTry: MustTry): readonly Trial[] {
  return is.columns.flatMap((column, i) => {
    const { name, generated, virtual } = column;
    const former = columnOf(was, name);
    if (generated === undefined || former?.generated === undefined) return [];
    if (!mustTry([...usesOf(column), ...usesOf(former)], generated)) return [];
    const definition = cloneColumn({ ...column, name: `${CLONE}_${i}` }, types);
    const kind = virtual ? 'VIRTUAL' : 'STORED';
    const sql = `ALTER TABLE ${clone} ADD COLUMN ${definition} GENERATED ALWAYS AS (${generated}) ${kind}`;
    return [{ text: `generated column ${name}`, sql, ...declaredIf(generated !== former.generated, generated) }];
  });
}

const constraintTrials = ({ was, is }: Sides, mustTry: MustTry): readonly Trial[] =>
  constraintsOf(is).flatMap(each => {
    const former = constraintsOf(was).find(({ name }) => name === each.name);
    const [expression, sql] = [expressionOf(each), sqlOf(creationOf(clone, inUsualTablespace(each)))];
    if (!former || !mustTry([...columnsOf(is.name, each), ...columnsOf(is.name, former)], expression)) return [];
    const text = `${wordOf(each.kind)} ${each.name}`;
    return [{ text, sql, ...declaredIf(!sameConstraint(former, each), expression) }];
  });

const expressionOf = (constraint: TableConstraint): string =>
  constraint.kind === 'check' ? constraint.expression : constraint.kind === 'exclusion' ? constraint.definition : '';

const indexTrials = ({ is, comparison: { before, after } }: Sides, mustTry: MustTry): readonly Trial[] =>
  [...after.indexes.values()].flatMap(each => {
    const former = before.indexes.get(each.name);
    if (each.table !== is.name || former?.table !== is.name) return [];
    const uses = [each, former].flatMap(index => [...columnsOfIndex(index), ...usesOf(index)]);
    if (!mustTry(uses, expressionsOf(each))) return [];
    const sql = sqlOf({
      op: 'createIndex',
      ...inUsualTablespace(each),
      name: `${CLONE}_${bareName(each.name)}`,
      table: clone,
    });
    return [{ text: `index ${each.name}`, sql, ...declaredIf(former !== each, expressionsOf(each)) }];
  });

const expressionsOf = ({ columns, where = '' }: Index): string =>
  [...columns.map(key => (typeof key === 'string' ? '' : (key.expression ?? ''))), where].join(' ');

/** A condition that holds for any event holds for updates, and after them for generated columns, too. */
const triggerTrials = ({ is, comparison: { after } }: Sides, mustTry: MustTry): readonly Trial[] =>
  [...(objectsIn(after, 'triggers') as Comparison['after']['triggers']).values()].flatMap(each => {
    const condition = each.table === is.name ? conditionOf(each.definition) : undefined;
    if (condition === undefined || !mustTry(usesOf(each), condition)) return [];
    const sql =
      `CREATE TRIGGER ${quoteIdentifier(each.name)} AFTER UPDATE ON ${clone} FOR EACH ROW WHEN ${condition} ` +
      'EXECUTE FUNCTION pg_catalog.suppress_redundant_updates_trigger()';
    return [{ text: `trigger ${each.name}`, sql }];
  });

/** Of a `CREATE TRIGGER … FOR EACH ROW WHEN (…) EXECUTE FUNCTION …`, what follows WHEN. */
function conditionOf(definition: string): string | undefined {
  const lexemes = lexemesOf(definition);
  const words = lexemes.map(text => text.toUpperCase());
  const at = words.indexOf('WHEN');
  if (at < 0 || !words.slice(0, at).includes('ROW')) return undefined;
  let depth = 0;
  const end = words.findIndex((word, i) => {
    if (i > at && word === '(') depth++;
    if (i > at && word === ')') depth--;
    return i > at && depth === 0 && word === 'EXECUTE';
  });
  return lexemes
    .slice(at + 1, end)
    .join('')
    .trim();
}

const statisticsTrials = ({ is, comparison: { after } }: Sides, mustTry: MustTry): readonly Trial[] =>
  [...(objectsIn(after, 'statistics') as Comparison['after']['statistics']).values()]
    .filter(each => each.table === is.name && mustTry(usesOf(each), each.definition))
    .map(({ name, definition }) => ({
      text: `statistics ${name}`,
      sql: `CREATE STATISTICS pg_temp.${quoteIdentifier(bareName(name))} ${definition} FROM ${clone}`,
    }));

/** The functions that an expression calls. */
export const functionsIn = (expression: string): readonly string[] =>
  tokensOf(expression).filter(
    (token, i, tokens) => tokens[i + 1] === '(' && isName(token) && !reservedWords.has(token.toLowerCase()),
  );
