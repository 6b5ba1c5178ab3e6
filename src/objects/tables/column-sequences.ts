import { quoteIdentifier, quoteName, type QualifiedName } from '../../sql/name.ts';
import { statement, type Statement } from '../../sql/statement.ts';
import { attributeStatements, commentOn, pick } from '../attributes.ts';
import type { Granted } from '../grants.ts';
import { createSequence, explicitOptions, sequenceClauses, unloggedIn } from '../sequences.ts';
import { hasOwnSequence, sequenceOf } from './clauses.ts';
import type { Column } from './table.ts';

/** The sequences that a column's default needs before the column is there. */
export const createSequences = (table: QualifiedName, column: Column): Statement[] => [
  ...(hasOwnSequence(column) ? [createFeed(table, column)] : []),
  ...(column.sequences ?? []).map(createSequence),
];

/**
 * They belong to the column once it is there.
 * @param owner the table's, where that is another role than the one which made them: PostgreSQL wants one owner for both
 */
export const ownSequences = (table: QualifiedName, column: Column, owner?: string): Statement[] => [
  ...(hasOwnSequence(column) ? ownFeed(table, column, owner) : []),
  ...(column.identity === undefined ? [] : [...typeOfIdentity(table, column), ...persistenceOfIdentity(table, column)]),
  ...(column.sequences ?? []).flatMap(({ name }) => ownSequence(name, { table, column: column.name, owner })),
];

/** True for a column whose sequences are made by statements of their own. */
export const makesSequences = (column: Column): boolean =>
  hasOwnSequence(column) || (column.sequences ?? []).length > 0;

export const sequenceComments = (table: QualifiedName, column: Column): Statement[] =>
  sequencesOf(table, column).flatMap(({ subject, comment }) =>
    comment === undefined ? [] : [commentOn(subject, comment)],
  );

/** Privileges on a column's sequences, which its table's owner grants. */
export const grantedOnSequences = (table: QualifiedName, column: Column): Granted[] =>
  sequencesOf(table, column).map(({ subject, grants = [] }) => ({ subject, grants }));

const sequencesOf = (table: QualifiedName, column: Column) =>
  [{ name: column.sequence ?? sequenceOf(table, column), ...column.sequenceOptions }, ...(column.sequences ?? [])].map(
    ({ name, comment, grants }) => ({ subject: `SEQUENCE ${quoteName(name)}`, comment, grants }),
  );

/** PostgreSQL makes the sequence of an identity column of the column's type: it can have another one afterwards. */
export function typeOfIdentity(
  table: QualifiedName,
  {
    name,
    sequence,
    sequenceOptions: { type, grants: _, comment: __, ...options } = {},
  }: Omit<Fed, 'serial' | 'type'> & Pick<Column, 'sequence'>,
): Statement[] {
  if (type === undefined) return [];
  const clauses = sequenceClauses(explicitOptions(options, type));
  const own = quoteName(sequence ?? sequenceOf(table, { name }));
  return [statement(`ALTER SEQUENCE ${own} AS ${type} ${clauses.join(' ')}`)];
}

/** PostgreSQL gives the sequence of an identity column the persistence of the table. */
export function persistenceOfIdentity(
  table: QualifiedName,
  { name, sequence, sequenceOptions: { persistence } = {} }: Pick<Column, 'name' | 'sequence' | 'sequenceOptions'>,
): Statement[] {
  if (persistence === undefined) return [];
  const own = quoteName(sequence ?? sequenceOf(table, { name }));
  return [statement(`ALTER SEQUENCE ${own} SET ${persistence.toUpperCase()}`)];
}

type Fed = Pick<Column, 'name' | 'serial' | 'type' | 'sequenceOptions'>;

/**
 * The sequence that feeds a column.
 * @param name the sequence's, where it is not yet to be the column's own
 */
export const createFeed = (table: QualifiedName, column: Fed, name = sequenceOf(table, column)): Statement =>
  statement(
    [
      `CREATE ${unloggedIn(column.sequenceOptions ?? {})}SEQUENCE ${quoteName(name)} AS ${column.sequenceOptions?.type ?? column.type}`,
      ...sequenceClauses(column.sequenceOptions ?? {}),
    ].join(' '),
  );

export const ownFeed = (table: QualifiedName, column: Pick<Column, 'name' | 'serial'>, owner?: string): Statement[] =>
  ownSequence(sequenceOf(table, column), { table, column: column.name, owner });

/** Comment and privileges of the sequence that feeds a column. */
export const feedAttributes = (
  table: QualifiedName,
  { sequence, sequenceOptions = {}, ...column }: Pick<Column, 'name' | 'serial' | 'sequence' | 'sequenceOptions'>,
): Statement[] =>
  attributeStatements(
    { object: `SEQUENCE ${quoteName(sequence ?? sequenceOf(table, column))}` },
    pick(sequenceOptions, ['comment', 'grants']),
  );

interface Owner {
  readonly table: QualifiedName;
  readonly column: string;
  readonly owner?: string | undefined;
}

const ownSequence = (sequence: QualifiedName, { table, column, owner }: Owner): Statement[] => [
  ...(owner === undefined
    ? []
    : [statement(`ALTER SEQUENCE ${quoteName(sequence)} OWNER TO ${quoteIdentifier(owner)}`)]),
  statement(`ALTER SEQUENCE ${quoteName(sequence)} OWNED BY ${quoteName(table)}.${quoteIdentifier(column)}`),
];
