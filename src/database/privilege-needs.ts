import type { NameBefore } from '../compare/names-before.ts';
import type { Place } from '../objects/address.ts';
import type { Operation } from '../objects/kinds.ts';
import { operationWords } from '../objects/operation-words.ts';
import { isFed } from '../objects/tables/index.ts';
import { makesSequence } from '../objects/tables/feeding.ts';
import type { Partition, Table } from '../objects/tables/table.ts';
import { bareName, besides, nameParts, namePartsIn, typeNameIn, type QualifiedName } from '../sql/name.ts';

/** Something that an operation may need a privilege on, or on what its text names. */
export interface Need {
  /** What the privilege is on (`schema`, `owner`, `type` …), or else the kind of object that is made as it is in the database. */
  readonly sort: string;
  readonly schema: string;
  /** The name that it has now. */
  readonly name: string;
  readonly part?: string | undefined;
  /** Who needs the privilege, where it is not the role that runs the operation. */
  readonly role?: string | undefined;
  /** `create view seen`. */
  readonly why: string;
}

/** The names that a need is told under: the schema's objects that go by bare names, and what the database calls things. */
export interface Names {
  readonly defaultSchema: string;
  readonly nameBefore: NameBefore;
}

/** What operations may need privileges for, beside the ownership of what they change. */
export const privilegeNeeds = (operations: readonly Operation[], names: Names): readonly Need[] =>
  operations.flatMap((operation, at) => {
    const asking: Asking = {
      defaultSchema: names.defaultSchema,
      now: (place, name, table) => names.nameBefore({ place, name, ...(table !== undefined && { table }) }, at),
    };
    return [...placeNeeds(operation, asking), ...textNeeds(operation, asking), ...typeNeeds(operation, asking)];
  });

interface Asking {
  readonly defaultSchema: string;
  now(place: Place, name: string, table?: QualifiedName): ReturnType<NameBefore>;
}

/** What an operation may hold, as far as privileges go. */
interface Payload {
  readonly op: string;
  readonly table?: string;
  readonly name?: string;
  readonly from?: string;
  readonly owner?: string;
  readonly references?: { readonly table: string };
  readonly withData?: boolean;
}

/** An operation's name in words: `createMaterializedView` → `create` and `MaterializedView`. */
function deedOf({ op }: Operation): { readonly does?: string; readonly what: string } {
  const [, does, what = ''] = /^(create|rename|refresh)(\w+)$/.exec(op) ?? [];
  return { ...(does !== undefined && { does }), what };
}

/** What the privileges are needed for: `create index by_day`, `create policy own of ticket`. */
function whyOf(operation: Operation): string {
  const { table, name, from } = operation as Payload;
  const { does, what } = deedOf(operation);
  const whole = (does === 'rename' ? from : name) ?? '';
  const isPart = table !== undefined && !OBJECTS_ON_TABLES.includes(what);
  return `${does} ${operationWords(what)} ${isPart ? `${nameParts(whole).name} of ${table}` : whole}`;
}

/** What belongs to a table and has a name of its own. */
const OBJECTS_ON_TABLES = ['Index', 'Statistics'];

/** What PostgreSQL asks the CREATE privilege on the schema for; an enum is renamed by its owner alone. */
const MADE_IN_SCHEMA: Readonly<Record<string, readonly string[]>> = {
  create: [
    ...['Table', 'View', 'MaterializedView', 'Sequence', 'Enum', 'Statistics', 'Index'],
    ...['PrimaryKey', 'UniqueConstraint', 'ExclusionConstraint'],
  ],
  rename: ['Table', 'Index', 'Sequence'],
};

/** Where an operation makes something, and for whom: the schema, the tablespace, the database, the owner. */
function placeNeeds(operation: Operation, { defaultSchema, now }: Asking): readonly Need[] {
  const { table, name, from, owner, references } = operation as Payload;
  const { does, what } = deedOf(operation);
  const whole = does === 'rename' ? from : name;
  if (does === undefined || whole === undefined) return enteredSchemas(operation, defaultSchema);
  const why = whyOf(operation);
  const { schema } = namePartsIn(defaultSchema, table === undefined || what === 'Statistics' ? whole : table);
  const referenced = references && now('relation', references.table);
  return [
    ...(MADE_IN_SCHEMA[does]?.includes(what) ? [{ sort: 'schema', schema, name: schema, why }] : []),
    ...(does === 'create' && what === 'Table'
      ? inSchemas(partitionSchemas(operation as Partitioned, defaultSchema), why)
      : []),
    ...(does === 'create' && ['Schema', 'Extension'].includes(what)
      ? [{ sort: what, schema: '', name: whole, why }]
      : []),
    ...(owner !== undefined && what !== 'Schema'
      ? [{ sort: 'owner', schema, name: schema, role: owner, why: `give ${operationWords(what)} ${whole} to ${owner}` }]
      : []),
    ...(referenced ? [{ sort: 'references', ...namePartsIn(defaultSchema, referenced.name), why }] : []),
    ...tablespacesIn(operation).map(tablespace => ({ sort: 'tablespace', schema: '', name: tablespace, why })),
  ];
}

const inSchemas = (schemas: readonly string[], why: string): readonly Need[] =>
  schemas.map(schema => ({ sort: 'schema', schema, name: schema, why }));

type Partitioned = Pick<Table | Partition, 'partitions'>;

const partitionSchemas = ({ partitions = [] }: Partitioned, defaultSchema: string): readonly string[] =>
  partitions.flatMap(each => [namePartsIn(defaultSchema, each.name).schema, ...partitionSchemas(each, defaultSchema)]);

/** Schemas that a table or enum is moved to, and in which a column gets a sequence. */
function enteredSchemas(operation: Operation, defaultSchema: string): readonly Need[] {
  switch (operation.op) {
    case 'moveTable':
      return inSchemas([operation.to], `move table ${operation.table} to ${operation.to}`);
    case 'moveEnum':
      return inSchemas([operation.to], `move enum ${operation.name} to ${operation.to}`);
    case 'addColumn':
      return isFed(operation.column) ? forSequence(operation.table, operation.column.name, defaultSchema) : [];
    case 'alterColumn':
      return makesSequence(operation) ? forSequence(operation.table, operation.name, defaultSchema) : [];
    default:
      return [];
  }
}

const forSequence = (table: QualifiedName, column: string, defaultSchema: string): readonly Need[] =>
  inSchemas([namePartsIn(defaultSchema, table).schema], `create the sequence of ${column} of ${table}`);

function tablespacesIn(payload: unknown): readonly string[] {
  if (typeof payload !== 'object' || payload === null) return [];
  return Object.entries(payload).flatMap(([key, value]) =>
    key === 'tablespace' && typeof value === 'string' ? [value] : tablespacesIn(value),
  );
}

/** What is made from a text that may name objects of others, by the place that its own name has. */
const PLACES: Readonly<Record<string, Place>> = {
  Table: 'relation',
  View: 'relation',
  MaterializedView: 'relation',
  Index: 'relation',
  Statistics: 'statistics',
  Trigger: 'trigger',
  Policy: 'policy',
  Rule: 'rule',
  CheckConstraint: 'constraint',
  ExclusionConstraint: 'constraint',
};

/**
 * What an operation makes as it is in the database now: its text uses what it uses there. A default is set again when its
 * column gets another type, and a generated column is added again. PostgreSQL itself makes what else is on a column of
 * another type once more.
 */
function textNeeds(operation: Operation, asking: Asking): readonly Need[] {
  const { table, name, owner, withData = true } = operation as Payload;
  const { does, what } = deedOf(operation);
  const place = PLACES[what];
  if (does !== 'create' || place === undefined || name === undefined) return textsOfColumn(operation, asking);
  const why = whyOf(operation);
  const isFilled = what === 'MaterializedView' && withData;
  return [
    ...made(what, { place, name: what === 'Index' ? besides(table!, bareName(name)) : name, table, why }, asking),
    ...(isFilled ? made('Filled', { place, name, table, why, role: owner }, asking) : []),
  ];
}

function textsOfColumn(operation: Operation, asking: Asking): readonly Need[] {
  if (operation.op === 'addColumn') {
    const { table, column } = operation;
    const why = `add ${column.generated === undefined ? '' : 'generated '}column ${column.name} of ${table}`;
    return made('Added', { place: 'column', table, name: column.name, why }, asking);
  }
  if (operation.op !== 'alterColumn') return [];
  const { table, name, type, default: value } = operation;
  const of = (sort: string, why: string) => made(sort, { place: 'column', table, name, why }, asking);
  return [
    ...(typeof value === 'string' ? of('Column', `set the default of ${name} of ${table}`) : []),
    ...(type === undefined ? [] : of('Retyped', `change the type of ${name} of ${table}`)),
  ];
}

interface Made extends Pick<Need, 'role' | 'why'> {
  readonly place: Place;
  readonly table?: QualifiedName | undefined;
  readonly name: string;
}

/** The need under today's names; none for what is not there. */
function made(sort: string, { place, table, name, role, why }: Made, { defaultSchema, now }: Asking): readonly Need[] {
  const today = now(place, name, table);
  if (today === undefined) return [];
  const isPart = today.table !== undefined && place !== 'relation' && place !== 'statistics';
  const whole = namePartsIn(defaultSchema, isPart ? today.table : today.name);
  return [{ sort, ...whole, part: isPart ? today.name : undefined, role, why }];
}

/** The types that columns get. */
function typeNeeds(operation: Operation, { defaultSchema, now }: Asking): readonly Need[] {
  return typesIn(operation).flatMap(([type, why]) => {
    const today = now('type', typeNameIn(type));
    return today === undefined ? [] : [{ sort: 'type', ...namePartsIn(defaultSchema, today.name), why }];
  });
}

function typesIn(operation: Operation): readonly (readonly [type: string, why: string])[] {
  switch (operation.op) {
    case 'createTable':
      return operation.columns.map(({ type }) => [type, whyOf(operation)]);
    case 'addColumn':
      return [[operation.column.type, `add column ${operation.column.name} of ${operation.table}`]];
    case 'alterColumn':
      return operation.type === undefined
        ? []
        : [[operation.type, `change the type of ${operation.name} of ${operation.table}`]];
    default:
      return [];
  }
}
