import { MigrationError } from '../errors.ts';
import type { Operation, Schema } from '../objects/kinds.ts';
import { handedDownTo, lineOf, parentsOf, partitionsOf } from '../objects/tables/inheritance.ts';
import { partName } from '../objects/touched.ts';
import { usesOf, type Using } from '../objects/uses.ts';
import { COLUMNS } from '../objects/views.ts';
import { bareName, nameParts, type QualifiedName } from '../sql/name.ts';

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
    const reasons = obstacles.map(({ dependent, on }) => `${dependent} depends on ${on}`);
    super(
      `PostgreSQL would refuse this revision: ${reasons.join('; ')}. Drop or change what depends on it in a revision of its own ` +
        'first (and create it again after this one), or keep what it depends on.',
    );
    this.obstacles = obstacles;
  }
}

/** A column, relation or type that operations change or drop, by its name. */
export interface Change {
  readonly kind: 'column' | 'relation' | 'type';
  readonly name: QualifiedName;
  readonly column?: string;
  /** False where it only gets another type: PostgreSQL then rebuilds the keys on it by itself. */
  readonly isDropped: boolean;
}

/** What operations change or drop so that PostgreSQL looks at what depends on it. */
export function changesIn(operations: readonly Operation[]): readonly Change[] {
  const added = new Set(operations.flatMap(each => (each.op === 'createEnum' ? [each.name] : [])));
  return operations.flatMap((operation): readonly Change[] => {
    switch (operation.op) {
      case 'dropColumn':
        return [{ kind: 'column', name: operation.table, column: operation.name, isDropped: true }];
      case 'alterColumn':
        return operation.type === undefined
          ? []
          : [{ kind: 'column', name: operation.table, column: operation.name, isDropped: false }];
      case 'dropTable':
      case 'dropView':
      case 'dropMaterializedView':
        return [{ kind: 'relation', name: operation.name, isDropped: true }];
      case 'renameEnum':
        return added.has(operation.from) ? [{ kind: 'type', name: operation.from, isDropped: true }] : [];
      case 'dropEnum':
        return [{ kind: 'type', name: operation.name, isDropped: true }];
      default:
        return [];
    }
  });
}

/** The identities that operations drop or change themselves, so that nothing of them is in the way. */
export function handledBy(operations: readonly Operation[], before: Schema): ReadonlySet<string> {
  return new Set(
    operations.flatMap((operation): readonly string[] => {
      switch (operation.op) {
        case 'dropTable':
          return [operation.name, ...partitionsOf(before.tables.get(operation.name) ?? {})].map(
            name => `relation:${name}`,
          );
        case 'dropView':
        case 'dropMaterializedView':
        case 'dropIndex':
          return [`relation:${operation.name}`];
        case 'dropColumn':
        case 'alterColumn':
          return [...lineOf(operation.table, before)].map(table => `column:${partName(table, operation.name)}`);
        case 'dropConstraint':
        case 'dropForeignKey':
          return [`constraint:${partName(operation.table, operation.name)}`];
        case 'dropPolicy':
          return [`policy:${partName(operation.table, operation.name)}`];
        case 'dropTrigger':
          return [`trigger:${partName(operation.table, operation.name)}`];
        case 'dropRule':
          return [`rule:${partName(operation.table, operation.name)}`];
        default:
          return [];
      }
    }),
  );
}

/** What is to be created although a column it reads is dropped, or the table. */
export function unreadable(operations: readonly Operation[], before: Schema, after: Schema): readonly Obstacle[] {
  return operations.flatMap(operation => {
    if (!operation.op.startsWith('create')) return [];
    const { name, table } = operation as { readonly name: string; readonly table?: QualifiedName };
    const dependent = `${wordsOf(operation.op)} ${bareName(name)}${table === undefined ? '' : ` of ${table}`}`;
    const lost = usesOf(operation as Using).filter(use => isLost(use, before, after));
    return lost.map(use => ({ dependent, on: `${use.replace(':', ' ')}, which is dropped` }));
  });
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

/** `createMaterializedView` → `materialized view`. */
const wordsOf = (op: string): string =>
  op
    .slice('create'.length)
    .replace(/(?!^)([A-Z])/g, ' $1')
    .toLowerCase();

function isLost(use: string, before: Schema, after: Schema): boolean {
  const [kind, name] = [use.slice(0, use.indexOf(':')), use.slice(use.indexOf(':') + 1)];
  if (kind === 'relation') return isRelation(name, before) && !isRelation(name, after);
  if (kind !== 'column') return false;
  const owner = [...ownersOf(name)].find(each => isRelation(each, before));
  if (owner === undefined) return false;
  const columns = columnsOf(owner, after);
  return columns ? !columns.some(column => partName(owner, column) === name) : !isRelation(owner, after);
}

/** The prefixes of `audit.event.kind` that may be a relation's name. */
function* ownersOf(name: string): Generator<QualifiedName> {
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) yield name.slice(0, dot);
}

/** The columns of a table or view, as far as they are known. */
function columnsOf(name: QualifiedName, { tables, views, materializedViews }: Schema): readonly string[] | undefined {
  const table = tables.get(name);
  return table ? table.columns.map(column => column.name) : (views.get(name) ?? materializedViews.get(name))?.[COLUMNS];
}

const isRelation = (name: QualifiedName, { tables, views, materializedViews }: Schema): boolean =>
  tables.has(name) || views.has(name) || materializedViews.has(name);

/** A change with its schema spelled out. */
export const placed = ({ name, ...change }: Change, defaultSchema: string) => {
  const { schema = defaultSchema, name: bare } = nameParts(name);
  return { ...change, schema, name: bare };
};
