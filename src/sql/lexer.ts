/**
 * Where SQL is code and where it is text: enough of PostgreSQL's lexical rules to cut a script into its statements, and a
 * statement into its tokens.
 * @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */

export interface Piece {
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
    case '"':
      return endOfQuotes(sql, at, sql[at]!);
    case 'e':
    case 'E':
      return sql[at + 1] === "'" && !isInName(sql[at - 1]) ? endOfQuotes(sql, at + 1, "'", '\\') : undefined;
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

/** A quote that is doubled, or escaped, belongs to what is quoted. */
function endOfQuotes(sql: string, at: number, quote: string, escape?: string): number {
  for (let index = at + 1; index < sql.length; index++) {
    if (sql[index] === escape || (sql[index] === quote && sql[index + 1] === quote)) index++;
    else if (sql[index] === quote) return index + 1;
  }
  return sql.length;
}

const isInName = (character: string | undefined): boolean => /^[\w$\u0080-\uffff]$/.test(character ?? '');

const dollarTag = /\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/iy;

function endOfDollarQuote(sql: string, at: number): number | undefined {
  dollarTag.lastIndex = at;
  const tag = dollarTag.exec(sql)?.[0];
  if (tag === undefined || isInName(sql[at - 1])) return undefined;
  const end = sql.indexOf(tag, at + tag.length);
  return end < 0 ? sql.length : end + tag.length;
}

/** The text in its smallest parts, blanks and comments among them; literals and quoted names are one part each. */
export const lexemesOf = (sql: string): string[] =>
  piecesOf(sql).flatMap(({ text, type }) => (type === 'code' ? (text.match(LEXEMES) ?? []) : text));

/** In this order: blanks, parameters, names, numbers, casts, other signs. */
const LEXEMES = /\s+|\$\d+|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*|\d[\w.]*|::|[^]/gi;

/** The same without blanks and comments. */
export const tokensOf = (sql: string): string[] => lexemesOf(sql).filter(text => !/^(?:\s|--|\/\*)/.test(text));

/** Whether a token is a word or a quoted name. */
export const isName = (token: string): boolean => /^["a-z_\u0080-\uffff]/i.test(token) && !/^e'/i.test(token);

/** The text with each parameter, `$1`, replaced; what looks like one inside a literal or a comment stays. */
export const replaceParameters = (sql: string, replacement: (position: number) => string): string =>
  lexemesOf(sql)
    .map(text => (/^\$\d+$/.test(text) ? replacement(Number(text.slice(1))) : text))
    .join('');

/** A statement of a text. */
export interface SqlStatement {
  /** As it is written, without the semicolon. */
  readonly sql: string;
  /** Its code in upper case: no comments, literals and quoted names emptied, single blanks. */
  readonly words: string;
}

/** The statements of a text. */
export function statementsIn(sql: string): readonly SqlStatement[] {
  const code = piecesOf(sql).map(({ text, type }) => (type === 'code' ? inCapitals(text) : placeFor(text, type)));
  return splitCode(code.join(''))
    .map(({ start, end, words }) => ({ sql: sql.slice(start, end), words: tidy(words) }))
    .filter(({ words }) => words !== '');
}

/** Of each statement of a text its {@link SqlStatement.words}. */
export const statementWords = (sql: string): string[] => statementsIn(sql).map(({ words }) => words);

/** A text with a blank in place of each comment. */
export const withoutComments = (sql: string): string =>
  piecesOf(sql)
    .map(({ text, type }) => (type === 'comment' ? ' ' : text))
    .join('');

/** As many letters as before, whatever language they are of. */
const inCapitals = (code: string): string => code.replace(/[a-z]+/g, letters => letters.toUpperCase());

/** As long as what it stands for, so that places in both texts are the same. */
const placeFor = (text: string, type: 'comment' | 'quoted'): string =>
  type === 'comment' ? ' '.repeat(text.length) : "''".padEnd(text.length, '\0').slice(0, text.length);

const tidy = (words: string): string => words.replaceAll('\0', '').trim().replace(/\s+/g, ' ');

/** Semicolons end statements, but for those in parentheses (rules) and in the bodies of SQL-standard functions. */
function splitCode(code: string) {
  const statements: { readonly start: number; readonly end: number; readonly words: string }[] = [];
  for (let start = 0; start < code.length;) {
    const end = endOfStatement(code, start);
    statements.push({ start, end, words: code.slice(start, end) });
    start = end + 1;
  }
  return statements;
}

const routine = /\s*CREATE\s+(OR\s+REPLACE\s+)?(FUNCTION|PROCEDURE)\b/y;
const brackets = /[();]|\b(BEGIN|CASE|END)\b/g;

function endOfStatement(code: string, start: number): number {
  routine.lastIndex = start;
  const isRoutine = routine.test(code);
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
