/**
 * Where SQL is code and where it is text: enough of PostgreSQL's lexical rules to cut a script into its statements.
 * @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
import { quoteParameter } from '../sql/literal.ts';

interface Piece {
  readonly text: string;
  readonly type: 'code' | 'comment' | 'quoted';
}

/** A text's code, comments and quoted parts, in order. */
export function piecesOf(sql: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = 0; at < sql.length; at++) {
    const end = endOfText(sql, at);
    if (end === undefined) continue;
    if (from < at) pieces.push({ text: sql.slice(from, at), type: 'code' });
    pieces.push({ text: sql.slice(at, end), type: '-/'.includes(sql[at]!) ? 'comment' : 'quoted' });
    from = end;
    at = end - 1;
  }
  if (from < sql.length) pieces.push({ text: sql.slice(from), type: 'code' });
  return pieces;
}

/** The end of the comment, literal or quoted name that begins at `at`; undefined where none does. */
function endOfText(sql: string, at: number): number | undefined {
  switch (sql[at]) {
    case '-':
      return sql[at + 1] === '-' ? orEnd(sql, endOfLine(sql, at)) : undefined;
    case '/':
      return sql[at + 1] === '*' ? endOfComment(sql, at) : undefined;
    case "'":
      return endOfString(sql, at, /(?<![\w$])e$/i.test(sql.slice(Math.max(0, at - 2), at)));
    case '"':
      return orEnd(sql, sql.indexOf('"', at + 1) + 1 || -1);
    case '$':
      return endOfDollarQuote(sql, at);
    default:
      return undefined;
  }
}

/** A carriage return ends a line too. */
function endOfLine(sql: string, at: number): number {
  const length = sql.slice(at).search(/[\n\r]/);
  return length < 0 ? length : at + length;
}

const orEnd = (sql: string, end: number): number => (end < 0 ? sql.length : end);

/** Comments nest in SQL. */
function endOfComment(sql: string, at: number): number {
  let depth = 0;
  for (let index = at; index < sql.length; index++) {
    const pair = sql.slice(index, index + 2);
    if (pair === '/*') depth++;
    if (pair === '*/') depth--;
    if (pair === '/*' || pair === '*/') index++;
    if (depth === 0) return index + 1;
  }
  return sql.length;
}

function endOfString(sql: string, at: number, hasEscapes: boolean): number {
  for (let index = at + 1; index < sql.length; index++) {
    if (sql[index] === "'") return index + 1;
    if (hasEscapes && sql[index] === '\\') index++;
  }
  return sql.length;
}

const dollarTag = /\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/iy;

function endOfDollarQuote(sql: string, at: number): number | undefined {
  dollarTag.lastIndex = at;
  const tag = dollarTag.exec(sql)?.[0];
  if (tag === undefined || /[\w$]/.test(sql[at - 1] ?? '')) return undefined;
  const end = sql.indexOf(tag, at + tag.length);
  return end < 0 ? sql.length : end + tag.length;
}

/** The statements of a text, each as its code in upper case: no comments, literals emptied, single blanks. */
export function statementWords(sql: string): string[] {
  const code = piecesOf(sql).map(({ text, type }) => (type === 'code' ? text.toUpperCase() : blankFor(type)));
  return splitCode(code.join(''))
    .map(words => words.trim().replace(/\s+/g, ' '))
    .filter(words => words !== '');
}

const blankFor = (type: 'comment' | 'quoted'): string => (type === 'comment' ? ' ' : "''");

/** Semicolons end statements, but for those in parentheses (rules) and in the bodies of SQL-standard functions. */
function splitCode(code: string): string[] {
  const statements: string[] = [];
  for (let start = 0; start < code.length;) {
    const end = endOfStatement(code, start);
    statements.push(code.slice(start, end));
    start = end + 1;
  }
  return statements;
}

const routine = /^\s*CREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|PROCEDURE)\b/;
const brackets = /[();]|\b(BEGIN|CASE|END)\b/g;

function endOfStatement(code: string, start: number): number {
  const isRoutine = routine.test(code.slice(start, start + 200));
  let depth = 0;
  brackets.lastIndex = start;
  for (let found = brackets.exec(code); found; found = brackets.exec(code)) {
    const [token] = found;
    if (token === ';' && depth === 0) return found.index;
    if (token === '(' || (isRoutine && (token === 'BEGIN' || (token === 'CASE' && depth > 0)))) depth++;
    if (depth > 0 && (token === ')' || (isRoutine && token === 'END'))) depth--;
  }
  return code.length;
}

const control =
  /^(BEGIN|START TRANSACTION|COMMIT|END|ROLLBACK(?!( WORK| TRANSACTION)? TO\b)|ABORT|PREPARE TRANSACTION)\b/;

/** The first statement of a text that begins or ends a transaction, if there is one: `COMMIT`. Savepoints do not. */
export function transactionControlIn(sql: string): string | undefined {
  // Most statements hold none of the words, and some are large.
  if (!/\b(begin|start|commit|end|rollback|abort|prepare)\b/i.test(sql)) return undefined;
  return statementWords(sql).flatMap(words => control.exec(words)?.[1] ?? [])[0];
}

/** `$1` and the like as literals: for a script, which has no parameters. */
export function withoutParameters(sql: string, parameters: readonly unknown[] = []): string {
  if (parameters.length === 0) return sql;
  const literal = (placeholder: string, number: string) =>
    Number(number) <= parameters.length ? quoteParameter(parameters[Number(number) - 1]) : placeholder;
  return piecesOf(sql)
    .map(({ text, type }) => (type === 'code' ? text.replace(/(?<![\w$])\$(\d+)/g, literal) : text))
    .join('');
}

/** A statement as a script holds it, ended by a semicolon of its own. */
export function terminated(sql: string): string {
  const pieces = piecesOf(sql.trim());
  if (pieces.at(-1)?.type === 'comment') return `${sql.trim()}\n;`;
  return `${sql.trim().replace(/;+$/, '')};`;
}
