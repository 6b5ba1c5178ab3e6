import { piecesOf, replaceParameters, statementWords } from '../sql/lexer.ts';
import { quoteParameter } from '../sql/literal.ts';

const control =
  /^(BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK(?!( WORK| TRANSACTION)? TO\b)|ABORT|PREPARE TRANSACTION)\b/;

/** What begins or ends a transaction in a text, in order: `COMMIT`. Savepoints do not. */
export function transactionControlsIn(sql: string): readonly string[] {
  // Most statements hold none of the words, and some are large.
  if (!/\b(begin|start|commit|end|rollback|abort|prepare)\b/i.test(sql)) return [];
  return statementWords(sql).flatMap(words => control.exec(words)?.[1] ?? []);
}

/** Whether a text holds what does nothing outside a transaction that goes on: PostgreSQL refuses it there. */
export const needsTransaction = (sql: string): boolean =>
  /\b(lock|declare|savepoint)\b/i.test(sql) &&
  statementWords(sql).some(words => /^(LOCK|DECLARE|SAVEPOINT)\b/.test(words));

/**
 * Whether a text of several statements ends a transaction before its last one: PostgreSQL commits what stands behind, and a
 * failure there does not undo what stands before.
 */
export const commitsEarly = (sql: string): boolean =>
  transactionControlsIn(sql).length > 0 &&
  statementWords(sql)
    .slice(0, -1)
    .some(words => /^(COMMIT|END|ROLLBACK|ABORT|PREPARE)/.test(control.exec(words)?.[1] ?? ''));

/** The first of them. */
export const transactionControlIn = (sql: string): string | undefined => transactionControlsIn(sql)[0];

/** SET TRANSACTION, and the settings that it stands for. */
export const setsTransaction = (sql: string): boolean =>
  /\btransaction/i.test(sql) && statementWords(sql).some(words => transactionSetting.test(words));

const transactionSetting = /^SET (LOCAL |SESSION )?(TRANSACTION|TRANSACTION_(ISOLATION|READ_ONLY|DEFERRABLE))\b/;

/** Whether a text does nothing that outlives its transaction: SET LOCAL, SET CONSTRAINTS and LOCK alone. */
export const endsWithTransaction = (sql: string): boolean =>
  /\b(local|constraints|lock)\b/i.test(sql) &&
  statementWords(sql).every(words => /^(SET LOCAL|SET CONSTRAINTS|LOCK)\b/.test(words));

/** `$1` and the like as literals: for a script, which has no parameters. */
export function withoutParameters(sql: string, parameters: readonly unknown[] = []): string {
  if (parameters.length === 0) return sql;
  return replaceParameters(sql, position =>
    position <= parameters.length ? quoteParameter(parameters[position - 1]) : `$${position}`,
  );
}

/** A statement as a script holds it, ended by a semicolon of its own. */
export function terminated(sql: string): string {
  const pieces = piecesOf(sql.trim());
  if (pieces.at(-1)?.type === 'comment') return `${sql.trim()}\n;`;
  return `${sql.trim().replace(/;+$/, '')};`;
}
