import { quoteName } from '../../sql/name.ts';
import { statement, type Statement } from '../../sql/statement.ts';
import { pick } from '../attributes.ts';
import { castHazards } from './casts.ts';
import { alterColumnOf as alter, columnSettings, commentOnColumn } from './clauses.ts';
import { dropSequence, feedColumn, sequenceIn } from './feeding.ts';
import type { Column, ColumnAlteration } from './table.ts';

/**
 * The statements of `op.alterColumn`: what a new type cannot have is dropped first (default, identity, sequence),
 * what needs the new type comes after it.
 */
export function alterColumn(change: ColumnAlteration): Statement[] {
  return [
    ...dropsBeforeType(change),
    // What computes the new values may give nulls.
    ...(change.nullable === true ? [alter(change, 'DROP NOT NULL')] : []),
    ...changeType(change),
    ...changeDefault(change),
    ...(change.nullable === false ? [setNotNull(change)] : []),
    ...feedColumn(change),
    ...columnSettings(change.table, pick(change, ['name', 'storage', 'compression']) as Column),
    ...changeComment(change),
  ];
}

/** What is dropped before a new type is set. A sequence that another one replaces stays until then. */
function dropsBeforeType(change: ColumnAlteration): Statement[] {
  const dropsDefault =
    change.default === null ||
    change.serial === false ||
    change.existingSequence !== undefined ||
    (change.type !== undefined && change.default !== undefined);
  return [
    ...(change.generated === null ? [alter(change, 'DROP EXPRESSION')] : []),
    // An identity column has no default to drop, and PostgreSQL refuses to look for one.
    ...(change.identity === null && change.serial !== true ? [alter(change, 'DROP IDENTITY')] : []),
    ...(dropsDefault ? [alter(change, 'DROP DEFAULT')] : []),
    ...(change.serial === false && typeof change.identity !== 'string' ? dropSequence(change) : []),
  ];
}

function changeType(change: ColumnAlteration): Statement[] {
  const { table, name, type, existingType, using, collation } = change;
  if (type === undefined) return [];
  const collate = collation ? ` COLLATE ${quoteName(collation)}` : '';
  const hazards = castHazards(`${table}.${name}`, existingType, type);
  const isThere = change.serial === undefined || (change.serial === false && typeof change.identity === 'string');
  const follows = change.sequence !== undefined && isThere && change.sequenceOptions?.type === undefined;
  return [
    alter(change, `TYPE ${type}${collate}${using === undefined ? '' : ` USING ${using}`}`, ...hazards),
    ...(follows ? [statement(`ALTER SEQUENCE ${quoteName(sequenceIn(change))} AS ${type}`)] : []),
  ];
}

const changeDefault = (change: ColumnAlteration): Statement[] =>
  typeof change.default === 'string' ? [alter(change, `SET DEFAULT ${change.default}`)] : [];

const setNotNull = (change: ColumnAlteration): Statement =>
  alter(
    change,
    'SET NOT NULL',
    { type: 'scansTable' },
    { type: 'failsOnRows', what: `nulls in ${change.table}.${change.name}` },
  );

const changeComment = (change: ColumnAlteration): Statement[] =>
  change.comment === undefined ? [] : [commentOnColumn(change.table, change.name, change.comment)];
