import { quoteLiteral, quoteText } from '../sql/literal.ts';
import { bareName, quoteName } from '../sql/name.ts';
import { CLASS_ID } from './advisory-lock.ts';
import { locatedSchema, lockKeyOfTables } from './migration-session.ts';
import type { VersionTables } from './version-table.ts';

/** The beginning of a script's transactions, whatever `default_transaction_isolation` is. */
export const BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED';

/** What must hold of the version table and the log before a part of a script is run. */
export interface Expectation {
  /** What the part is, as a message names it: `the upgrade to b1`. */
  readonly part: string;
  /** Revisions that must be rows of the version table. */
  readonly present: readonly string[];
  /** Revisions that must not be; `any` where the table must be empty. */
  readonly absent: readonly string[] | 'any';
  /** Revisions of which no run may be half done. */
  readonly finished?: readonly string[];
  /** A revision that the log must not have as applied. */
  readonly fresh?: string;
}

/** Seconds that a script waits for a run, or for another script. */
const WAIT = 10;

/** How many transactions it does so in before its first one. */
const WAITS = 5;

/** Statements of PL/pgSQL that try each tenth of a second to acquire the lock. */
const tryFor = (seconds: number, lock: Form['lock'], end: string): readonly string[] => [
  `FOR attempt IN 1..${seconds * 10} LOOP`,
  `  is_locked := pg_catalog.${lock}(${CLASS_ID}, key);`,
  `  EXIT WHEN ${end};`,
  '  PERFORM pg_catalog.pg_sleep(0.1);',
  'END LOOP;',
];

/**
 * The statements with which a script waits for the lock before its first transaction, and releases it again: a statement that
 * waits holds a snapshot, for the end of which CREATE INDEX CONCURRENTLY in a run waits in turn, so that each transaction is
 * short.
 */
export function waitForLock(tables: VersionTables): readonly string[] {
  const waiting = tryFor(WAIT / WAITS, 'pg_try_advisory_xact_lock', 'is_locked');
  const statement = block(
    'wait',
    ['DECLARE', ...indented(declarations(tables)), 'BEGIN', ...indented(waiting), 'END'].join('\n'),
  );
  return Array.from({ length: WAITS }, () => `BEGIN; ${statement}; COMMIT;`);
}

/**
 * The first statement of a transaction of a script: it takes the lock that every run takes, until the transaction ends, and
 * raises an exception where the database is not where the script expects it. The transaction is READ COMMITTED: another one
 * would see the version rows of before the wait.
 */
export const guardTransaction = (tables: VersionTables, expectation: Expectation): string =>
  guard(tables, expectation, { lock: 'pg_try_advisory_xact_lock' });

/**
 * The statements before what is no transaction: the session keeps the lock, for {@link guardAfter} to give back. Nothing else
 * can keep psql, which goes on after an error, from what follows than a session that may write only when the guard allows it.
 */
export const guardSession = (tables: VersionTables, expectation: Expectation): readonly string[] => [
  'SET default_transaction_read_only = on',
  BEGIN,
  guard(tables, expectation, {
    lock: 'pg_try_advisory_lock',
    refused: `PERFORM pg_catalog.pg_advisory_unlock(${CLASS_ID}, key);`,
    last: 'RESET default_transaction_read_only;',
  }),
  'COMMIT',
];

/** The first statement of the transaction that writes the version after that: it takes the lock over from the session. */
export const guardAfter = (tables: VersionTables, expectation: Expectation): string =>
  guard(tables, inMidStep(expectation), {
    lock: 'pg_try_advisory_xact_lock',
    locked: `PERFORM pg_catalog.pg_advisory_unlock(${CLASS_ID}, key);`,
  });

/** The log has told before the step what it tells. */
const inMidStep = ({ part, present, absent }: Expectation): Expectation => ({ part, present, absent });

interface Form {
  /** The function that takes the lock. */
  readonly lock: 'pg_try_advisory_lock' | 'pg_try_advisory_xact_lock';
  /** A statement for when it is acquired. */
  readonly locked?: string;
  /** A statement for when the guard refuses: the end of a transaction does not release the lock of a session. */
  readonly refused?: string;
  readonly last?: string;
}

/** Another session waits for this transaction to end, as CREATE INDEX CONCURRENTLY does: it may be the one with the lock. */
const isInTheWay =
  "EXISTS (SELECT FROM pg_catalog.pg_locks WHERE locktype OPERATOR(pg_catalog.=) 'virtualxid' AND NOT granted " +
  'AND pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.=) ANY (pg_catalog.pg_blocking_pids(pid)))';

function guard(tables: VersionTables, expectation: Expectation, { lock, locked, refused, last }: Form): string {
  const versions = quoteName(tables.versions);
  const body = [
    '-- One migration at a time, and only where the database is at the revision that this follows.',
    'DECLARE',
    ...indented(declarations(tables)),
    "  heads pg_catalog.text[] := '{}';",
    'BEGIN',
    ...indented(tryFor(WAIT, lock, `is_locked OR ${isInTheWay}`)),
    ...refuse('NOT is_locked', quoteText(locking(expectation))),
    ...(locked === undefined ? [] : [`  ${locked}`]),
    `  IF pg_catalog.to_regclass(${quoteText(versions)}) IS NOT NULL THEN`,
    `    heads := ARRAY(SELECT version_num::pg_catalog.text FROM ${versions} ORDER BY 1);`,
    '  END IF;',
    ...refuse(isElsewhere(expectation), elsewhere(expectation), refused),
    ...unfinished(tables, expectation, refused),
    ...logged(tables, expectation, refused),
    ...(last === undefined ? [] : [`  ${last}`]),
    'END',
  ].join('\n');
  return block('guard', body);
}

const indented = (lines: readonly string[]): readonly string[] => lines.map(line => `  ${line}`);

const refuse = (condition: string, message: string, before?: string): readonly string[] => [
  `  IF ${condition} THEN`,
  ...(before === undefined ? [] : [`    ${before}`]),
  `    RAISE EXCEPTION USING MESSAGE = ${message};`,
  '  END IF;',
];

const locking = ({ part }: Expectation): string =>
  `Could not acquire the migration lock: another session holds it; wait for that one, and look at ` +
  `\`current\` before you run ${part} again`;

const declarations = (tables: VersionTables): readonly string[] => [
  ...declarationsOfKey(tables).map(line => `${line};`),
  'is_locked pg_catalog.bool;',
];

/** The key of the lock, which depends on where the session finds the version table unless the configuration says where. */
function declarationsOfKey(tables: VersionTables): readonly string[] {
  const key = 'key CONSTANT pg_catalog.int4 :=';
  if (tables.schema !== undefined) return [`${key} ${lockKeyOfTables(tables).objectId}`];
  const place = `pg_catalog.concat('[', pg_catalog.to_json(coalesce(place, '')), ${quoteText(`,${JSON.stringify(bareName(tables.versions))}]`)})`;
  const digest = `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${place}, 'UTF8')), 'hex')`;
  return [
    `place CONSTANT pg_catalog.text := ${locatedSchema(tables)}`,
    `${key} pg_catalog.concat('x', pg_catalog.left(${digest}, 8))::pg_catalog.bit(32)::pg_catalog.int4`,
  ];
}

function isElsewhere({ present, absent }: Expectation): string {
  const conditions = [
    ...(present.length > 0 ? [`NOT heads OPERATOR(pg_catalog.@>) ${quoteLiteral(present)}`] : []),
    ...(absent === 'any' ? ["heads OPERATOR(pg_catalog.<>) '{}'"] : []),
    ...(absent !== 'any' && absent.length > 0 ? [`heads OPERATOR(pg_catalog.&&) ${quoteLiteral(absent)}`] : []),
  ];
  return conditions.join(' OR ') || 'false';
}

const elsewhere = ({ part, present }: Expectation): string => {
  const expected = quoteText(`Expected the database at ${present.join(', ') || 'base'} for ${part} but found it at `);
  const found =
    "CASE WHEN heads OPERATOR(pg_catalog.=) '{}' THEN 'base' ELSE pg_catalog.array_to_string(heads, ', ') END";
  return `pg_catalog.concat(${expected}, ${found}, ': it was not run; make a script that begins where the database is')`;
};

function unfinished({ log }: VersionTables, { finished = [], part }: Expectation, refused?: string): readonly string[] {
  if (finished.length === 0) return [];
  const message =
    `Expected whole revisions for ${part} but a run of ${finished.join(' or ')} was interrupted half way: finish it without ` +
    '`--sql`, or put the database right by hand and `stamp` the revision it is at';
  return refuse(
    `EXISTS (SELECT FROM ${quoteName(log)} WHERE finished_at IS NULL AND revision OPERATOR(pg_catalog.=) ANY (${quoteLiteral(finished)}))`,
    quoteText(message),
    refused,
  );
}

/** Unless it was taken back or stamped since. */
function logged({ log }: VersionTables, { fresh, part }: Expectation, refused?: string): readonly string[] {
  if (fresh === undefined) return [];
  const table = quoteName(log);
  return refuse(
    `EXISTS (SELECT FROM ${table} l WHERE revision OPERATOR(pg_catalog.=) ${quoteText(fresh)} AND direction OPERATOR(pg_catalog.=) 'upgrade' ` +
      `AND finished_at IS NOT NULL AND progress IS NULL AND NOT EXISTS (SELECT FROM ${table} later WHERE later.id OPERATOR(pg_catalog.>) l.id ` +
      "AND (later.revision OPERATOR(pg_catalog.=) l.revision OR later.direction OPERATOR(pg_catalog.=) 'stamp')))",
    quoteText(
      `Expected ${fresh} not to be applied for ${part} but the log says that it is, and the version table that it is not: ` +
        '`stamp` the revision that the database is at',
    ),
    refused,
  );
}

function block(name: string, body: string): string {
  let tag = `$${name}$`;
  while (body.includes(tag)) tag = tag.replace(name, `_${name}`);
  return `DO ${tag}\n${body}\n${tag}`;
}
