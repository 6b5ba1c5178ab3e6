import { MigrationError } from '../errors.ts';
import { builtIn, objectsIn, type Operation, type Registry, type Schema } from '../objects/kinds.ts';
import { sequenceOf } from '../objects/tables/clauses.ts';
import type { Column, Table } from '../objects/tables/table.ts';
import { nameParts, partName, qualify, splitPartName, type QualifiedName } from '../sql/name.ts';
import { replacedText, type EnumType } from '../objects/enums.ts';
import { enumRename } from './enum-renames.ts';
import { asidesOfMove } from './moved-along.ts';
import { renameIn } from './rename-in.ts';
import { namesBetween, renamesToMake, type RenameSteps, type Taken } from './rename-steps.ts';

/** Old names and new ones: what would compare as a drop and a creation, and is the same thing. */
export interface Renames {
  readonly tables?: Readonly<Record<QualifiedName, QualifiedName>>;
  /** `{ 'ticket.state': 'status' }`. The table goes by its old name or, where it is renamed too, its new one. */
  readonly columns?: Readonly<Record<string, string>>;
  readonly enums?: Readonly<Record<QualifiedName, QualifiedName>>;
  /** `{ 'ticket_status.done': 'closed' }`. */
  readonly enumLabels?: Readonly<Record<string, string>>;
}

/** A rename speaks of something that is not there, or that no entity declares by its new name. */
export class UnknownRenameError extends MigrationError {
  override readonly name = 'UnknownRenameError';
  readonly from: string;

  /** @param to the new name, where that is what nothing is declared by */
  constructor(from: string, what: string, to?: string) {
    super(
      to === undefined
        ? `The rename of ${from} cannot be made: the database has no such ${what}; name it as it is now, as in TABLE:NEW_TABLE or TABLE.COLUMN:NEW_COLUMN.`
        : `The rename of ${from} to ${to} cannot be made: no entity declares ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what} ${to}; give the new name as the entities have it.`,
    );
    this.from = from;
  }
}

/** A rename whose new name something else has, that no revision has made, and whose old name nothing is declared by. */
export class RenameConflictError extends MigrationError {
  override readonly name = 'RenameConflictError';
  readonly from: string;
  readonly to: string;

  constructor(from: string, to: string) {
    super(
      `The rename of ${from} to ${to} cannot be made: the database has both; drop or rename ${to} in a revision of its own ` +
        'first, or leave the rename out if it was made before.',
    );
    this.from = from;
    this.to = to;
  }
}

export interface RenameOptions {
  /** The schema whose objects go by their bare names; `public` by default. */
  readonly defaultSchema?: string | undefined;
  /** What is done where something else has a new name; it counts as a rename that was made before by default. */
  readonly taken?: Taken;
  /** The kinds that names are renamed in; the built-in registry by default. */
  readonly kinds?: Registry;
}

export interface Renamed {
  /** The schema as it is until then. */
  readonly former: Schema;
  /** The schema as it is once the operations have run. */
  readonly schema: Schema;
  readonly operations: readonly Operation[];
  /** The renames that they make. */
  readonly made: Renames;
  /** The renames that are not made, as the database has both names. */
  readonly passedOver: Renames;
  /** All that were given for what columns and labels belong to, those that were made before included. */
  readonly owners: Pick<Renames, 'tables' | 'enums'>;
}

/**
 * Carry out renames on a schema, so that what is left to compare goes by its new names. A rename that was made before is
 * passed over, so that a configuration may keep it.
 * @throws UnknownRenameError where neither the old name nor the new one is there.
 */
export function applyRenames(
  schema: Schema,
  given: Renames,
  { defaultSchema = 'public', taken = 'pass over', kinds = builtIn }: RenameOptions = {},
): Renamed {
  const { tables = {}, enums = {}, columns, enumLabels } = withoutDefaultSchema(given, defaultSchema);
  const operations: Operation[] = [];
  let current = schema;
  const carryOut = (
    { what, renames, isThere, aside }: RenamesOf,
    operationsOf: (from: string, to: string) => readonly Operation[],
  ): RenameSteps => {
    const lost = Object.entries(renames).find(([from, to]) => !isThere(from) && !isThere(to));
    if (lost) throw new UnknownRenameError(lost[0], what);
    const chosen = renamesToMake(renames, isThere, taken, aside);
    for (const [from, to] of chosen.steps) {
      const made = operationsOf(from, to);
      operations.push(...made);
      current = made.reduce((renamed, operation) => renameIn(renamed, operation, defaultSchema, kinds), current);
    }
    return chosen;
  };
  const inSchema = (to: QualifiedName, renaming: readonly Operation[]) => [...missingSchema(current, to), ...renaming];
  const ofTables = carryOut({ what: 'table', renames: tables, isThere: name => schema.tables.has(name) }, (from, to) =>
    inSchema(to, tableRename(current.tables.get(from)!, to, { schema: current, defaultSchema, kinds })),
  );
  // While their types have the names that are in the texts of the database.
  const ofLabels = carryOut(labelsOf(current, enumLabels, enums), (path, to) => [
    labelRename(current, path, to, enums),
  ]);
  const ofEnums = carryOut({ what: 'enum', renames: enums, isThere: name => schema.enums.has(name) }, (from, to) =>
    inSchema(to, enumRename(from, to, current, defaultSchema)),
  );
  const ofColumns = carryOut(columnsOf(current, columns, tables), (path, to) =>
    columnRename(current, path, to, tables),
  );
  const all = (steps: 'made' | 'passedOver'): Renames => ({
    tables: Object.fromEntries(ofTables[steps]),
    enums: Object.fromEntries(ofEnums[steps]),
    columns: Object.fromEntries(ofColumns[steps]),
    enumLabels: Object.fromEntries(ofLabels[steps]),
  });
  return {
    former: schema,
    schema: current,
    operations,
    made: all('made'),
    passedOver: all('passedOver'),
    owners: { tables, enums },
  };
}

/** The renames of one sort of thing. */
interface RenamesOf {
  /** What an error calls it. */
  readonly what: string;
  readonly renames: Names;
  isThere(name: string): boolean;
  /** The name that something has meanwhile. */
  readonly aside?: (name: string) => string;
}

const labelsOf = (schema: Schema, labels: Names | undefined, enums: Names): RenamesOf => ({
  what: 'enum label',
  renames: ofPaths(labels, enums),
  isThere: path => hasLabel(schema, path, enums),
  aside: pathAside,
});

const columnsOf = (schema: Schema, columns: Names | undefined, tables: Names): RenamesOf => ({
  what: 'column',
  renames: ofPaths(columns, tables),
  isThere: path => hasColumn(schema, path, tables),
  aside: pathAside,
});

/** New names as paths too: `{ 'ticket.state': 'status' }` → `{ 'ticket.state': 'ticket.status' }`. */
const ofPaths = (renames: Names = {}, owners: Names): Names =>
  Object.fromEntries(
    Object.entries(renames).map(([path, to]) => [path, partName(splitPartName(path).owner, newName(to, path, owners))]),
  );

function pathAside(path: string): string {
  const { owner, name } = splitPartName(path);
  return partName(owner, replacedText(name));
}

/** The way back: new names to old ones. */
export function inverse(renames: Renames): Renames {
  const flip = (names: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(Object.entries(names).map(([from, to]) => [to, from]));
  const flipPaths = (paths: Readonly<Record<string, string>> = {}, owners: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries(paths).map(([path, to]) => {
        const { owner, name } = splitPartName(path);
        return [partName(owners[owner] ?? owner, newName(to, path, owners)), qualify(undefined, name)];
      }),
    );
  return {
    tables: flip(renames.tables),
    enums: flip(renames.enums),
    columns: flipPaths(renames.columns, renames.tables),
    enumLabels: flipPaths(renames.enumLabels, renames.enums),
  };
}

/** A name may spell out the schema whose objects go by their bare names. */
export function withoutDefaultSchema(renames: Renames, defaultSchema: string): Renames {
  const prefix = `${qualify(undefined, defaultSchema)}.`;
  const bare = (name: string) =>
    name.startsWith(prefix) && !name.startsWith(`${prefix}pg_`) ? name.slice(prefix.length) : name;
  const names = (given: Readonly<Record<string, string>> = {}, isPath: boolean) =>
    Object.fromEntries(
      Object.entries(given).map(([from, to]) => {
        const isShort = isPath && splitPartName(from).owner === qualify(undefined, defaultSchema);
        const isBare = isPath && !splitPartName(to).owner.startsWith(prefix);
        return [isShort ? from : bare(from), isBare ? to : bare(to)];
      }),
    );
  return {
    tables: names(renames.tables, false),
    enums: names(renames.enums, false),
    columns: names(renames.columns, true),
    enumLabels: names(renames.enumLabels, true),
  };
}

/** The schema that a table moves to is created first. */
function missingSchema(current: Schema, to: QualifiedName): Operation[] {
  const { schema } = nameParts(to);
  return schema === undefined || current.namespaces.has(schema) ? [] : [{ op: 'createSchema', name: schema }];
}

/** A new table name in another schema moves the table there too. The sequences of its columns go by its name. */
function tableRename(
  table: Table,
  to: QualifiedName,
  { schema, defaultSchema, kinds }: { schema: Schema; defaultSchema: string; kinds: Registry },
): Operation[] {
  const fed = table.columns.filter(hasOwnSequence).map(({ name }) => ({ name }));
  const steps = namesBetween(table.name, to, name => isRelation(name, schema, kinds));
  const operations = steps.flatMap(([from, next]): Operation[] => {
    const [old, now] = [nameParts(from), nameParts(next)];
    if (old.name === now.name) return [{ op: 'moveTable', table: from, to: now.schema ?? defaultSchema }];
    return [
      { op: 'renameTable', from, to: next },
      ...fed.flatMap(column => sequenceRename(sequenceOf(from, column), sequenceOf(next, column))),
    ];
  });
  return [...asidesOfMove(schema, { from: table.name, to }, kinds), ...operations];
}

const isRelation = (name: QualifiedName, schema: Schema, kinds: Registry): boolean =>
  Object.entries(kinds).some(([kind, { namespace }]) => namespace === 'relation' && objectsIn(schema, kind).has(name));

/** A sequence that PostgreSQL named by table and column feeds it. */
const hasOwnSequence = ({ serial, identity, sequence }: Column): boolean =>
  serial === true || (identity !== undefined && sequence === undefined);

/** Names of table and column that differ only behind what fits into 63 bytes give the sequence the same name. */
const sequenceRename = (from: QualifiedName, to: QualifiedName): Operation[] =>
  from === to ? [] : [{ op: 'renameSequence', from, to }];

export type Names = Readonly<Record<string, string>>;

export const hasColumn = (schema: Schema, path: string, tables: Names): boolean =>
  tableOf(schema, path, tables)?.columns.some(({ name }) => name === splitPartName(path).name) ?? false;

/** The table of a column's path, which goes by its old name or, where it is renamed too, its new one. */
function tableOf(schema: Schema, path: string, tables: Names): Table | undefined {
  return namesOf(splitPartName(path).owner, tables)
    .map(name => schema.tables.get(name))
    .find(each => each !== undefined);
}

/** The sequence of a column that PostgreSQL named by it goes by its new name too. */
function columnRename(schema: Schema, path: string, to: string, tables: Names): readonly Operation[] {
  const { name: table, columns } = tableOf(schema, path, tables)!;
  const [from, target] = [splitPartName(path).name, splitPartName(to).name];
  const column = columns.find(({ name }) => name === from);
  // Where the table inherits another one, PostgreSQL has renamed the column along with that one's.
  if (!column) return [];
  const rename: Operation = { op: 'renameColumn', table, from, to: target };
  if (!hasOwnSequence(column)) return [rename];
  return [rename, ...sequenceRename(sequenceOf(table, { name: from }), sequenceOf(table, { name: target }))];
}

/** What the owner of a part may go by: the name after its own rename, the one that is told, and the one before. */
const namesOf = (owner: string, renames: Names): readonly string[] => [
  ...(renames[owner] === undefined ? [] : [renames[owner]]),
  owner,
  ...Object.entries(renames).flatMap(([from, to]) => (to === owner ? [from] : [])),
];

/** The new name of a part, which may repeat its owner's and may be written in double quotes. */
function newName(to: string, path: string, owners: Names): string {
  const { owner, name } = splitPartName(to);
  return owner === '' || namesOf(splitPartName(path).owner, owners).includes(owner) ? name : to;
}

export const hasLabel = (schema: Schema, path: string, enums: Names): boolean =>
  enumOf(schema, path, enums)?.labels.includes(splitPartName(path).name) ?? false;

function enumOf(schema: Schema, path: string, enums: Names): EnumType | undefined {
  return namesOf(splitPartName(path).owner, enums)
    .map(name => schema.enums.get(name))
    .find(each => each !== undefined);
}

const labelRename = (schema: Schema, path: string, to: string, enums: Names): Operation => ({
  op: 'renameEnumValue',
  name: enumOf(schema, path, enums)!.name,
  from: splitPartName(path).name,
  to: splitPartName(to).name,
});
