import { MigrationError } from '../errors.ts';
import { piecesOf, statementWords } from '../sql/lexer.ts';
import { terminated } from './sql-text.ts';

/** A statement that means something else in a script than where it is sent. */
export class UnscriptableStatementError extends MigrationError {
  override readonly name = 'UnscriptableStatementError';
  readonly statement: string;

  constructor(statement: string, flaw: string) {
    super(`This statement has ${flaw}, which a script (--sql) cannot hold: correct it, or run the revision online`);
    this.statement = statement;
  }
}

/**
 * A statement as a script holds it: psql takes from it what the server would, and nothing else. A backslash outside of
 * literals begins a command of psql, an open quote takes what follows along, and `:name` stands for a variable.
 * @see https://www.postgresql.org/docs/current/app-psql.html
 * @throws UnscriptableStatementError
 */
export function scriptText(sql: string): string {
  const flaw = flawIn(sql);
  if (flaw !== undefined) throw new UnscriptableStatementError(sql, flaw);
  const pieces = piecesOf(sql).map(({ text, type }) => (type === 'code' ? withoutVariables(text) : text));
  return terminated(pieces.join(''));
}

function flawIn(sql: string): string | undefined {
  if (sql.includes('\0')) return 'a character of code zero';
  // The semicolon belongs to whatever is still open.
  if (piecesOf(`${sql}\n;`).at(-1)?.type !== 'code') return 'a quote or comment that is not closed';
  const code = piecesOf(sql).flatMap(({ text, type }) => (type === 'code' ? text : []));
  if (code.some(text => text.includes('\\'))) return 'a backslash outside of a literal';
  const signs = code.join('').replaceAll(/[^()]/g, '');
  if (signs.replaceAll('(', '').length * 2 !== signs.length) return 'a parenthesis that is not closed';
  if (statementWords(sql).some(words => /^COPY\b.*\bFROM STDIN\b/.test(words)))
    return 'rows of its own to read (COPY … FROM STDIN)';
  return undefined;
}

/** `bounds[1:n]` is a slice to PostgreSQL, and might be a variable to psql. */
const withoutVariables = (code: string): string => code.replaceAll(/(?<!:):(?=[\p{L}_{]|$)/gu, ': ');
