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
import type { Copied } from './calls.ts';
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
  /** The object of the database whose text may call something else for another type of a column. */
  readonly copied?: Omit<Copied, 'relation' | 'copy'>;
  /** Whether nothing runs when it is made: what another role's functions do cannot happen. */
  readonly runsNothing?: true;
  readonly uses: readonly Use[];
  /** Whether the operation makes the object; where none does, PostgreSQL itself makes it once more with the column. */
  readonly isMadeBy: (operation: Operation) => boolean;
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
    const uses = [columnUse(is.name, name), ...usesOf(column)];
    if (value === undefined || !mustTry(uses, value)) return [];
    const sql = `ALTER TABLE ${clone} ALTER COLUMN ${quoteIdentifier(name)} SET DEFAULT ${value}`;
    return [
      {
        text: `default of column ${name}`,
        sql,
        uses,
        isMadeBy: () => false,
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
    const [uses, copyName] = [[...usesOf(column), ...usesOf(former)], `${CLONE}_${i}`];
    if (!mustTry(uses, generated)) return [];
    const definition = cloneColumn({ ...column, name: copyName }, types);
    const kind = virtual ? 'VIRTUAL' : 'STORED';
    const sql = `ALTER TABLE ${clone} ADD COLUMN ${definition} GENERATED ALWAYS AS (${generated}) ${kind}`;
    const copied = { catalog: 'pg_attrdef', name, copyName } as const;
    const isMadeBy = (made: Operation) =>
      made.op === 'addColumn' && made.table === is.name && made.column.name === name;
    const declared = declaredIf(generated !== former.generated, generated);
    return [{ text: `generated column ${name}`, sql, copied, uses, isMadeBy, ...declared }];
  });
}

const constraintTrials = ({ was, is }: Sides, mustTry: MustTry): readonly Trial[] =>
  constraintsOf(is).flatMap(each => {
    const former = constraintsOf(was).find(({ name }) => name === each.name);
    const [expression, sql] = [expressionOf(each), sqlOf(creationOf(clone, inUsualTablespace(each)))];
    const uses = former ? [...columnsOf(is.name, each), ...columnsOf(is.name, former)] : [];
    if (!former || !mustTry(uses, expression)) return [];
    const text = `${wordOf(each.kind)} ${each.name}`;
    const copied = { catalog: 'pg_constraint', name: each.name } as const;
    const isMadeBy = makes(/^create(\w+Constraint|PrimaryKey)$/, { table: is.name, name: each.name });
    return [
      {
        text,
        sql,
        uses,
        isMadeBy,
        ...(expression && { copied }),
        ...declaredIf(!sameConstraint(former, each), expression),
      },
    ];
  });

const expressionOf = (constraint: TableConstraint): string =>
  constraint.kind === 'check' ? constraint.expression : constraint.kind === 'exclusion' ? constraint.definition : '';

const indexTrials = ({ is, comparison: { before, after } }: Sides, mustTry: MustTry): readonly Trial[] =>
  [...after.indexes.values()].flatMap(each => {
    const former = before.indexes.get(each.name);
    if (each.table !== is.name || former?.table !== is.name) return [];
    const uses = [each, former].flatMap(index => [...columnsOfIndex(index), ...usesOf(index)]);
    if (!mustTry(uses, expressionsOf(each))) return [];
    const copyName = `${CLONE}_${bareName(each.name)}`;
    const sql = sqlOf({ op: 'createIndex', ...inUsualTablespace(each), name: copyName, table: clone });
    const copied = { catalog: 'pg_class', name: bareName(each.name), copyName } as const;
    const isMadeBy = makes(/^createIndex$/, { name: each.name });
    const declared = declaredIf(former !== each, expressionsOf(each));
    return [
      { text: `index ${each.name}`, sql, uses, isMadeBy, ...(expressionsOf(each).trim() && { copied }), ...declared },
    ];
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
    const { name, table } = each;
    const copied = { catalog: 'pg_trigger', name } as const;
    const isMadeBy = makes(/^createTrigger$/, { name, table });
    return [{ text: `trigger ${name}`, sql, copied, runsNothing: true, uses: usesOf(each), isMadeBy }];
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
    .map(each => ({
      text: `statistics ${each.name}`,
      sql: `CREATE STATISTICS pg_temp.${quoteIdentifier(bareName(each.name))} ${each.definition} FROM ${clone}`,
      copied: { catalog: 'pg_statistic_ext', name: bareName(each.name) } as const,
      uses: usesOf(each),
      isMadeBy: makes(/^createStatistics$/, { name: each.name }),
    }));

/** Whether an operation makes what has this name. */
const makes = (op: RegExp, named: { readonly name: string; readonly table?: string }) => (operation: Operation) =>
  op.test(operation.op) && Object.entries(named).every(([key, value]) => operation[key as never] === value);

/** The functions that an expression calls. */
export const functionsIn = (expression: string): readonly string[] =>
  tokensOf(expression).filter(
    (token, i, tokens) => tokens[i + 1] === '(' && isName(token) && !reservedWords.has(token.toLowerCase()),
  );
