import { quoteText } from '../../sql/literal.ts';
import { quoteIdentifier, quoteName } from '../../sql/name.ts';
import { statement, type Statement } from '../../sql/statement.ts';
import { pick } from '../attributes.ts';
import { castHazards } from './casts.ts';
import {
  alterTable,
  columnSettings,
  commentOnColumn,
  createSequence,
  nextValueOf,
  ownSequence,
  sequenceOf,
} from './clauses.ts';
import type { Column, ColumnAlteration } from './table.ts';

/**
 * The statements of `op.alterColumn`: what stands in the way of a new type goes first (default, identity, sequence),
 * what needs the new type comes after it.
 */
export function alterColumn(change: ColumnAlteration): Statement[] {
  return [
    ...clearTheWay(change),
    ...changeType(change),
    ...changeDefault(change),
    ...changeNullability(change),
    ...feed(change),
    ...columnSettings(change.table, pick(change, ['name', 'storage', 'compression']) as Column),
    ...changeComment(change),
  ];
}

const alter = (
  { table, name }: ColumnAlteration,
  action: string,
  ...hazards: Parameters<typeof alterTable>[2][]
): Statement => alterTable(table, `ALTER COLUMN ${quoteIdentifier(name)} ${action}`, ...hazards);

const sequenceIn = (change: ColumnAlteration) =>
  sequenceOf(change.table, { name: change.name, ...(change.sequence !== undefined && { serial: change.sequence }) });

function clearTheWay(change: ColumnAlteration): Statement[] {
  const dropsDefault =
    change.default === null || change.serial === false || (change.type !== undefined && change.default !== undefined);
  return [
    ...(change.generated === null ? [alter(change, 'DROP EXPRESSION')] : []),
    // An identity column has no default to drop, and PostgreSQL refuses to look for one.
    ...(change.identity === null ? [alter(change, 'DROP IDENTITY')] : []),
    ...(dropsDefault ? [alter(change, 'DROP DEFAULT')] : []),
    ...(change.serial === false ? [statement(`DROP SEQUENCE ${quoteName(sequenceIn(change))}`)] : []),
  ];
}

function changeType(change: ColumnAlteration): Statement[] {
  const { table, name, type, existingType, using, collation } = change;
  if (type === undefined) return [];
  const collate = collation ? ` COLLATE ${quoteName(collation)}` : '';
  const hazards = castHazards(`${table}.${name}`, existingType, type);
  const follows = change.sequence !== undefined && change.serial === undefined;
  return [
    alter(change, `TYPE ${type}${collate}${using === undefined ? '' : ` USING ${using}`}`, ...hazards),
    ...(follows ? [statement(`ALTER SEQUENCE ${quoteName(sequenceIn(change))} AS ${type}`)] : []),
  ];
}

const changeDefault = (change: ColumnAlteration): Statement[] =>
  typeof change.default === 'string' ? [alter(change, `SET DEFAULT ${change.default}`)] : [];

function changeNullability(change: ColumnAlteration): Statement[] {
  if (change.nullable === undefined) return [];
  if (change.nullable) return [alter(change, 'DROP NOT NULL')];
  return [
    alter(
      change,
      'SET NOT NULL',
      { type: 'scansTable' },
      { type: 'failsOnRows', what: `nulls in ${change.table}.${change.name}` },
    ),
  ];
}

/** Sequences and identities go on after the greatest value there is. */
function feed(change: ColumnAlteration): Statement[] {
  const { table, name, identity, existingIdentity } = change;
  if (typeof identity === 'string' && existingIdentity !== undefined)
    return [alter(change, `SET GENERATED ${identity.toUpperCase()}`)];
  if (typeof identity === 'string')
    return [
      alter(change, `ADD GENERATED ${identity.toUpperCase()} AS IDENTITY`),
      continueAfter(change, `pg_get_serial_sequence(${quoteText(quoteName(table))}, ${quoteText(name)})`),
    ];
  if (change.serial !== true) return [];
  const sequence = sequenceIn(change);
  const column = {
    name,
    type: change.type ?? change.existingType ?? 'integer',
    ...(change.sequence !== undefined && { serial: change.sequence }),
  };
  return [
    createSequence(table, column),
    alter(change, `SET DEFAULT ${nextValueOf(sequence)}`),
    ownSequence(table, column),
    continueAfter(change, `${quoteText(quoteName(sequence))}::regclass`),
  ];
}

const continueAfter = ({ table, name }: ColumnAlteration, sequence: string): Statement =>
  statement(
    `SELECT setval(${sequence}, coalesce((SELECT max(${quoteIdentifier(name)}) FROM ${quoteName(table)}), 0) + 1, false)`,
  );

const changeComment = (change: ColumnAlteration): Statement[] =>
  change.comment === undefined ? [] : [commentOnColumn(change.table, change.name, change.comment)];
