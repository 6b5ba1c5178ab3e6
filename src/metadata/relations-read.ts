import { isName, tokensOf } from '../sql/lexer.ts';
import { catalogName } from '../sql/name.ts';

/** A relation as a query names it. */
export interface RelationName {
  readonly schema?: string;
  readonly name: string;
}

/** Words that a relation follows, words after which none follows any more, and words that may come before its name. */
const STARTS = new Set(['from', 'join', 'table']);
const ENDS = new Set([
  ...['select', 'where', 'group', 'having', 'window', 'order', 'limit', 'offset', 'fetch', 'for'],
  ...['union', 'intersect', 'except'],
]);
const BEFORE_NAME = new Set(['only', 'lateral']);

/**
 * What a query names where a relation may stand: after FROM, JOIN and TABLE, and after the commas of a FROM list.
 * Functions and common table expressions are among them.
 */
export function relationsRead(sql: string): RelationName[] {
  const tokens = tokensOf(sql);
  const found: RelationName[] = [];
  // For each open parenthesis, whether a FROM list goes on inside it.
  const lists = [false];
  let expected = false;
  for (const [i, token] of tokens.entries()) {
    const word = token.toLowerCase();
    const starts = STARTS.has(word) && tokens[i - 1]?.toLowerCase() !== 'distinct';
    if (starts || ENDS.has(word)) lists[lists.length - 1] = expected = starts;
    else if (word === '(') lists.push(expected);
    else if (word === ')') {
      lists.pop();
      expected = false;
    } else if (word === ',') expected = lists.at(-1) ?? false;
    else if (expected && !BEFORE_NAME.has(word)) {
      expected = false;
      if (isName(token)) found.push(nameAt(tokens, i));
    }
  }
  return found;
}

function nameAt(tokens: readonly string[], i: number): RelationName {
  const [first = '', dot, second = ''] = tokens.slice(i, i + 3);
  return dot === '.' && isName(second)
    ? { schema: catalogName(first), name: catalogName(second) }
    : { name: catalogName(first) };
}
