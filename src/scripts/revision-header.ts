import { endOfComment, endOfText } from './source-text.ts';

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
  const last = Object.fromEntries(headerNames.map(name => [name, source.lastIndexOf(name)])) as Record<
    HeaderName,
    number
  >;

  const balanced = walkOutsideBrackets(source, {
    text(at, end) {
      if (source.startsWith('/**', at)) comment ??= textOf(source.slice(at, end));
    },
    name(name, end) {
      const value = assignedAt(source, end);
      if (value === undefined) return false;
      if (value === 'computed') computed.add(name);
      else constants[name] ??= value.literal;
      return headerNames.every(each => each in constants || end > last[each]);
    },
  });
  return { constants, computed: [...computed].filter(name => !(name in constants)), comment: comment ?? '', balanced };
}

interface Visitor {
  /** A comment, string, template or regular expression. */
  text(at: number, end: number): void;
  /** One of the header's names, by itself or as a member of `exports`; true where nothing further is looked for. */
  name(name: HeaderName, end: number): boolean;
}

const insideBrackets = /[{}()[\]'"`/]/g;
const outsideBrackets = new RegExp(
  `${insideBrackets.source}|(?<=exports\\.|(?<![\\w$.]))(?:${headerNames.join('|')})(?![\\w$])`,
  'g',
);

/** False where brackets do not match. */
function walkOutsideBrackets(source: string, visitor: Visitor): boolean {
  let depth = 0;
  // Where a quote of one sort is not closed on its line, no later one of that sort is.
  const loneUntil: Record<string, number> = {};
  for (let at = 0; ;) {
    const token = depth === 0 ? outsideBrackets : insideBrackets;
    token.lastIndex = at;
    if (!token.test(source)) return depth === 0;
    const end = token.lastIndex;
    const last = source[end - 1]!;
    at = end;
    if ('{[('.includes(last)) depth++;
    else if ('}])'.includes(last)) depth--;
    else if ('\'"`/'.includes(last)) {
      if (end <= (loneUntil[last] ?? 0)) continue;
      const endOfIt = endOfText(source, end - 1);
      if (endOfIt === undefined && last !== '/') loneUntil[last] = endOfLine(source, end);
      at = endOfIt ?? end;
      if (depth === 0) visitor.text(end - 1, at);
    } else {
      const name = headerNames.find(each => source.endsWith(each, end));
      if (name && visitor.name(name, end)) return true;
    }
  }
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}

const assignment = /\s*(?::[^=;\n]{0,1000})?=(?![=>])\s*/y;
/** What makes a literal the beginning of an expression. */
const goesOn = /[+.?[(&|*%/-]/y;

/** What is assigned to the name that ends at `at`; undefined where nothing is, or nothing yet (`exports.revision = void 0`). */
function assignedAt(source: string, at: number): { readonly literal: Literal } | 'computed' | undefined {
  const start = endOfMatch(assignment, source, at);
  if (start === undefined || source.startsWith('void 0', start)) return undefined;
  const read = literalAt(source, start);
  return read && endOfMatch(goesOn, source, pastSpace(source, read.end)) === undefined ? read : 'computed';
}

const space = /\s*/y;
const spaceAndCommas = /[\s,]*/y;

/** Past white space and comments. */
function pastSpace(source: string, at: number, blank = space): number {
  for (let next = at; ;) {
    const end = endOfMatch(blank, source, next)!;
    const afterComment = endOfComment(source, end);
    if (afterComment === undefined) return end;
    next = afterComment;
  }
}

function endOfMatch(pattern: RegExp, source: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(source) ? pattern.lastIndex : undefined;
}

const text = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"|`(?:[^`\\$]|\\[^])*`/y;
const word = /null\b|undefined\b|true\b|false\b|!0|!1/y;
const words: Readonly<Record<string, Literal>> = {
  null: null,
  undefined: null,
  true: true,
  false: false,
  '!0': true,
  '!1': false,
};

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
  let next = pastSpace(source, at + 1, spaceAndCommas);
  while (source[next] !== ']') {
    const end = endOfMatch(text, source, next);
    if (end === undefined) return undefined;
    items.push(unescaped(source.slice(next + 1, end - 1)));
    next = pastSpace(source, end, spaceAndCommas);
  }
  return { literal: items, end: next + 1 };
}

const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v', 0: '\0' };

/** A backslash at the end of a line goes on in the next one. */
const isLineEnd = (character: string): boolean => /^[\r\n\u2028\u2029]/.test(character);

const unescaped = (written: string): string =>
  written.replaceAll(
    /\\(?:u\{([\da-fA-F]+)\}|u([\da-fA-F]{4})|x([\da-fA-F]{2})|(\r\n|[^]))/g,
    (_, point, unit, byte, other) =>
      other === undefined
        ? characterOf(Number.parseInt(point ?? unit ?? byte, 16))
        : isLineEnd(other)
          ? ''
          : (controls[other] ?? other),
  );

/** Of a number too great for one, the sign that stands for what is no character. */
const characterOf = (point: number): string => String.fromCodePoint(point <= 0x10_ff_ff ? point : 0xff_fd);

/** A doc comment without its asterisks. */
const textOf = (comment: string): string =>
  comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map(line => line.replace(/^\s*\*? ?/, '').trimEnd())
    .join('\n')
    .trim();
