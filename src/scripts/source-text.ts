/**
 * Where comments, strings, templates and regular expressions of JavaScript or TypeScript source end: enough to tell code
 * from text without a parser. Each function is given the place where such a text begins.
 */

const backslash = 92;
const newline = 10;

/** The end of what begins at `at` and is not code, or undefined where code goes on. */
export function endOfText(source: string, at: number): number | undefined {
  switch (source[at]) {
    case '/':
      return endOfComment(source, at) ?? endOfRegularExpression(source, at);
    case '"':
    case "'":
      return endOfString(source, at);
    case '`':
      return endOfTemplate(source, at);
    default:
      return undefined;
  }
}

/** The end of the comment that begins at `at`, if one does; one never closed reaches to the end of the source. */
export function endOfComment(source: string, at: number): number | undefined {
  const opening = source[at + 1];
  if (source[at] !== '/' || (opening !== '/' && opening !== '*')) return undefined;
  const end = opening === '/' ? source.indexOf('\n', at) : source.indexOf('*/', at + 2) + 2;
  return end < at + 2 ? source.length : end;
}

/** The end of a quoted string; undefined where its line ends first, so that a lone quote is not the start of one. */
export function endOfString(source: string, at: number): number | undefined {
  const quote = source.charCodeAt(at);
  for (let index = at + 1; index < source.length; index++) {
    const code = source.charCodeAt(index);
    if (code === quote) return index + 1;
    if (code === newline) return undefined;
    if (code === backslash) index++;
  }
  return undefined;
}

/** The end of a template, past the templates within its `${…}`, however deep they lie. */
export function endOfTemplate(source: string, at: number): number {
  const open: ('`' | '{')[] = ['`'];
  let index = at + 1;
  while (open.length > 0 && index < source.length) {
    const character = source[index];
    if (open.at(-1) === '`') {
      if (character === '`') open.pop();
      if (character === '$' && source[index + 1] === '{') open.push('{');
      index += character === '\\' || (character === '$' && source[index + 1] === '{') ? 2 : 1;
    } else if (character === '`' || character === '{') {
      open.push(character);
      index++;
    } else {
      if (character === '}') open.pop();
      index = endOfText(source, index) ?? index + 1;
    }
  }
  return Math.min(index, source.length);
}

/** After a value, `/` divides; after anything else it begins a regular expression. */
const valueBefore = /(?:[\w$)\]}'"`]|\+\+|--)\s*$/;
const keywordBefore = /(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|throw|new|else|do|yield|await)\s*$/;
/** Longer than any that is written: what begins on a line and never ends is not looked for further. */
const LONGEST_EXPRESSION = 5_000;
const flags = /[a-z]*/y;

function endOfRegularExpression(source: string, at: number): number | undefined {
  const before = source.slice(Math.max(0, at - 40), at);
  if (valueBefore.test(before) && !keywordBefore.test(before)) return undefined;
  let inClass = false;
  const limit = Math.min(source.length, at + LONGEST_EXPRESSION);
  for (let index = at + 1; index < limit; index++) {
    const character = source[index];
    if (character === '\n') return undefined;
    if (character === '\\') index++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) {
      flags.lastIndex = index + 1;
      flags.test(source);
      return flags.lastIndex;
    }
  }
  return undefined;
}

/** The source in pieces: code (templates count as code), and the comments, strings and regular expressions between. */
export function piecesOf(source: string): readonly { readonly text: string; readonly isCode: boolean }[] {
  const pieces: { text: string; isCode: boolean }[] = [];
  let from = 0;
  for (let at = 0; at < source.length; at++) {
    const end = source[at] === '`' ? undefined : endOfText(source, at);
    if (end === undefined) continue;
    pieces.push({ text: source.slice(from, at), isCode: true }, { text: source.slice(at, end), isCode: false });
    from = end;
    at = end - 1;
  }
  return [...pieces, { text: source.slice(from), isCode: true }];
}

/** The source with a blank in place of each comment. */
export function withoutComments(source: string): string {
  let text = '';
  let from = 0;
  for (let at = 0; at < source.length; at++) {
    const end = endOfText(source, at);
    if (end === undefined) continue;
    if (endOfComment(source, at) !== undefined) {
      text += `${source.slice(from, at)} `;
      from = end;
    }
    at = end - 1;
  }
  return text + source.slice(from);
}
