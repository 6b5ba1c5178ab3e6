import { statementWords } from '../sql/lexer.ts';
import type { Statement } from '../sql/statement.ts';

/** SQL of somebody's own as a statement. */
export const rawStatement = (sql: string, parameters?: readonly unknown[]): Statement => ({
  sql,
  hazards: [{ type: 'notJudged' }],
  transactional: !mustRunOutsideTransaction(sql),
  ...(parameters && { parameters }),
});

/**
 * True for SQL that PostgreSQL refuses inside a transaction block, as far as its words tell.
 * @see https://www.postgresql.org/docs/current/sql-createindex.html, sql-vacuum.html, sql-createdatabase.html, sql-altersystem.html
 */
export const mustRunOutsideTransaction = (sql: string): boolean =>
  mayBeOutside.test(sql) && statementWords(sql).some(words => outside.some(pattern => pattern.test(words)));

/** Most statements hold none of the words, and some are large. */
const mayBeOutside = /\b(concurrently|reindex|vacuum|database|tablespace|system|subscription|cluster|discard)\b/i;

const outside: readonly RegExp[] = [
  /^(CREATE (UNIQUE )?|DROP )INDEX CONCURRENTLY\b/,
  /^REINDEX\b.*\bCONCURRENTLY\b/,
  /^REINDEX ?(\(.*?\) ?)?(DATABASE|SYSTEM|SCHEMA)\b/,
  /^VACUUM\b/,
  /^CLUSTER ?(\(.*?\)|VERBOSE)?$/,
  /^(CREATE|DROP) (DATABASE|TABLESPACE)\b/,
  /^ALTER DATABASE .* SET TABLESPACE\b/,
  /^ALTER SYSTEM\b/,
  /^ALTER TABLE\b.*\bDETACH PARTITION\b.*\bCONCURRENTLY\b/,
  /^(CREATE|DROP) SUBSCRIPTION\b/,
  /^ALTER SUBSCRIPTION .* (REFRESH|SET|ADD|DROP) PUBLICATION\b/,
  /^DISCARD ALL\b/,
];

/** CALL and DO: outside a transaction, the code may commit a part of its work before it fails. */
export const mayCommit = (sql: string): boolean =>
  /\b(call|do)\b/i.test(sql) && statementWords(sql).some(words => /^(CALL|DO)\b/.test(words));

/** Statements that need a table for themselves, and can be tried again: others' wait behind them. */
export const stallsReaders = (sql: string): boolean =>
  /\b(full|reindex|cluster)\b/i.test(sql) && statementWords(sql).some(words => stalling.test(words));

const stalling = /^(VACUUM\b.*\bFULL\b|(REINDEX|CLUSTER)\b(?!.*\bCONCURRENTLY\b))/;
