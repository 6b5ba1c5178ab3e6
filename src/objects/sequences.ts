import { bareName, quoteIdentifier, quoteName, type QualifiedName } from '../sql/name.ts';
import { statement } from '../sql/statement.ts';
import { flag, optional, record, text, word, type Form } from './form.ts';
import type { ObjectKind } from './object-kind.ts';
import { alike } from './shape.ts';

/** A sequence of its own; those that serve a serial or identity column belong to the column. Bounds are decimal text. */
export interface Sequence {
  readonly name: QualifiedName;
  readonly type?: 'smallint' | 'integer' | 'bigint';
  readonly start?: string;
  readonly increment?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  readonly cache?: string;
  readonly cycle?: boolean;
}

export interface SequenceOperations {
  createSequence(sequence: Sequence): Promise<void>;
  /** Give a sequence other parameters; its current value stays. */
  alterSequence(sequence: Sequence): Promise<void>;
  /** Rename a sequence within its schema, also one that serves a column. */
  renameSequence(renaming: { readonly from: QualifiedName; readonly to: QualifiedName }): Promise<void>;
  dropSequence(sequence: { readonly name: QualifiedName }): Promise<void>;
}

const TYPES = { 21: 'smallint', 23: 'integer', 20: 'bigint' } as const;
const LIMITS = { smallint: '32767', integer: '2147483647', bigint: '9223372036854775807' };

const sequence: Form<Sequence> = record({
  name: text,
  type: optional(word('smallint', 'integer', 'bigint')),
  start: optional(text),
  increment: optional(text),
  minimum: optional(text),
  maximum: optional(text),
  cache: optional(text),
  cycle: optional(flag),
});

export const sequences: ObjectKind<Sequence, SequenceOperations> = {
  namespace: 'relation',
  filterType: 'sequence',
  undeclaredStays: true,
  nameOf: sequence => sequence.name,
  dependsOn: () => [],

  catalog: {
    queries: {
      sequences: `
        SELECT n.nspname AS namespace, c.relname AS name, s.seqtypid::int AS type, s.seqstart::text AS start,
          s.seqincrement::text AS increment, s.seqmin::text AS minimum, s.seqmax::text AS maximum,
          s.seqcache::text AS cache, s.seqcycle AS cycle
        FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY($1) AND NOT EXISTS (
          SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i', 'e'))`,
    },
    parse: (rows, qualify) =>
      (rows['sequences'] ?? []).map(row => parseSequence(row, qualify(row.namespace, row.name))),
  },

  create: sequence => [{ op: 'createSequence', ...sequence }],
  drop: ({ name }) => [{ op: 'dropSequence', name }],
  alter: (before, after) => (alike(explicit(before), explicit(after)) ? [] : [{ op: 'alterSequence', ...after }]),

  takes: {
    createSequence: sequence,
    alterSequence: sequence,
    renameSequence: record({ from: text, to: text }),
    dropSequence: record({ name: text }),
  },

  statements: {
    createSequence: op => [statement(`CREATE SEQUENCE ${quoteName(op.name)}${clauses(op)}`)],
    alterSequence: op => [statement(`ALTER SEQUENCE ${quoteName(op.name)}${clauses(explicit(op))}`)],
    renameSequence: ({ from, to }) => [
      statement(`ALTER SEQUENCE ${quoteName(from)} RENAME TO ${quoteIdentifier(bareName(to))}`),
    ],
    dropSequence: op => [statement(`DROP SEQUENCE ${quoteName(op.name)}`)],
  },
};

/** Only what differs from PostgreSQL's own defaults is kept, so that a plain sequence reads plainly. */
function parseSequence(row: any, name: QualifiedName): Sequence {
  const sequence: Required<Sequence> = {
    name,
    type: TYPES[row.type as keyof typeof TYPES] ?? 'bigint',
    start: row.start,
    increment: row.increment,
    minimum: row.minimum,
    maximum: row.maximum,
    cache: row.cache,
    cycle: row.cycle,
  };
  const usual: Record<string, unknown> = {
    ...explicit({ name, type: sequence.type, increment: sequence.increment }),
    type: 'bigint',
  };
  return Object.fromEntries(
    Object.entries(sequence).filter(
      ([key, value]) => key === 'name' || value !== (key === 'increment' ? '1' : usual[key]),
    ),
  ) as unknown as Sequence;
}

function explicit(sequence: Sequence): Required<Sequence> {
  const type = sequence.type ?? 'bigint';
  const descends = sequence.increment?.startsWith('-') ?? false;
  const minimum = sequence.minimum ?? (descends ? `-${BigInt(LIMITS[type]) + 1n}` : '1');
  const maximum = sequence.maximum ?? (descends ? '-1' : LIMITS[type]);
  const start = sequence.start ?? (descends ? maximum : minimum);
  return { type, increment: '1', cache: '1', cycle: false, ...sequence, minimum, maximum, start };
}

const clauses = (sequence: Sequence): string =>
  [
    sequence.type && ` AS ${sequence.type}`,
    sequence.increment && ` INCREMENT BY ${sequence.increment}`,
    sequence.minimum && ` MINVALUE ${sequence.minimum}`,
    sequence.maximum && ` MAXVALUE ${sequence.maximum}`,
    sequence.start && ` START WITH ${sequence.start}`,
    sequence.cache && ` CACHE ${sequence.cache}`,
    sequence.cycle === undefined ? '' : sequence.cycle ? ' CYCLE' : ' NO CYCLE',
  ]
    .filter(Boolean)
    .join('');
