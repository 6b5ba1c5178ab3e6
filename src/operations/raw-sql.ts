import type { Statement } from '../sql/statement.ts';

/** SQL of somebody's own as a statement. */
export const rawStatement = (sql: string, parameters?: readonly unknown[]): Statement => ({
  sql,
  hazards: [{ type: 'notJudged' }],
  transactional: !mustRunOutsideTransaction(sql),
  ...(parameters && { parameters }),
});

/**
 * True for SQL that PostgreSQL refuses inside a transaction block.
 * @see https://www.postgresql.org/docs/current/sql-createindex.html, sql-vacuum.html, sql-createdatabase.html, sql-altersystem.html
 */
export function mustRunOutsideTransaction(sql: string): boolean {
  const words = sql
    .replace(/--[^\n\r]*|\/\*[\s\S]*?\*\//g, ' ')
    .trim()
    .replace(/\s+/g, ' ')
    .toUpperCase();
  return [
    /^(CREATE (UNIQUE )?|DROP )INDEX CONCURRENTLY\b/,
    /^REINDEX\b.*\bCONCURRENTLY\b/,
    /^REINDEX (\(.*?\) )?(DATABASE|SYSTEM|SCHEMA)\b/,
    /^VACUUM\b/,
    /^(CREATE|DROP|ALTER) (DATABASE|TABLESPACE)\b(?!.* (SET|RESET|OWNER|RENAME)\b)/,
    /^ALTER SYSTEM\b/,
    /^ALTER TABLE\b.*\bDETACH PARTITION\b.*\bCONCURRENTLY\b/,
    /^(CREATE|DROP) SUBSCRIPTION\b/,
  ].some(pattern => pattern.test(words));
}
