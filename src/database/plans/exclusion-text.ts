import { partsOf } from '../../objects/tables/exclusion-options.ts';
import { lexemesOf } from '../../sql/lexer.ts';

/** An exclusion constraint's text, taken apart: `USING gist (room WITH =, during WITH &&) WHERE (is_open)`. */
export interface ExclusionText {
  readonly expressions: readonly string[];
  /** Everything else: the method, the operator classes, the operators, the options of the index. */
  readonly rest: string;
}

/** Undefined where the text is anything but a plain one. */
export function exclusionText(definition: string): ExclusionText | undefined {
  const { options, ...parts } = partsOf(definition);
  const [head = '', elements, tail, predicate, ...more] = topLevel(`${parts.elements} ${parts.condition}`);
  if (elements === undefined || more.length > 0) return undefined;
  const method = /^\s*USING\s+(\w+)\s*$/i.exec(head)?.[1];
  const hasPredicate = /^\s*WHERE\s*$/i.test(tail ?? '');
  if (method === undefined || (predicate !== undefined) !== hasPredicate) return undefined;
  if (!hasPredicate && (tail ?? '').trim() !== '') return undefined;
  const pairs = splitList(elements).map(each => /^([^]*?)\s+WITH\s+(\S+)\s*$/i.exec(each.trim()));
  if (pairs.some(pair => pair === null)) return undefined;
  const keys = pairs.map(pair => withoutOperatorClass(pair![1]!));
  return {
    expressions: [...keys.map(({ expression }) => expression), ...(predicate === undefined ? [] : [predicate])],
    rest: [
      method.toLowerCase(),
      ...keys.map(({ operatorClass }) => operatorClass),
      ...pairs.map(pair => pair![2]!),
      hasPredicate,
      options,
    ].join(' '),
  };
}

/** `room gist_int4_ops` → `room` and `gist_int4_ops`: no query can say an operator class. */
function withoutOperatorClass(key: string): { readonly expression: string; readonly operatorClass: string } {
  const [, expression = key, operatorClass = ''] = /^([^]+?)\s+((?:\w+\.)?\w*_ops(?:\s*\([^()]*\))?)$/.exec(key) ?? [];
  return { expression, operatorClass };
}

/** What stands outside parentheses and what inside, in turn. */
function topLevel(text: string): string[] {
  const found = [''];
  let depth = 0;
  for (const piece of lexemesOf(text)) {
    const opens = piece === '(' && depth++ === 0;
    const closes = piece === ')' && --depth === 0;
    if (opens || closes) found.push('');
    else found[found.length - 1] += piece;
  }
  return found.at(-1)!.trim() === '' ? found.slice(0, -1) : found;
}

/** The members of a list, at commas outside parentheses and brackets. */
function splitList(text: string): string[] {
  const found = [''];
  let depth = 0;
  for (const piece of lexemesOf(text)) {
    if (/^[([]$/.test(piece)) depth++;
    if (/^[)\]]$/.test(piece)) depth--;
    if (piece === ',' && depth === 0) found.push('');
    else found[found.length - 1] += piece;
  }
  return found;
}
