import { builtIn, type AnyKind, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import type { Column, Table } from '../objects/tables/table.ts';
import { besides, bareName, qualify, typeNameIn, type QualifiedName } from '../sql/name.ts';
import { leaveAlone, type Decision } from './leave-alone.ts';
import { withBareNames } from './own-names.ts';
import { renamedByHand } from './renamed-by-hand.ts';

/** What the revisions of a project have created, by type and name: `table:ticket`, `column:ticket.title`. */
export type Owned = ReadonlySet<string>;

/**
 * Follow a history of operations: what they create is owned, under its newest name, until they drop it. What a revision
 * drops and creates again without owning it was only detached for a while: it stays unmanaged.
 * @param revisions the operations of each revision
 * @param defaultSchema the schema whose objects go by their bare names
 */
export function ownedBy(
  revisions: readonly (readonly Operation[])[],
  registry: Registry = builtIn,
  defaultSchema = 'public',
): Owned {
  const owned = new Set<string>();
  const others = Object.values(registry).filter(kind => !Object.values(builtIn).includes(kind));
  const indexTables = new Map<string, QualifiedName>();
  for (const operations of revisions) {
    const detached = new Set<string>();
    for (const named of operations) {
      const operation = withBareNames(named, defaultSchema);
      const dropped = droppedMark(operation);
      if (dropped !== undefined) {
        if (!owned.delete(dropped)) detached.add(dropped);
        if (operation.op === 'dropTable') forgetParts(owned, operation.name, indexTables);
        continue;
      }
      const marks = createdMarks(operation);
      for (const mark of marks) if (!detached.delete(mark)) owned.add(mark);
      if (operation.op === 'createIndex') for (const mark of marks) indexTables.set(mark, operation.table);
      if (marks.length === 0) rename(owned, operation, indexTables, defaultSchema);
      markOther(owned, operation, others);
    }
  }
  return owned;
}

/** What an operation drops. */
function droppedMark(operation: Operation): string | undefined {
  switch (operation.op) {
    case 'dropTable':
      return `table:${operation.name}`;
    case 'dropColumn':
      return `column:${operation.table}.${operation.name}`;
    case 'dropConstraint':
      return `constraint:${operation.table}.${operation.name}`;
    case 'dropForeignKey':
      return `foreignKey:${operation.table}.${operation.name}`;
    case 'dropIndex':
      return `index:${operation.name}`;
    case 'dropEnum':
      return `enum:${operation.name}`;
    case 'dropSchema':
      return `schema:${operation.name}`;
    case 'dropView':
    case 'dropMaterializedView':
      return `view:${operation.name}`;
    default:
      return undefined;
  }
}

/** What belongs to a table goes with it. */
function forgetParts(owned: Set<string>, table: QualifiedName, indexTables: ReadonlyMap<string, QualifiedName>): void {
  for (const mark of [...owned]) {
    const [type, name] = [mark.slice(0, mark.indexOf(':')), mark.slice(mark.indexOf(':') + 1)];
    const isPart = PARTS.includes(type) && (name === table || name.startsWith(`${table}.`));
    if (isPart || indexTables.get(mark) === table) owned.delete(mark);
  }
}

const PARTS = ['column', 'comment', 'constraint', 'foreignKey'];

/** Of a project's own kinds, whatever an operation `create…` was given. */
function markOther(owned: Set<string>, operation: Operation, kinds: readonly AnyKind[]): void {
  const { op, ...object } = operation;
  const kind = op.startsWith('create') ? kinds.find(({ statements }) => op in statements) : undefined;
  if (kind) owned.add(`${kind.filterType}:${kind.nameOf(object)}`);
}

/** What an operation creates. */
function createdMarks(operation: Operation): readonly string[] {
  switch (operation.op) {
    case 'createTable':
      return tableMarks(operation);
    case 'addColumn':
      return columnMarks(operation.table, operation.column);
    case 'alterColumn':
      return typeof operation.comment === 'string' ? [`comment:${operation.table}.${operation.name}`] : [];
    case 'commentOnTable':
      return operation.comment === null ? [] : [`comment:${operation.table}`];
    case 'createUniqueConstraint':
    case 'createCheckConstraint':
    case 'createExclusionConstraint':
      return [`constraint:${operation.table}.${operation.name}`];
    case 'createForeignKey':
      return [`foreignKey:${operation.table}.${operation.name}`];
    case 'createIndex':
      return [`index:${besides(operation.table, bareName(operation.name))}`];
    case 'createEnum':
      return [`enum:${operation.name}`];
    case 'createSchema':
      return [`schema:${operation.name}`];
    case 'createView':
    case 'createMaterializedView':
      return [`view:${operation.name}`];
    default:
      return [];
  }
}

/** What is owned stays owned under its new name. */
function rename(
  owned: Set<string>,
  operation: Operation,
  indexTables: Map<string, QualifiedName>,
  defaultSchema: string,
): void {
  switch (operation.op) {
    case 'renameTable':
      renameAll(owned, operation.from, operation.to);
      return moveIndexes(owned, indexTables, operation.from, operation.to);
    case 'moveTable': {
      const to = qualify(operation.to === defaultSchema ? undefined : operation.to, bareName(operation.table));
      renameAll(owned, operation.table, to);
      return moveIndexes(owned, indexTables, operation.table, to);
    }
    case 'renameColumn':
      for (const type of ['column', 'comment']) {
        const mark = (name: string) => `${type}:${operation.table}.${name}`;
        renameMark(owned, mark(operation.from), mark(operation.to));
      }
      return;
    case 'renameConstraint':
    case 'renameForeignKey': {
      const type = operation.op === 'renameConstraint' ? 'constraint' : 'foreignKey';
      const mark = (name: string) => `${type}:${operation.table}.${name}`;
      return renameMark(owned, mark(operation.from), mark(operation.to));
    }
    case 'renameIndex':
      return renameMark(owned, `index:${operation.from}`, `index:${operation.to}`);
    case 'renameEnum':
      return renameMark(owned, `enum:${operation.from}`, `enum:${operation.to}`);
    case 'moveEnum': {
      const schema = operation.to === defaultSchema ? undefined : operation.to;
      return renameMark(owned, `enum:${operation.name}`, `enum:${qualify(schema, bareName(operation.name))}`);
    }
  }
}

/** Indexes lie in their table's schema, and move with it. */
function moveIndexes(
  owned: Set<string>,
  indexTables: Map<string, QualifiedName>,
  from: QualifiedName,
  to: QualifiedName,
): void {
  for (const [mark, table] of [...indexTables]) {
    if (table !== from) continue;
    const moved = `index:${besides(to, bareName(mark.slice('index:'.length)))}`;
    indexTables.delete(mark);
    indexTables.set(moved, to);
    renameMark(owned, mark, moved);
  }
}

const tableMarks = (table: Table): string[] => [
  `table:${table.name}`,
  ...(table.comment === undefined ? [] : [`comment:${table.name}`]),
  ...table.columns.flatMap(column => columnMarks(table.name, column)),
  ...[...(table.uniques ?? []), ...(table.checks ?? []), ...(table.exclusions ?? [])].map(
    ({ name }) => `constraint:${table.name}.${name}`,
  ),
];

const columnMarks = (table: QualifiedName, column: Column): string[] => [
  `column:${table}.${column.name}`,
  ...(column.comment === undefined ? [] : [`comment:${table}.${column.name}`]),
];

function renameMark(owned: Set<string>, from: string, to: string): void {
  if (owned.delete(from)) owned.add(to);
}

function renameAll(owned: Set<string>, from: QualifiedName, to: QualifiedName): void {
  for (const mark of [...owned]) {
    const [type = '', name = ''] = [mark.slice(0, mark.indexOf(':')), mark.slice(mark.indexOf(':') + 1)];
    if (name === from) renameMark(owned, mark, `${type}:${to}`);
    else if (name.startsWith(`${from}.`)) renameMark(owned, mark, `${type}:${to}${name.slice(from.length)}`);
  }
}

/**
 * The target with what other hands made in the database left alone. Only what the project's own revisions created is theirs
 * to drop; of a table that was there before the first revision, and that an entity declares, all parts are the project's.
 */
export function leaveOthersAlone(live: Schema, target: Schema, owned: Owned, registry?: Registry): Schema {
  const renamed = renamedByHand(live, target, owned);
  const includes: Decision = ({ type, reflected, key, table, object }) => {
    if (!reflected || renamed.has(`${MARKS[type] ?? type}:${key}`)) return true;
    if (table !== undefined && !owned.has(`table:${table}`) && !owned.has(`view:${table}`))
      return target.tables.has(table) || target.materializedViews.has(table);
    return isOwned(type, key, object, live, target, owned);
  };
  const decided = leaveAlone(live, target, includes, registry);
  return { ...decided, tables: keepComments(live, decided, owned) };
}

/** What marks call the types that they call otherwise. */
const MARKS: Readonly<Record<string, string>> = {
  unique_constraint: 'constraint',
  check_constraint: 'constraint',
  exclusion_constraint: 'constraint',
  foreign_key_constraint: 'foreignKey',
};

function isOwned(type: string, key: string, object: unknown, live: Schema, target: Schema, owned: Owned): boolean {
  switch (type) {
    case 'table':
    case 'column':
    case 'index':
    case 'schema':
      return owned.has(`${type}:${key}`);
    case 'enum':
      return owned.has(`enum:${key}`) || isAdopted((object as { name: string }).name, live, target, owned);
    case 'view':
    case 'materialized_view':
      return owned.has(`view:${key}`);
    default:
      return owned.has(`${MARKS[type] ?? type}:${key}`);
  }
}

/** A type that columns of adopted tables have is as much the project's as they are. */
const isAdopted = (type: QualifiedName, live: Schema, target: Schema, owned: Owned): boolean =>
  [...live.tables.values()].some(
    table =>
      target.tables.has(table.name) &&
      !owned.has(`table:${table.name}`) &&
      table.columns.some(column => typeNameIn(column.type) === type),
  );

/** Comments that a database administrator wrote stay, as long as no entity has one of its own. */
function keepComments(live: Schema, decided: Schema, owned: Owned): Schema['tables'] {
  return new Map(
    [...decided.tables].map(([name, table]) => {
      const lives = live.tables.get(name);
      return [name, lives && owned.has(`table:${name}`) ? withComments(table, lives, owned) : table];
    }),
  );
}

function withComments(table: Table, live: Table, owned: Owned): Table {
  const lives = new Map(live.columns.map(column => [column.name, column.comment]));
  const kept = (mark: string, own: string | undefined, other: string | undefined) =>
    own === undefined && other !== undefined && !owned.has(mark) ? { comment: other } : {};
  return {
    ...table,
    ...kept(`comment:${table.name}`, table.comment, live.comment),
    columns: table.columns.map(column => ({
      ...column,
      ...kept(`comment:${table.name}.${column.name}`, column.comment, lives.get(column.name)),
    })),
  };
}
