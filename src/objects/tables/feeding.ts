import { quoteText } from '../../sql/literal.ts';
import { bareName, quoteIdentifier, quoteName, type QualifiedName } from '../../sql/name.ts';
import { statement, type Statement } from '../../sql/statement.ts';
import { replacedName } from '../enums.ts';
import { alterColumnOf, createSequence, nextValueOf, ownSequence, sequenceOf } from './clauses.ts';
import type { ColumnAlteration } from './table.ts';

/**
 * What feeds a column: a sequence of its own (serial) or an identity. One takes the other's place at the number it has
 * come to: an id that was handed out is not handed out again, whether its row is still there or not.
 */

/** The sequence of a serial column. */
export const sequenceIn = (change: ColumnAlteration): QualifiedName =>
  sequenceOf(change.table, { name: change.name, ...(change.sequence !== undefined && { serial: change.sequence }) });

/** The sequence of a column that is serial no longer is dropped, or waits under another name until the identity is there. */
export function releaseSequence(change: ColumnAlteration): Statement[] {
  if (change.serial !== false) return [];
  const sequence = sequenceIn(change);
  if (!becomesIdentity(change)) return [statement(`DROP SEQUENCE ${quoteName(sequence)}`)];
  return [statement(`ALTER SEQUENCE ${quoteName(sequence)} OWNED BY NONE`), rename(sequence, replacedName(sequence))];
}

/** The statements that have a column fed by a new sequence or an identity. */
export function feed(change: ColumnAlteration): Statement[] {
  const { identity, existingIdentity, serial } = change;
  if (typeof identity === 'string' && existingIdentity !== undefined)
    return [alterColumnOf(change, `SET GENERATED ${identity.toUpperCase()}`)];
  if (typeof identity === 'string') return feedByIdentity(change, identity);
  if (serial === true) return identity === null ? replaceIdentity(change) : feedBySequence(change);
  return [];
}

const becomesIdentity = ({ identity }: ColumnAlteration): boolean => typeof identity === 'string';

function feedByIdentity(change: ColumnAlteration, identity: string): Statement[] {
  const replaced = change.serial === false ? replacedName(sequenceIn(change)) : undefined;
  return [
    alterColumnOf(change, `ADD GENERATED ${identity.toUpperCase()} AS IDENTITY`),
    continueAfter(change, ownSequenceOf(change), replaced === undefined ? undefined : regclass(replaced)),
    ...(replaced === undefined ? [] : [statement(`DROP SEQUENCE ${quoteName(replaced)}`)]),
  ];
}

function feedBySequence(change: ColumnAlteration): Statement[] {
  const sequence = sequenceIn(change);
  return [
    createSequence(change.table, columnOf(change)),
    ...attach(change, sequence),
    continueAfter(change, regclass(sequence)),
  ];
}

/** The new sequence reads where the identity's has come to, which goes with the identity, and then takes its name. */
function replaceIdentity(change: ColumnAlteration): Statement[] {
  const sequence = sequenceIn(change);
  const arriving = replacedName(sequence);
  return [
    createSequence(change.table, { ...columnOf(change), serial: arriving }),
    continueAfter(change, regclass(arriving), ownSequenceOf(change)),
    alterColumnOf(change, 'DROP IDENTITY'),
    rename(arriving, sequence),
    ...attach(change, sequence),
  ];
}

const attach = (change: ColumnAlteration, sequence: QualifiedName): Statement[] => [
  alterColumnOf(change, `SET DEFAULT ${nextValueOf(sequence)}`),
  ownSequence(change.table, columnOf(change)),
];

const columnOf = ({ name, type, existingType, sequence }: ColumnAlteration) => ({
  name,
  type: type ?? existingType ?? 'integer',
  ...(sequence !== undefined && { serial: sequence }),
});

const rename = (from: QualifiedName, to: QualifiedName): Statement =>
  statement(`ALTER SEQUENCE ${quoteName(from)} RENAME TO ${quoteIdentifier(bareName(to))}`);

const regclass = (sequence: QualifiedName): string => `${quoteText(quoteName(sequence))}::regclass`;

const ownSequenceOf = ({ table, name }: ColumnAlteration): string =>
  `pg_get_serial_sequence(${quoteText(quoteName(table))}, ${quoteText(name)})`;

/** A sequence goes on after the last number of the one before it and after the greatest there is, or begins. */
function continueAfter({ table, name }: ColumnAlteration, sequence: string, former?: string): Statement {
  const greatest = `(SELECT max(${quoteIdentifier(name)}) FROM ${quoteName(table)})`;
  const last = former === undefined ? greatest : `greatest(${greatest}, pg_sequence_last_value(${former}))`;
  return statement(`SELECT setval(${sequence}, v.last) FROM (SELECT ${last} AS last) v WHERE v.last > 0`);
}
