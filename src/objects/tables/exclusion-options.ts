import { isName, lexemesOf, tokensOf } from '../../sql/lexer.ts';
import { identifierText, unquoteIdentifier } from '../../sql/name.ts';

/**
 * The definition of an exclusion constraint with what stands in another one between its elements and its condition
 * (`INCLUDE (id) WITH (fillfactor=60)`), unless it has something there itself.
 * @param isThere whether the table has a column
 */
export function withOptionsOf(other: string, definition: string, isThere: (column: string) => boolean): string {
  const own = partsOf(definition);
  const options = withColumns(partsOf(other).options, isThere);
  if (options === '' || own.options !== '') return definition;
  return [own.elements, options, own.condition].filter(part => part !== '').join(' ');
}

/** The options without the columns that are not there any more. */
function withColumns(options: string, isThere: (column: string) => boolean): string {
  const [word, ...tokens] = tokensOf(options);
  if (word?.toLowerCase() !== 'include') return options;
  const end = tokens.indexOf(')');
  const included = tokens.slice(0, end).filter(isName).map(unquoteIdentifier).filter(isThere);
  const rest = options.slice(options.indexOf(')') + 1).trim();
  return [...(included.length > 0 ? [`INCLUDE (${included.map(identifierText).join(', ')})`] : []), rest]
    .filter(part => part !== '')
    .join(' ');
}

/** What an exclusion's definition has, and the one that replaces it has nothing in the place of. */
export function lostOfExclusion(definition: string, other: string): readonly string[] {
  const [own, lost] = [partsOf(definition), partsOf(other)];
  return [
    ...(own.options !== lost.options && lost.options !== '' ? [lost.options] : []),
    ...(own.condition === '' && lost.condition !== '' ? [lost.condition] : []),
  ];
}

export interface Parts {
  readonly elements: string;
  readonly options: string;
  readonly condition: string;
}

/** What a definition is made of. */
export function partsOf(definition: string): Parts {
  const texts = { elements: '', options: '', condition: '' };
  let [part, depth]: [keyof Parts, number] = ['elements', 0];
  for (const lexeme of lexemesOf(definition)) {
    if (depth === 0 && /^where$/i.test(lexeme)) part = 'condition';
    texts[part] += lexeme;
    if (lexeme === '(') depth++;
    if (lexeme === ')' && --depth === 0 && part === 'elements') part = 'options';
  }
  return { elements: texts.elements.trim(), options: texts.options.trim(), condition: texts.condition.trim() };
}
