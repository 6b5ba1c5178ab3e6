import { MigrationError } from '../errors.ts';
import { addressOf } from '../objects/address.ts';
import { operationWords } from '../objects/operation-words.ts';
import type { ForeignKey } from '../objects/foreign-key-definition.ts';
import type { Operation, Schema } from '../objects/kinds.ts';
import { alike } from '../objects/shape.ts';
import type { PrimaryKey, Table } from '../objects/tables/table.ts';
import { handedDownTo, parentsOf, partitionsOf } from '../objects/tables/inheritance.ts';
import { usesOf, type Use, type Using } from '../objects/uses.ts';
import { COLUMNS } from '../objects/views.ts';
import { bareName, type QualifiedName } from '../sql/name.ts';

/** Why PostgreSQL will refuse an operation: something else depends on what it changes. */
export interface Obstacle {
  /** As in `function escalate(ticket_status)`. */
  readonly dependent: string;
  /** As in `type ticket_status`. */
  readonly on: string;
}

/** Operations that PostgreSQL would refuse, because of objects that are not part of the comparison. */
export class BlockedChangeError extends MigrationError {
  override readonly name = 'BlockedChangeError';
  readonly obstacles: readonly Obstacle[];

  constructor(obstacles: readonly Obstacle[]) {
    const reasons = [...new Set(obstacles.map(({ dependent, on }) => `${dependent} depends on ${on}`))];
    super(
      `PostgreSQL would refuse this revision: ${reasons.join('; ')}. Drop or change what depends on it in a revision of its own ` +
        'first (and create it again after this one), or keep what it depends on.',
    );
    this.obstacles = obstacles;
  }
}

/** What is to be created although a column it reads is dropped, or the table; a column is computed from plain ones only. */
export function unreadable(operations: readonly Operation[], before: Schema, after: Schema): readonly Obstacle[] {
  return operations.flatMap(operation => {
    const created = createdBy(operation);
    if (!created) return [];
    const { dependent, uses } = created;
    const lost = uses.filter(use => isLost(use, before, after));
    if (operation.op === 'createForeignKey' && lost.length === 0 && !hasKey(operation, after))
      return [{ dependent, on: keyOf(operation, after) }];
    const computed = operation.op === 'addColumn' ? uses.filter(use => isComputed(use, after)) : [];
    return [
      ...lost.map(use => ({ dependent, on: `${textOf(use)}, which is dropped` })),
      ...computed.map(use => ({ dependent, on: `${textOf(use)}, which becomes a generated column` })),
    ];
  });
}

/** What an operation creates, and what that uses. */
function createdBy(operation: Operation): { readonly dependent: string; readonly uses: readonly Use[] } | undefined {
  if (operation.op === 'addColumn') {
    const { table, column } = operation;
    return { dependent: `generated column ${column.name} of ${table}`, uses: column.generated ? usesOf(column) : [] };
  }
  if (!operation.op.startsWith('create')) return undefined;
  const { name, table } = operation as { readonly name: string; readonly table?: QualifiedName };
  return {
    dependent: `${wordsOf(operation.op)} ${bareName(name)}${table === undefined ? '' : ` of ${table}`}`,
    uses: operation.op === 'createForeignKey' ? [`relation:${operation.references.table}`] : usesOf(operation as Using),
  };
}

function isComputed(use: Use, { tables }: Schema): boolean {
  const { place, table, name } = addressOf(use);
  const column = place === 'column' && tables.get(table ?? '')?.columns.find(each => each.name === name);
  return column ? column.generated !== undefined : false;
}

/** What is changed on a table and must be changed on the one that it is inherited from: PostgreSQL refuses it. */
export function inheritedChanges(operations: readonly Operation[], after: Schema): readonly Obstacle[] {
  return operations.flatMap(operation => {
    const part = changedPart(operation);
    const table = part && after.tables.get(part.table);
    if (!table) return [];
    const { list, name } = part;
    const parent = parentsOf(table, after).find(each =>
      handedDownTo({ ...table, inherits: [each.name] }, after)[list].has(name),
    );
    if (!parent || dropsIn(operations, parent.name, name)) return [];
    const what = list === 'columns' ? 'column' : 'constraint';
    return [
      { dependent: `${what} ${table.name}.${name}`, on: `${what} ${parent.name}.${name}, from which it is inherited` },
    ];
  });
}

/** True where a part leaves its table, for good or to be created again. */
const dropsIn = (operations: readonly Operation[], table: QualifiedName, name: string): boolean =>
  operations.some(
    each => (each.op === 'dropColumn' || each.op === 'dropConstraint') && each.table === table && each.name === name,
  );

/** A column or constraint of a table that an operation changes in a way that its parent must. */
function changedPart(operation: Operation) {
  const isColumn = operation.op === 'dropColumn' || (operation.op === 'alterColumn' && operation.type !== undefined);
  if (isColumn) return { table: operation.table, name: operation.name, list: 'columns' } as const;
  return operation.op === 'dropConstraint'
    ? ({ table: operation.table, name: operation.name, list: 'checks' } as const)
    : undefined;
}

/** True where a key or a unique index has the columns that a foreign key refers to, and may be referred to. */
function hasKey({ references, period }: ForeignKey, after: Schema): boolean {
  const { tables, indexes } = after;
  const table = tables.get(references.table);
  if (!table) return !isRelation(references.table, after);
  const keys = keysOf(table).filter(key => !key.deferrable && key.withoutOverlaps === period);
  const unique = [...indexes.values()].filter(each => each.table === table.name && each.unique && !each.where);
  const columns = unique.map(index => index.columns.map(key => (typeof key === 'string' ? key : (key.column ?? ''))));
  return [...keys.map(key => key.columns), ...(period ? [] : columns)].some(names => isOver(names, references.columns));
}

const keysOf = ({ primaryKey, uniques = [] }: Table): readonly PrimaryKey[] => [
  ...(primaryKey ? [primaryKey] : []),
  ...uniques,
];

const isOver = (names: readonly string[], columns: readonly string[]): boolean =>
  alike([...names].sort(), [...columns].sort());

function keyOf({ references, period }: ForeignKey, { tables }: Schema): string {
  const table = tables.get(references.table);
  const isDeferrable = table && keysOf(table).some(key => key.deferrable && isOver(key.columns, references.columns));
  const sort = `${period ? ' WITHOUT OVERLAPS' : ''}${isDeferrable ? ' that is not deferrable' : ''}`;
  return `a key of ${references.table} (${references.columns.join(', ')})${sort}, and there is none`;
}

/** `createMaterializedView` → `materialized view`. */
const wordsOf = (op: string): string => operationWords(op.slice('create'.length));

function isLost(use: string, before: Schema, after: Schema): boolean {
  const { place, table, name } = addressOf(use);
  if (place === 'relation') return isRelation(name, before) && !isRelation(name, after);
  if (place === 'primaryKey') return isKeyLost(before.tables.get(name), after.tables.get(name));
  if (place !== 'column' || table === undefined) return false;
  const relation = isRelation(table, before) ? table : partitionedInto(table, before);
  if (relation === undefined) return false;
  return !(columnsOf(relation, after)?.includes(name) ?? isRelation(relation, after));
}

/** The table of which another one is a partition, and which has its columns. */
const partitionedInto = (partition: QualifiedName, { tables }: Schema): QualifiedName | undefined =>
  [...tables.values()].find(table => partitionsOf(table).includes(partition))?.name;

const textOf = (use: Use): string => use.replace(/^primaryKey:/, 'the primary key of ').replace(':', ' ');

/** A `GROUP BY` that names the columns of a primary key stands for every column of a key that has no more columns. */
function isKeyLost(before: Table | undefined, after: Table | undefined): boolean {
  const [key, other] = [before?.primaryKey, after?.primaryKey];
  if (!key) return false;
  return !other || other.deferrable !== undefined || !other.columns.every(column => key.columns.includes(column));
}

/** The columns of a table or view, as far as they are known. */
function columnsOf(name: QualifiedName, { tables, views, materializedViews }: Schema): readonly string[] | undefined {
  const table = tables.get(name);
  return table ? table.columns.map(column => column.name) : (views.get(name) ?? materializedViews.get(name))?.[COLUMNS];
}

const isRelation = (name: QualifiedName, { tables, views, materializedViews }: Schema): boolean =>
  tables.has(name) || views.has(name) || materializedViews.has(name);
