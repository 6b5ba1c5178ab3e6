import { columnsOf, enums } from '../src/objects/enums.ts';
import { statementsOf, type Operation, type Registry } from '../src/objects/kinds.ts';
import type { Column } from '../src/objects/tables/table.ts';
import { tokensOf } from '../src/sql/lexer.ts';
import { unquoteText } from '../src/sql/literal.ts';
import { typeNameIn, type QualifiedName } from '../src/sql/name.ts';

type Addition = Extract<Operation, { readonly op: 'addEnumValue' }>;

/**
 * Whether operations use a label that others of them add to an enum: it cannot be used before it is committed.
 * The same text as a value of another type is no use of the label.
 * @see https://www.postgresql.org/docs/current/sql-altertype.html#id-1.9.3.42.7
 */
export function usesNewLabel(operations: readonly Operation[], kinds: Registry | undefined): boolean {
  const additions = operations.filter((each): each is Addition => each.op === 'addEnumValue');
  if (additions.length === 0) return false;
  return operations
    .filter(({ op }) => !(op in enums.statements))
    .some(operation => additions.some(addition => uses(operation, addition, kinds)));
}

function uses(operation: Operation, addition: Addition, kinds: Registry | undefined): boolean {
  if (operation.op === 'alterColumn' && operation.type !== undefined && isOf(operation.type, addition.name))
    return true;
  return statementsOf(withoutOtherDefaults(operation, addition), kinds)
    .filter(({ sql }) => !sql.startsWith('COMMENT ON'))
    .flatMap(({ sql }) => literalsIn(sql))
    .filter(({ text }) => holds(text, addition.value))
    .some(({ type }) => (type === undefined ? mayCompare(operation, addition) : isOf(type, addition.name)));
}

const isOf = (type: string, name: QualifiedName): boolean => typeNameIn(type) === name;

/** The operation without what is certainly no label of the enum: the plain defaults of columns of other types. */
function withoutOtherDefaults(operation: Operation, addition: Addition): Operation {
  const withoutDefault = ({ default: value, ...column }: Column): Column => ({
    ...column,
    ...(value !== undefined && (isOf(column.type, addition.name) || value.includes('::')) && { default: value }),
  });
  if (operation.op === 'createTable') return { ...operation, columns: operation.columns.map(withoutDefault) };
  if (operation.op === 'addColumn') return { ...operation, column: withoutDefault(operation.column) };
  if (operation.op !== 'alterColumn' || isHolder(operation.table, operation.name, addition)) return operation;
  const { default: value } = operation;
  return { ...operation, ...(value?.includes('::') === false && { default: null }) };
}

const isHolder = (table: QualifiedName, column: string, addition: Addition): boolean =>
  columnsOf(addition)?.some(each => each.table === table && each.name === column) ?? true;

/** Whether what an operation is about has a column of the enum, so that a literal without a type may be a label. */
function mayCompare(operation: Operation, addition: Addition): boolean {
  const columns = columnsOf(addition);
  const { table = operation.op === 'createTable' ? operation.name : undefined } = operation as {
    table?: QualifiedName;
  };
  return columns === undefined || table === undefined || columns.some(each => each.table === table);
}

interface Literal {
  readonly text: string;
  /** What it is cast to, as in `'open'::ticket_status`. */
  readonly type: string | undefined;
}

function literalsIn(sql: string): Literal[] {
  const tokens = tokensOf(sql);
  return tokens.flatMap((token, i) => {
    const text = unquoteText(token);
    return text === undefined ? [] : { text, type: tokens[i + 1] === '::' ? nameAt(tokens, i + 2) : undefined };
  });
}

const nameAt = (tokens: readonly string[], i: number): string =>
  tokens.slice(i, tokens[i + 1] === '.' ? i + 3 : i + 1).join('');

/** A literal is the label, or an array that has it. */
const holds = (literal: string, label: string): boolean =>
  literal === label ||
  (literal.startsWith('{') &&
    (literal.match(/"(?:[^"\\]|\\.)*"|[^,{}"]+/g) ?? []).some(
      element => element.replace(/^"(.*)"$/s, '$1').replace(/\\(.)/gs, '$1') === label,
    ));
