/** The parts of SQL text: literals and quoted names in one piece, comments left out. */
export function sqlTokens(sql: string): string[] {
  return (sql.match(TOKENS) ?? []).filter(token => !/^(?:--|\/\*)/.test(token));
}

/** In this order: comments, strings (with escapes, plain, dollar-quoted), quoted names, parameters, names, numbers, signs. */
const TOKENS =
  /--[^\n\r]*|\/\*[^]*?\*\/|[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|(\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)[^]*?\1|"(?:[^"]|"")*"|\$\d+|[\p{L}_][\p{L}\p{N}_$]*|\d[\w.]*|\S/gu;

/** The text with each parameter, `$1`, replaced; what looks like one inside a literal or a comment stays. */
export const replaceParameters = (sql: string, replacement: (position: number) => string): string =>
  sql.replace(TOKENS, token => (/^\$\d+$/.test(token) ? replacement(Number(token.slice(1))) : token));
