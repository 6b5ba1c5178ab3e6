import { quoteText } from '../sql/literal.ts';
import { bareName, quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { renames } from './address.ts';
import {
  attributeColumns,
  attributeFields,
  attributesOf,
  attributeStatements,
  keepAttributes,
  pick,
  type Attributes,
} from './attributes.ts';
import { flag, optional, record, text, word, type Fields, type Form } from './form.ts';
import { statement, type Statement } from '../sql/statement.ts';
import type { ObjectKind } from './object-kind.ts';
import { alike } from './shape.ts';

/** The parameters of a sequence. Bounds are decimal text. */
export interface SequenceDefinition {
  readonly name: QualifiedName;
  readonly type?: 'smallint' | 'integer' | 'bigint';
  readonly start?: string;
  readonly increment?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly cache?: string;
  readonly cycle?: boolean;
}

/** What a sequence is like, beside its name and its type: left out where it is PostgreSQL's default. */
export type SequenceOptions = Omit<SequenceDefinition, 'name' | 'type'>;

/** A sequence of its own; those that belong to a column are the column's. */
export interface Sequence extends SequenceDefinition, Attributes {
  /** `unlogged`: its state is lost in a crash (PostgreSQL 15). */
  readonly persistence?: Persistence;
}

export type Persistence = 'logged' | 'unlogged';

export const persistence: Form<Persistence> = word('logged', 'unlogged');

/** SQL for the persistence of a sequence: before PostgreSQL 15, there is one only. */
export const persistenceColumn = (relation: string): string =>
  `CASE WHEN current_setting('server_version_num')::int >= 150000 THEN CASE ${relation}.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'logged' END END AS persistence`;

export interface SequenceOperations {
  createSequence(sequence: Sequence): Promise<void>;
  /** Give a sequence other parameters; its current value stays. */
  alterSequence(sequence: SequenceDefinition): Promise<void>;
  /** Rename a sequence within its schema, also one that serves a column. */
  renameSequence(renaming: { readonly from: QualifiedName; readonly to: QualifiedName }): Promise<void>;
  dropSequence(sequence: { readonly name: QualifiedName }): Promise<void>;
}

const LIMITS = { smallint: '32767', integer: '2147483647', bigint: '9223372036854775807' };

export const sequenceOptionFields = {
  start: optional(text),
  increment: optional(text),
  minimum: optional(text),
  maximum: optional(text),
  cache: optional(text),
  cycle: optional(flag),
};

const sequenceFields: Fields<SequenceDefinition> = {
  name: text,
  type: optional(word('smallint', 'integer', 'bigint')),
  ...sequenceOptionFields,
};

export const sequence: Form<Sequence> = record({
  ...sequenceFields,
  ...attributeFields,
  persistence: optional(persistence),
});

export const sequences: ObjectKind<Sequence, SequenceOperations> = {
  namespace: 'relation',
  filterType: 'sequence',
  undeclaredStays: true,
  nameOf: sequence => sequence.name,
  dependsOn: () => [],
  effects: { renameSequence: renaming => renames('relation', renaming) },

  catalog: {
    queries: {
      sequences: `
        SELECT n.nspname AS namespace, c.relname AS name, format_type(s.seqtypid, NULL) AS type, s.seqstart::text AS start,
          s.seqincrement::text AS increment, s.seqmin::text AS minimum, s.seqmax::text AS maximum,
          s.seqcache::text AS cache, s.seqcycle AS cycle, ${persistenceColumn('c')},
          ${attributeColumns('pg_class', 'c', 'S')}
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY($1) AND NOT EXISTS (
          SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i', 'e'))`,
    },
    parse: (rows, qualify) =>
      (rows['sequences'] ?? []).map(row => parseSequence(row, qualify(row.namespace, row.name))),
  },

  create: sequence => [{ op: 'createSequence', ...sequence }],
  drop: ({ name }) => [{ op: 'dropSequence', name }],
  keepUndeclarable: keepAttributes,
  alter: (
    { owner: _, grants: __, comment: ___, persistence: ____, ...before },
    { owner: _____, grants: ______, comment: _______, persistence: ________, ...after },
  ) => (alike(explicit(before), explicit(after)) ? [] : [{ op: 'alterSequence', ...after }]),

  takes: {
    createSequence: sequence,
    alterSequence: record(sequenceFields),
    renameSequence: record({ from: text, to: text }),
    dropSequence: record({ name: text }),
  },

  statements: {
    createSequence: op => [
      createSequence(op),
      ...attributeStatements({ object: `SEQUENCE ${quoteName(op.name)}` }, pick(op, ['comment', 'owner', 'grants'])),
    ],
    alterSequence: op => [
      ...(op.minimum === undefined && op.maximum === undefined ? [] : reachBounds(explicit(op))),
      statement(`ALTER SEQUENCE ${quoteName(op.name)}${clauses(explicit(op))}`),
    ],
    renameSequence: ({ from, to }) => [
      statement(`ALTER SEQUENCE ${quoteName(from)} RENAME TO ${quoteIdentifier(bareName(to))}`),
    ],
    dropSequence: op => [statement(`DROP SEQUENCE ${quoteName(op.name)}`)],
  },
};

/** The statement that makes a sequence, without what it has beside its definition. */
export const createSequence = (definition: Sequence): Statement =>
  statement(`CREATE ${unloggedIn(definition)}SEQUENCE ${quoteName(definition.name)}${clauses(definition)}`);

/** What stands before SEQUENCE. */
export const unloggedIn = ({ persistence }: Pick<Sequence, 'persistence'>): string =>
  persistence === 'unlogged' ? 'UNLOGGED ' : '';

export const parseSequence = (row: any, name: QualifiedName): Sequence => ({
  name,
  ...(row.type !== 'bigint' && { type: row.type }),
  ...sequenceOptionsOf(row, row.type),
  ...(row.persistence === 'unlogged' && { persistence: 'unlogged' as const }),
  ...attributesOf(row),
});

/** Only what differs from PostgreSQL's own defaults is kept, so that a plain sequence reads plainly. */
export function sequenceOptionsOf(row: any, type: Sequence['type']): SequenceOptions {
  const options: Required<SequenceOptions> = {
    start: row.start,
    increment: row.increment,
    minimum: row.minimum,
    maximum: row.maximum,
    cache: row.cache,
    cycle: row.cycle,
  };
  const { increment, minimum, maximum } = options;
  // Where a sequence starts follows from its bounds.
  const { start } = explicitOptions({ increment, minimum, maximum }, type);
  const usual: Record<string, unknown> = { ...explicitOptions({ increment }, type), start };
  return Object.fromEntries(
    Object.entries(options).filter(([key, value]) => value !== (key === 'increment' ? '1' : usual[key])),
  );
}

const explicit = ({ name, type = 'bigint', ...options }: SequenceDefinition): Required<SequenceDefinition> => ({
  name,
  type,
  ...explicitOptions(options, type),
});

/** All of a sequence's options, with PostgreSQL's defaults spelled out. */
export function explicitOptions(given: SequenceOptions, type: Sequence['type'] = 'bigint'): Required<SequenceOptions> {
  const descends = given.increment?.startsWith('-') ?? false;
  const minimum = given.minimum ?? (descends ? `-${BigInt(LIMITS[type]) + 1n}` : '1');
  const maximum = given.maximum ?? (descends ? '-1' : LIMITS[type]);
  const start = given.start ?? (descends ? maximum : minimum);
  return { increment: '1', cache: '1', cycle: false, ...given, minimum, maximum, start };
}

/** Options of a sequence of one type that a sequence of another type can have. */
export function withinType(
  options: SequenceOptions,
  type: Sequence['type'],
  other: NonNullable<Sequence['type']>,
): SequenceOptions {
  const { minimum, maximum, start, ...rest } = explicitOptions(options, type);
  const least = -BigInt(LIMITS[other]) - 1n;
  const within = (value: string): string => {
    if (BigInt(value) < least) return String(least);
    return BigInt(value) > BigInt(LIMITS[other]) ? LIMITS[other] : value;
  };
  return { ...rest, minimum: within(minimum), maximum: within(maximum), start: within(start) };
}

const clauses = (sequence: SequenceDefinition): string =>
  [sequence.type && `AS ${sequence.type}`, ...sequenceClauses(sequence)]
    .filter(Boolean)
    .map(clause => ` ${clause}`)
    .join('');

/** The options in the words of CREATE SEQUENCE. */
export const sequenceClauses = ({ increment, minimum, maximum, start, cache, cycle }: SequenceOptions): string[] =>
  [
    increment && `INCREMENT BY ${increment}`,
    minimum && `MINVALUE ${minimum}`,
    maximum && `MAXVALUE ${maximum}`,
    start && `START WITH ${start}`,
    cache && `CACHE ${cache}`,
    cycle === undefined ? undefined : cycle ? 'CYCLE' : 'NO CYCLE',
  ].filter(clause => clause !== undefined && clause !== '') as string[];

/**
 * PostgreSQL refuses bounds that leave out the current value. A sequence that has not come to its new bounds goes on from
 * the nearest of them; one that has gone past them is refused, for it would hand out values again.
 */
function reachBounds({ name, increment, minimum, maximum }: Required<SequenceDefinition>): Statement[] {
  const descends = increment.startsWith('-');
  const [reached, beyond] = descends
    ? [`least(last_value, ${maximum})`, `last_value <= ${maximum}`]
    : [`greatest(last_value, ${minimum})`, `last_value >= ${minimum}`];
  const sequence = quoteName(name);
  return [
    statement(`ALTER SEQUENCE ${sequence} AS bigint MINVALUE ${-(2n ** 63n)} MAXVALUE ${2n ** 63n - 1n}`),
    statement(`SELECT setval(${quoteText(sequence)}, ${reached}, is_called AND ${beyond}) FROM ${sequence}`),
  ];
}
