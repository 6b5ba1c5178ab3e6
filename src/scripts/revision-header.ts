import { endOfText } from './source-text.ts';

/** The constants a revision file begins with. */
export const headerNames = ['revision', 'downRevision', 'branchLabels', 'dependsOn', 'transactional'] as const;

export type HeaderName = (typeof headerNames)[number];

/** A constant as it may be written in a header. */
export type Literal = string | boolean | null | readonly string[];

/** What can be told of a revision file without running it. */
export interface ScannedHeader {
  readonly constants: Readonly<Partial<Record<HeaderName, Literal>>>;
  /** Constants whose value only running the file would tell. */
  readonly computed: readonly HeaderName[];
  /** The text of the first doc comment, without its asterisks. */
  readonly comment: string;
  /** False where brackets do not match, so that what was found may not mean what it seems to. */
  readonly balanced: boolean;
}

/**
 * Reads the header of a revision file's source: TypeScript, or JavaScript as compilers write it. A constant is a literal
 * given to its name, or to that member of `exports`, outside of all brackets.
 */
export function scanHeader(source: string): ScannedHeader {
  const constants: Partial<Record<HeaderName, Literal>> = {};
  const computed = new Set<HeaderName>();
  let comment: string | undefined;

  const balanced = walkOutsideBrackets(source, {
    comment(at, end) {
      if (source.startsWith('/**', at)) comment ??= textOf(source.slice(at, end));
    },
    word(at, end) {
      const name = headerNameAt(source, at, end);
      const value = name && assignedAt(source, end);
      if (name === undefined || value === undefined) return;
      if (value === 'computed') computed.add(name);
      else constants[name] ??= value.literal;
    },
  });
  return { constants, computed: [...computed].filter(name => !(name in constants)), comment: comment ?? '', balanced };
}

interface Visitor {
  comment(at: number, end: number): void;
  word(at: number, end: number): void;
}

/** True where every bracket was closed again. Whole files pass here on every start, hence codes rather than text. */
function walkOutsideBrackets(source: string, visitor: Visitor): boolean {
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const kind = kinds[source.charCodeAt(at)];
    if (kind === undefined || (kind === 'letter' && depth > 0)) continue;
    if (kind === 'open') depth++;
    else if (kind === 'close') depth--;
    else {
      const end = kind === 'letter' ? endOfWord(source, at) : endOfText(source, at);
      if (end === undefined) continue;
      if (depth === 0) visitor[kind === 'letter' ? 'word' : 'comment'](at, end);
      at = end - 1;
    }
  }
  return depth === 0;
}

/** What a character begins, by its code; undefined where nothing does. */
const kinds: readonly ('open' | 'close' | 'text' | 'letter' | undefined)[] = Array.from({ length: 128 }, (_, code) => {
  const character = String.fromCharCode(code);
  if ('{[('.includes(character)) return 'open';
  if ('}])'.includes(character)) return 'close';
  if ('\'"`/'.includes(character)) return 'text';
  return /[A-Za-z_$]/.test(character) ? 'letter' : undefined;
});

function endOfWord(source: string, at: number): number {
  let end = at + 1;
  while (/[\w$]/.test(source[end] ?? '')) end++;
  return end;
}

/** The constant a word names: by itself, or as a member of `exports`, not of anything else. */
function headerNameAt(source: string, at: number, end: number): HeaderName | undefined {
  if (source[at - 1] === '.' && !source.startsWith('exports', at - 8)) return undefined;
  const word = source.slice(at, end);
  return headerNames.find(name => name === word);
}

const assignment = /\s*(?::[^=;\n]*)?=(?![=>])\s*/y;
const goesOn = /(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*)*(?:[+.?[(&|*%-]|\/(?![/*]))/y;

/** What is assigned to the name that ends at `at`; undefined where nothing is, or nothing yet (`exports.revision = void 0`). */
function assignedAt(source: string, at: number): { readonly literal: Literal } | 'computed' | undefined {
  const start = endOfMatch(assignment, source, at);
  if (start === undefined || source.startsWith('void 0', start)) return undefined;
  const read = literalAt(source, start);
  return read && endOfMatch(goesOn, source, read.end) === undefined ? read : 'computed';
}

function endOfMatch(pattern: RegExp, source: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}

const text = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.)*`/y;
const word = /null\b|undefined\b|true\b|false\b|!0|!1/y;
const words: Readonly<Record<string, Literal>> = {
  null: null,
  undefined: null,
  true: true,
  false: false,
  '!0': true,
  '!1': false,
};
const betweenItems = /(?:\s|,|\/\*[^]*?\*\/|\/\/[^\n]*)*/y;

function literalAt(source: string, at: number): { readonly literal: Literal; readonly end: number } | undefined {
  if (source[at] === '[') return listAt(source, at);
  const endOfLiteral = endOfMatch(text, source, at);
  if (endOfLiteral !== undefined)
    return { literal: unescaped(source.slice(at + 1, endOfLiteral - 1)), end: endOfLiteral };
  const end = endOfMatch(word, source, at);
  return end === undefined ? undefined : { literal: words[source.slice(at, end)]!, end };
}

/** A list of strings. */
function listAt(source: string, at: number): { readonly literal: Literal; readonly end: number } | undefined {
  const items: string[] = [];
  let next = endOfMatch(betweenItems, source, at + 1)!;
  while (source[next] !== ']') {
    const end = endOfMatch(text, source, next);
    if (end === undefined) return undefined;
    items.push(unescaped(source.slice(next + 1, end - 1)));
    next = endOfMatch(betweenItems, source, end)!;
  }
  return { literal: items, end: next + 1 };
}

const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0' };

const unescaped = (written: string): string =>
  written.replaceAll(
    /\\(?:u\{([\da-fA-F]+)\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|([^]))/g,
    (_, point, unit, byte, other) =>
      other === undefined
        ? String.fromCodePoint(Number.parseInt(point ?? unit ?? byte, 16))
        : (controls[other] ?? other),
  );

/** A doc comment without its asterisks. */
const textOf = (comment: string): string =>
  comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map(line => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim();
