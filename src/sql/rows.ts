import { statementsIn } from './lexer.ts';

/** Whether a statement of the text answers with rows, or may: what a routine answers, its call does not tell. */
export const mayGiveRows = (sql: string): boolean => statementsIn(sql).some(({ words }) => givesRows(outside(words)));

function givesRows(words: string): boolean {
  const verb = words.startsWith('WITH ')
    ? (/\b(SELECT|VALUES|TABLE|INSERT|UPDATE|DELETE|MERGE)\b/.exec(words)?.[1] ?? '')
    : words;
  return /^(SELECT|VALUES|TABLE|SHOW|EXPLAIN|FETCH|EXECUTE|CALL)\b/.test(verb) || /\bRETURNING\b/.test(words);
}

/** What stands in no parentheses; those around all of a query count as none. */
function outside(words: string): string {
  let text = words.replace(/^[( ]+/, '');
  for (let shorter = ''; shorter !== text;) [shorter, text] = [text, text.replace(/\([^()]*\)/g, ' ')];
  return text;
}
