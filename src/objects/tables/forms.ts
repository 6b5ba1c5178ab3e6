import { attributeFields, storageFields } from '../attributes.ts';
import { grant } from '../grants.ts';
import {
  either,
  flag,
  list,
  mark,
  nothing,
  number,
  optional,
  orNull,
  record,
  text,
  word,
  type Fields,
  type Form,
} from '../form.ts';
import type { ObjectKind } from '../object-kind.ts';
import { persistence, sequence, sequenceOptionFields } from '../sequences.ts';
import type {
  CheckConstraint,
  Column,
  ColumnSequence,
  ColumnStorage,
  Deferrable,
  ExclusionConstraint,
  IndexRoles,
  Partition,
  PrimaryKey,
  Publication,
  Table,
  TableOperations,
  UniqueConstraint,
} from './table.ts';

export const deferrableWord: Form<Deferrable> = word('initially immediate', 'initially deferred');

export const indexRoleFields: Fields<IndexRoles> = { clustered: optional(mark), replicaIdentity: optional(mark) };

const identity = word('always', 'by default');

const columnSequence: Form<ColumnSequence> = record({
  ...sequenceOptionFields,
  type: optional(word('smallint', 'integer', 'bigint')),
  persistence: optional(persistence),
  grants: optional(list(grant)),
  comment: optional(text),
});

const storage = word('plain', 'external', 'extended', 'main');

export const columnStorageFields: Fields<ColumnStorage> = {
  storage: optional(storage),
  compression: optional(text),
  statistics: optional(number),
  with: optional(list(text)),
};

const column: Form<Column> = record({
  name: text,
  type: text,
  nullable: flag,
  default: optional(text),
  serial: optional(either(mark, text)),
  identity: optional(identity),
  sequence: optional(text),
  sequenceOptions: optional(columnSequence),
  sequences: optional(list(sequence)),
  generated: optional(text),
  virtual: optional(mark),
  collation: optional(text),
  comment: optional(text),
  ...columnStorageFields,
  grants: optional(list(grant)),
  inherited: optional(mark),
});

const primaryKey: Fields<PrimaryKey> = {
  name: text,
  columns: list(text),
  withoutOverlaps: optional(mark),
  include: optional(list(text)),
  with: optional(list(text)),
  tablespace: optional(text),
  deferrable: optional(deferrableWord),
  comment: optional(text),
  indexComment: optional(text),
  ...indexRoleFields,
};

const unique: Fields<UniqueConstraint> = { ...primaryKey, nullsNotDistinct: optional(mark) };

const check: Fields<CheckConstraint> = {
  name: text,
  expression: text,
  notValid: optional(mark),
  notEnforced: optional(mark),
  noInherit: optional(mark),
  inherited: optional(mark),
  comment: optional(text),
};

const exclusion: Fields<ExclusionConstraint> = {
  name: text,
  definition: text,
  tablespace: optional(text),
  deferrable: optional(deferrableWord),
  comment: optional(text),
  indexComment: optional(text),
};

const publication: Form<Publication> = record({
  name: text,
  columns: optional(list(text)),
  where: optional(text),
});

/** Partitions may be partitioned in turn. */
const partition: Form<Partition> = record({
  name: text,
  bounds: text,
  partitionBy: optional(text),
  partitions: optional(list({ problemOf: value => partition.problemOf(value) })),
  unlogged: optional(mark),
  ...storageFields,
  ...attributeFields,
});

const table: Form<Table> = record({
  name: text,
  columns: list(column),
  primaryKey: optional(record(primaryKey)),
  uniques: optional(list(record(unique))),
  checks: optional(list(record(check))),
  exclusions: optional(list(record(exclusion))),
  partitionBy: optional(text),
  partitions: optional(list(partition)),
  inherits: optional(list(text)),
  losing: optional(list(text)),
  unlogged: optional(mark),
  ...storageFields,
  rowSecurity: optional(word('enabled', 'forced', 'forced, not enabled')),
  replicaIdentity: optional(word('full', 'nothing')),
  publications: optional(list(publication)),
  ...attributeFields,
});

const part: Form<{ readonly table: string; readonly name: string }> = record({ table: text, name: text });
const renamedPart: Form<{ readonly table: string; readonly from: string; readonly to: string }> = record({
  table: text,
  from: text,
  to: text,
});

/** What the operations on tables take. */
export const takes: NonNullable<ObjectKind<Table, TableOperations>['takes']> = {
  createTable: table,
  dropTable: record({ name: text, losing: optional(list(text)) }),
  renameTable: record({ from: text, to: text }),
  moveTable: record({ table: text, to: text }),
  commentOnTable: record({ table: text, comment: orNull(text) }),
  addColumn: record({ table: text, column, owner: optional(text) }),
  dropColumn: record({ table: text, name: text, generated: optional(mark), only: optional(mark) }),
  renameColumn: renamedPart,
  alterColumn: record(
    {
      table: text,
      name: text,
      type: optional(text),
      existingType: optional(text),
      using: optional(text),
      collation: optional(orNull(text)),
      nullable: optional(flag),
      default: optional(orNull(text)),
      serial: optional(flag),
      sequence: optional(text),
      identity: optional(orNull(identity)),
      existingIdentity: optional(identity),
      sequenceOptions: optional(columnSequence),
      existingSequence: optional(text),
      owner: optional(text),
      generated: optional(nothing),
      comment: optional(orNull(text)),
      storage: optional(storage),
      compression: optional(text),
    },
    [
      'type',
      'nullable',
      'default',
      'serial',
      'identity',
      'sequenceOptions',
      'generated',
      'comment',
      'storage',
      'compression',
    ],
  ),
  createPrimaryKey: record({ table: text, ...primaryKey }),
  createUniqueConstraint: record({ table: text, ...unique }),
  createCheckConstraint: record({ table: text, ...check }),
  createExclusionConstraint: record({ table: text, ...exclusion }),
  dropConstraint: part,
  renameConstraint: renamedPart,
  validateConstraint: part,
};
