import { withFormerNames } from '../objects/enums.ts';
import { newTables, tablesWithoutRows } from '../objects/new-tables.ts';
import type { AnyOperation } from '../objects/object-kind.ts';
import { describeImpact, describeRisks, type Hazard } from '../sql/hazard.ts';
import type { Statement } from '../sql/statement.ts';
import type { Style } from './style.ts';

/** What an operation does, in a line: `+ column ticket.priority text not null`. */
export interface OperationText {
  readonly sign: '+' | '-' | '~';
  readonly text: string;
}

/** Any operation in words, those of a project's own kinds too. */
export function describeOperation(operation: AnyOperation): OperationText {
  const [verb, ...noun] = operation.op.replaceAll(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`).split(' ');
  const payload = operation as Payload;
  const said = [...noun, subjectOf(payload), ...detailsOf(operation.op, payload)];
  const text = (...words: readonly (string | undefined)[]) => withFormerNames(words.filter(Boolean).join(' '));
  if (verb === 'create' || verb === 'add') return { sign: '+', text: text(...said) };
  if (verb === 'drop') return { sign: '-', text: text(...said) };
  return { sign: '~', text: text(verb, ...said) };
}

/** What any operation may hold; which of it one does is known only to its kind. */
type Payload = AnyOperation & Readonly<Record<string, any>>;

function subjectOf({ op, table, name, from, to, column }: Payload): string {
  if (from !== undefined && name !== undefined) return `${name}: ${from} -> ${to}`;
  if (from !== undefined) return `${table === undefined ? '' : `${table}.`}${from} -> ${to}`;
  if (op.startsWith('move')) return `${table ?? name} -> schema ${to}`;
  if (column !== undefined) return `${table}.${columnText(column)}`;
  if (table === undefined || op === 'createIndex') return name ?? '';
  if (op === 'alterColumn') return `${table}.${name}:`;
  return name === undefined ? table : `${table}.${name}`;
}

const columnText = ({ name, type, nullable, default: value, identity, generated }: Record<string, unknown>): string =>
  [
    name,
    type,
    nullable === false && 'not null',
    value !== undefined && `default ${value}`,
    identity !== undefined && `generated ${identity} as identity`,
    generated !== undefined && `generated always as (${generated})`,
  ]
    .filter(Boolean)
    .join(' ');

function detailsOf(op: string, payload: Payload): readonly string[] {
  const { columns, references, table, unique, where, labels, value, expression } = payload;
  switch (op) {
    case 'createTable':
      return [`(${columns.map(nameIn).join(', ')})`];
    case 'createIndex':
      return [`on ${table} (${columns.map(nameIn).join(', ')})`, unique ? 'unique' : '', where ? `where ${where}` : ''];
    case 'createForeignKey':
      return [`(${columns.join(', ')}) -> ${references.table} (${references.columns.join(', ')})`];
    case 'createPrimaryKey':
    case 'createUniqueConstraint':
      return [`(${columns.join(', ')})`];
    case 'createCheckConstraint':
      return [`check (${expression})`];
    case 'alterColumn':
      return [changesOf(payload).join(', ')];
    case 'createEnum':
    case 'replaceEnum':
      return [`(${labels.join(', ')})`];
    case 'addEnumValue':
      return [
        `'${value}'`,
        ...['before', 'after'].flatMap(side => (payload[side] ? [`${side} '${payload[side]}'`] : [])),
      ];
    case 'createExclusionConstraint':
      return [`exclude ${payload['definition']}`];
    case 'commentOnTable':
      return [`-> ${payload['comment'] ?? 'none'}`];
    case 'alterExtension':
      return ['version', 'schema'].flatMap(name =>
        payload[name] === undefined ? [] : [`-> ${name} ${payload[name]}`],
      );
    case 'alterSequence':
      return [optionsText(payload)];
    default:
      return [];
  }
}

/** `increment 2, cycle true`: a sequence's options, as they are to be. */
const optionsText = (payload: Readonly<Record<string, unknown>>): string =>
  Object.entries(payload)
    .flatMap(([key, value]) => (['op', 'name'].includes(key) || typeof value === 'object' ? [] : [`${key} ${value}`]))
    .join(', ');

const nameIn = (
  key: string | { readonly name?: string; readonly column?: string; readonly expression?: string },
): string => (typeof key === 'string' ? key : (key.name ?? key.column ?? key.expression ?? ''));

/** What `alterColumn` changes; what is null is taken away. */
function changesOf({ type, existingType, nullable, ...others }: Payload): readonly string[] {
  const described = [
    'default',
    'identity',
    'generated',
    'collation',
    'comment',
    'serial',
    'storage',
    'compression',
  ] as const;
  return [
    ...(type === undefined ? [] : [`type ${existingType === undefined ? '' : `${existingType} -> `}${type}`]),
    ...(nullable === undefined ? [] : [nullable ? 'nullable' : 'not null']),
    ...(others['sequenceOptions'] ? [`sequence ${optionsText(others['sequenceOptions'])}`] : []),
    ...described
      .filter(name => others[name] !== undefined)
      .map(name => (others[name] === null || others[name] === false ? `no ${name}` : `${name} ${others[name]}`)),
  ];
}

/**
 * A sign and a text for each operation, with what it asks of a table that others use, and what rows it may cost; with
 * `verbose` also its SQL.
 */
export function operationLines(
  operations: readonly AnyOperation[],
  statementsOf: (operation: AnyOperation) => readonly Statement[],
  { style, verbose }: { readonly style: Style; readonly verbose: boolean },
): readonly string[] {
  const impacts = impactsOf(operations, statementsOf);
  const hasNoRows = tablesWithoutRows();
  return operations.flatMap((operation, i) => {
    const isEmpty = hasNoRows(operation);
    const { sign, text } = describeOperation(operation);
    const statements = statementsOf(operation);
    return [
      `${paintedBy(sign, style)(`${sign} ${text}`)}${impacts[i] && style.faint(` (${impacts[i]})`)}`,
      ...hazardLines(
        statements.flatMap(each => each.hazards.filter(({ type }) => !isEmpty || type === 'losesSetting')),
        style,
      ).map(line => `    ${line}`),
      ...(verbose ? statements.flatMap(({ sql }) => `${sql};`.split('\n').map(line => `    ${line}`)) : []),
    ];
  });
}

const paintedBy = (sign: OperationText['sign'], { good, danger, warning }: Style) =>
  ({ '+': good, '-': danger, '~': warning })[sign];

type StatementsOf = (operation: AnyOperation) => readonly Statement[];

/** Nothing is known of the statements of a call that is no operation, such as `op.execute`, which a directive may add. */
export const statementsUnlessCall =
  (statementsOf: StatementsOf): StatementsOf =>
  operation =>
    'arguments' in operation ? [] : statementsOf(operation);

/**
 * What each operation asks of a table that others use: {@link describeImpact}. Nobody uses a table yet that an earlier one
 * of them creates.
 */
export function impactsOf(
  operations: readonly AnyOperation[],
  statementsOf: (operation: AnyOperation) => readonly Statement[],
): readonly string[] {
  const isOnNewTable = newTables();
  return operations.map(operation =>
    isOnNewTable(operation) ? '' : describeImpact(statementsOf(operation).flatMap(({ hazards }) => hazards)),
  );
}

/** What hazards cost rows, each sentence once. */
export const hazardLines = (hazards: readonly Hazard[], style: Style): readonly string[] =>
  describeRisks(hazards).map(text => style.danger(`! ${text}`));
