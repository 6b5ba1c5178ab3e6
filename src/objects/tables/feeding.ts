import { quoteText } from '../../sql/literal.ts';
import { bareName, quoteIdentifier, quoteName, type QualifiedName } from '../../sql/name.ts';
import { statement, type Statement } from '../../sql/statement.ts';
import { pick } from '../attributes.ts';
import { replacedName } from '../enums.ts';
import { explicitOptions, sequenceClauses } from '../sequences.ts';
import { alterColumnOf, identityClause, nextValueOf, sequenceOf, sequenceUsedBy, usesSequence } from './clauses.ts';
import { createFeed, feedAttributes, ownFeed, persistenceOfIdentity, typeOfIdentity } from './column-sequences.ts';
import type { Column, ColumnAlteration } from './table.ts';

/** The sequence of the column while it is serial. */
export const sequenceIn = (change: ColumnAlteration): QualifiedName =>
  sequenceOf(change.table, { name: change.name, ...(change.sequence !== undefined && { serial: change.sequence }) });

/** What of a column's sequence no downgrade can bring back, where it is dropped and no other one takes over from it. */
export function lostWithFeed(change: ColumnAlteration): readonly string[] {
  const hasSuccessor =
    change.serial === true ||
    typeof change.identity === 'string' ||
    Boolean(sequenceUsedBy(change.default ?? undefined));
  const isDropped = change.identity === null || (change.serial === false && !isUsedOtherwise(change));
  if (hasSuccessor || !isDropped) return [];
  const what =
    change.identity === null ? `the identity ${change.table}.${change.name}` : `the sequence ${sequenceIn(change)}`;
  return [`where ${what} stands: made again, it goes on after the greatest value`];
}

/** True where the sequence stays without a column that owns it, because the column's default still uses it. */
export const isReleased = (change: ColumnAlteration): boolean =>
  change.serial === false && sequenceUsedBy(change.default ?? undefined) === sequenceIn(change);

/** True where the sequence stays the column's, whose default does not, or not only, take the next value from now on. */
const isUsedOtherwise = (change: ColumnAlteration): boolean =>
  usesSequence(change.default ?? undefined, sequenceIn(change)) || keepsSequence(change);

/** True where a sequence is created for a column. */
export const makesSequence = (change: ColumnAlteration): boolean =>
  (change.serial === true && change.existingSequence !== sequenceIn(change)) ||
  (typeof change.identity === 'string' && change.existingIdentity === undefined);

/** True where a column is fed no longer by a sequence that stays its own. */
export const keepsSequence = (change: ColumnAlteration): boolean =>
  change.serial === false && change.existingSequence === sequenceIn(change);

export function dropSequence(change: ColumnAlteration): Statement[] {
  if (isReleased(change)) return [release(change)];
  if (isUsedOtherwise(change)) return [];
  const [sequence, successor] = [sequenceIn(change), sequenceUsedBy(change.default ?? undefined)];
  return [...(successor === undefined ? [] : [advance(successor, sequence)]), drop(sequence)];
}

/** A sequence that others may use too goes on no earlier than another one. */
const advance = (sequence: QualifiedName, former: QualifiedName): Statement =>
  statement(
    `SELECT setval(${quoteText(quoteName(sequence))}, greatest(n.last_value, s.last_value), n.is_called OR s.is_called) ` +
      `FROM ${quoteName(sequence)} n, ${quoteName(former)} s WHERE s.last_value >= n.last_value`,
  );

const release = (change: ColumnAlteration): Statement =>
  statement(`ALTER SEQUENCE ${quoteName(sequenceIn(change))} OWNED BY NONE`);

/**
 * The statements after which another sequence feeds the column. It goes on where the former one was, which may be far
 * beyond the greatest value that is there; where there was none, it goes on after the greatest value.
 */
export function feedColumn(change: ColumnAlteration): Statement[] {
  const { identity, serial, existingIdentity } = change;
  if (serial === true)
    return [
      ...(identity === null ? fromIdentity(change) : toSerial(change)),
      ...feedAttributes(change.table, columnIn(change)),
    ];
  if (typeof identity !== 'string') return serial === false ? [] : changeSequence(change);
  if (existingIdentity !== undefined)
    return [alterColumnOf(change, `SET GENERATED ${identity.toUpperCase()}`), ...changeSequence(change)];
  const { serial: _, ...column } = columnIn(change);
  return [
    ...toIdentity(change, identity),
    ...typeOfIdentity(change.table, column),
    ...persistenceOfIdentity(change.table, column),
    ...feedAttributes(change.table, column),
  ];
}

/** Other options for the sequence of an identity column. */
function changeSequence(change: ColumnAlteration): Statement[] {
  const { sequenceOptions } = change;
  if (sequenceOptions === undefined) return [];
  if (sequenceOptions.type !== undefined) return typeOfIdentity(change.table, change);
  const clauses = sequenceClauses(explicitOptions(sequenceOptions, typeIn(change)));
  return [alterColumnOf(change, clauses.map(clause => `SET ${clause}`).join(' '))];
}

function toIdentity(change: ColumnAlteration, identity: string): Statement[] {
  const column = { type: typeIn(change), ...pick(change, ['sequenceOptions']) };
  const add = alterColumnOf(change, `ADD ${identityClause(identity, column)}`);
  const own = `pg_get_serial_sequence(${quoteText(quoteName(change.table))}, ${quoteText(change.name)})`;
  if (change.serial !== false) return [add, goOn(change, own)];
  const former = aside(change);
  return [
    release(change),
    renameSequence(sequenceIn(change), former),
    add,
    takeOver(change, own, quoteName(former)),
    drop(former),
  ];
}

/** The name of the identity's sequence is known to the server only: it may be that of a table's former name. */
function fromIdentity(change: ColumnAlteration): Statement[] {
  const [column, sequence, own] = [columnIn(change), sequenceIn(change), aside(change)];
  const former = `pg_get_serial_sequence(${quoteText(quoteName(change.table))}, ${quoteText(change.name)})`;
  const text = quoteText(`SELECT ${takeOverText(forFormat(change), '%L', '%s')}`);
  return [
    createFeed(change.table, column, own),
    seeingAllRows(change, `EXECUTE format(${text}, ${quoteText(quoteName(own))}, ${former})`),
    alterColumnOf(change, 'DROP IDENTITY'),
    renameSequence(own, sequence),
    alterColumnOf(change, `SET DEFAULT ${nextValueOf(sequence)}`),
    ...ownFeed(change.table, column, change.owner),
  ];
}

/** `format` takes a percent sign for its own. */
const forFormat = (change: ColumnAlteration): ColumnAlteration => ({
  ...change,
  table: change.table.replaceAll('%', '%%'),
  name: change.name.replaceAll('%', '%%'),
});

/** A sequence of the column's own, or the one that has fed it so far without being its own. */
function toSerial(change: ColumnAlteration): Statement[] {
  const { table, existingSequence } = change;
  const [column, sequence] = [columnIn(change), sequenceIn(change)];
  const isThere = existingSequence === sequence;
  return [
    ...(isThere ? [] : [createFeed(table, column)]),
    alterColumnOf(change, `SET DEFAULT ${nextValueOf(sequence)}`),
    ...ownFeed(table, column, change.owner),
    ...(isThere ? [] : [goOn(change, `${quoteText(quoteName(sequence))}::regclass`)]),
  ];
}

const goOn = (change: ColumnAlteration, sequence: string): Statement =>
  change.existingSequence === undefined
    ? afterGreatest(change, sequence)
    : takeOver(change, sequence, quoteName(change.existingSequence));

const takeOver = (change: ColumnAlteration, sequence: string, former: string): Statement =>
  seeingAllRows(change, `PERFORM ${takeOverText(change, sequence, former)}`);

/**
 * A sequence stands where the former one did, or at the greatest value, where that is beyond it: an id that was given by
 * hand. One that counts down or in circles has no greatest value to look at. What follows SELECT or PERFORM.
 */
function takeOverText({ table, name, sequenceOptions }: ColumnAlteration, sequence: string, former: string): string {
  if (sequenceOptions?.cycle || sequenceOptions?.increment?.startsWith('-'))
    return `setval(${sequence}, last_value, is_called) FROM ${former}`;
  const greatest = `(SELECT max(${quoteIdentifier(name)}) AS last FROM ${quoteName(table)})`;
  return `setval(${sequence}, greatest(s.last_value, v.last), s.is_called OR coalesce(v.last >= s.last_value, false)) FROM ${former} s, ${greatest} v`;
}

const afterGreatest = (change: ColumnAlteration, sequence: string): Statement =>
  seeingAllRows(
    change,
    `PERFORM setval(${sequence}, coalesce((SELECT max(${quoteIdentifier(change.name)}) FROM ${quoteName(change.table)}), 0) + 1, false)`,
  );

/**
 * Runs a statement of PL/pgSQL over all rows of a table. Its owner, who alters it, sees all of them, unless row level
 * security is forced on the owner, too.
 */
function seeingAllRows({ table }: ColumnAlteration, work: string): Statement {
  const name = quoteName(table);
  const unlessHidden = (force: string) => `IF hides THEN ALTER TABLE ${name} ${force} ROW LEVEL SECURITY; END IF;`;
  const block = [
    `#variable_conflict use_column`,
    `DECLARE hides pg_catalog.bool := pg_catalog.row_security_active(${quoteText(name)});`,
    `BEGIN ${unlessHidden('NO FORCE')} ${work}; ${unlessHidden('FORCE')} END`,
  ];
  return statement(`DO ${quoteText(block.join(' '))}`);
}

const renameSequence = (from: QualifiedName, to: QualifiedName): Statement =>
  statement(`ALTER SEQUENCE ${quoteName(from)} RENAME TO ${quoteIdentifier(bareName(to))}`);

const drop = (sequence: QualifiedName): Statement => statement(`DROP SEQUENCE ${quoteName(sequence)}`);

/** The name that a sequence has for the time of a change; undefined where none has another one. */
export const sequenceMeanwhile = (change: ColumnAlteration): QualifiedName | undefined =>
  (change.serial === false && typeof change.identity === 'string') ||
  (change.serial === true && change.identity === null)
    ? aside(change)
    : undefined;

/** The name of a sequence while another one has its place. */
const aside = (change: ColumnAlteration): QualifiedName => replacedName(sequenceIn(change));

const typeIn = (change: ColumnAlteration) =>
  (change.type ?? change.existingType ?? 'integer') as 'smallint' | 'integer' | 'bigint';

const columnIn = (change: ColumnAlteration): Pick<Column, 'name' | 'type' | 'serial' | 'sequenceOptions'> => ({
  name: change.name,
  type: typeIn(change),
  ...(change.sequence !== undefined && { serial: change.sequence }),
  ...(change.sequenceOptions !== undefined && { sequenceOptions: change.sequenceOptions }),
});
