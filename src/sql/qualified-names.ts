import { reservedWords } from './keywords.ts';
import { isName, lexemesOf } from './lexer.ts';
import { catalogName } from './name.ts';

/** A name with its schema, as the catalog has both. */
export interface QualifiedMention {
  readonly schema: string;
  readonly name: string;
  /** Whether it can only be a type there: `'open'::audit.status`, `CAST(x AS audit.status)`, `AS r(a audit.status)`. */
  readonly isType: boolean;
}

/** A text with each name that has a schema replaced; where the replacement is undefined, the name stays. */
export function replaceQualifiedNames(
  sql: string,
  replacement: (mention: QualifiedMention) => string | undefined,
): string {
  const lexemes = lexemesOf(sql);
  const at = lexemes.flatMap((text, i) => (/^(?:\s|--|\/\*)/.test(text) ? [] : [i]));
  const token = (position: number): string => lexemes[at[position] ?? -1] ?? '';
  for (let i = 0; i + 2 < at.length; i++) {
    const [first, second] = [token(i), token(i + 2)];
    if (token(i + 1) !== '.' || token(i - 1) === '.' || !isName(first) || !isName(second)) continue;
    const isType = token(i + 3) !== '.' && isTypePlace(token(i - 2), token(i - 1), token(i + 3));
    const text = replacement({ schema: catalogName(first), name: catalogName(second), isType });
    if (text !== undefined) lexemes.splice(at[i]!, at[i + 2]! - at[i]! + 1, text, ...blanks(at[i + 2]! - at[i]!));
    i += 2;
  }
  return lexemes.join('');
}

/** In place of what was replaced, so that all other places stay. */
const blanks = (count: number): string[] => Array.from({ length: count }, () => '');

function isTypePlace(beforeLast: string, last: string, next: string): boolean {
  if (last === '::' || last.toLowerCase() === 'as' || /^e?'/i.test(next)) return true;
  const isColumnName = isName(last) && !reservedWords.has(last.toLowerCase());
  return isColumnName && /^[(,]$/.test(beforeLast);
}
