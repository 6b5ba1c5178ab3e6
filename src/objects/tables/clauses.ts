import type { Hazard } from '../../sql/hazard.ts';
import { quoteText } from '../../sql/literal.ts';
import {
  bareName,
  besides,
  implicitName,
  quoteIdentifier,
  quoteIdentifiers,
  quoteName,
  type QualifiedName,
} from '../../sql/name.ts';
import { statement, type Statement } from '../../sql/statement.ts';
import { commentOn } from '../attributes.ts';
import type {
  CheckConstraint,
  Column,
  Deferrable,
  ExclusionConstraint,
  IndexRoles,
  PrimaryKey,
  UniqueConstraint,
} from './table.ts';

export const locked: Hazard = { type: 'locksTable', mode: 'ACCESS EXCLUSIVE' };

export const alterTable = (table: QualifiedName, action: string, ...hazards: Hazard[]): Statement =>
  statement(`ALTER TABLE ${quoteName(table)} ${action}`, locked, ...hazards);

export const alterColumnOf = (
  { table, name }: { readonly table: QualifiedName; readonly name: string },
  action: string,
  ...hazards: Hazard[]
): Statement => alterTable(table, `ALTER COLUMN ${quoteIdentifier(name)} ${action}`, ...hazards);

/** The name of the sequence that feeds a serial column. */
export const sequenceOf = (table: QualifiedName, column: Pick<Column, 'name' | 'serial'>): QualifiedName =>
  typeof column.serial === 'string' ? column.serial : besides(table, implicitName(bareName(table), column.name, 'seq'));

const SERIALS: Readonly<Record<string, string>> = { smallint: 'SMALLSERIAL', integer: 'SERIAL', bigint: 'BIGSERIAL' };

export function columnDefinition(column: Column): string {
  const { name, type, serial, collation, identity, generated } = column;
  return [
    quoteIdentifier(name),
    serial === true ? (SERIALS[type] ?? type) : type,
    collation !== undefined && `COLLATE ${quoteName(collation)}`,
    generated !== undefined && `GENERATED ALWAYS AS (${generated}) ${column.virtual ? 'VIRTUAL' : 'STORED'}`,
    identity !== undefined && `GENERATED ${identity.toUpperCase()} AS IDENTITY${sequenceName(column)}`,
    !column.nullable && 'NOT NULL',
    typeof serial === 'string' && `DEFAULT ${nextValueOf(serial)}`,
    column.default !== undefined && `DEFAULT ${column.default}`,
  ]
    .filter(Boolean)
    .join(' ');
}

const sequenceName = ({ sequence }: Pick<Column, 'sequence'>): string =>
  sequence === undefined ? '' : ` (SEQUENCE NAME ${quoteName(sequence)})`;

export const nextValueOf = (sequence: QualifiedName): string => `nextval(${quoteText(quoteName(sequence))}::regclass)`;

export const createSequence = (table: QualifiedName, column: Pick<Column, 'name' | 'serial' | 'type'>): Statement =>
  statement(`CREATE SEQUENCE ${quoteName(sequenceOf(table, column))} AS ${column.type}`);

export const ownSequence = (table: QualifiedName, column: Pick<Column, 'name' | 'serial'>): Statement =>
  statement(
    `ALTER SEQUENCE ${quoteName(sequenceOf(table, column))} OWNED BY ${quoteName(table)}.${quoteIdentifier(column.name)}`,
  );

export const columnComment = (table: QualifiedName, { name, comment }: Column): Statement[] =>
  comment === undefined ? [] : [commentOnColumn(table, name, comment)];

export const commentOnColumn = (table: QualifiedName, column: string, comment: string | null): Statement =>
  commentOn(`COLUMN ${quoteName(table)}.${quoteIdentifier(column)}`, comment);

/** What the index of a key is to its table. */
export const indexRoles = (
  table: QualifiedName,
  { name, clustered, replicaIdentity }: IndexRoles & { readonly name: string },
): Statement[] => [
  ...(clustered ? [alterTable(table, `CLUSTER ON ${quoteIdentifier(name)}`)] : []),
  ...(replicaIdentity ? [alterTable(table, `REPLICA IDENTITY USING INDEX ${quoteIdentifier(name)}`)] : []),
];

/** What a column has beside its definition. */
export const columnSettings = (table: QualifiedName, column: Column): Statement[] => {
  const { name, storage, compression, statistics, with: options } = column;
  const set = (action: string) => alterTable(table, `ALTER COLUMN ${quoteIdentifier(name)} ${action}`);
  return [
    ...(storage === undefined ? [] : [set(`SET STORAGE ${storage.toUpperCase()}`)]),
    ...(compression === undefined ? [] : [set(`SET COMPRESSION ${compression}`)]),
    ...(statistics === undefined ? [] : [set(`SET STATISTICS ${statistics}`)]),
    ...(options === undefined ? [] : [set(`SET (${options.join(', ')})`)]),
  ];
};

export const constraintComment = (
  table: QualifiedName,
  { name, comment }: { readonly name: string; readonly comment?: string },
): Statement[] =>
  comment === undefined ? [] : [commentOn(`CONSTRAINT ${quoteIdentifier(name)} ON ${quoteName(table)}`, comment)];

const constraint = (name: string, definition: string): string => `CONSTRAINT ${quoteIdentifier(name)} ${definition}`;

export const deferrableClause = (deferrable: Deferrable | undefined): string =>
  deferrable === undefined ? '' : ` DEFERRABLE ${deferrable.toUpperCase()}`;

const includeClause = (include: readonly string[] | undefined): string =>
  include ? ` INCLUDE (${quoteIdentifiers(include)})` : '';

export const primaryKeyClause = (key: PrimaryKey): string =>
  constraint(
    key.name,
    `PRIMARY KEY (${quoteIdentifiers(key.columns)})${includeClause(key.include)}${deferrableClause(key.deferrable)}`,
  );

export const uniqueClause = (unique: UniqueConstraint): string =>
  constraint(
    unique.name,
    `UNIQUE ${unique.nullsNotDistinct ? 'NULLS NOT DISTINCT ' : ''}(${quoteIdentifiers(unique.columns)})${includeClause(unique.include)}${deferrableClause(unique.deferrable)}`,
  );

export const checkClause = (check: CheckConstraint): string =>
  constraint(check.name, `CHECK (${check.expression})${check.noInherit ? ' NO INHERIT' : ''}`);

export const exclusionClause = (exclusion: ExclusionConstraint): string =>
  constraint(exclusion.name, `EXCLUDE ${exclusion.definition}${deferrableClause(exclusion.deferrable)}`);
