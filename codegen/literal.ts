const WIDTH = 100;
export const INDENT = '  ';

/** Plain data as a literal: on one line where it fits, else an entry to a line, further in than the line it begins on. */
export function literalText(value: unknown, indentation = ''): string {
  const line = inlineLiteral(value);
  if (typeof value !== 'object' || value === null || isEmpty(value)) return line;
  if (indentation.length + line.length <= WIDTH && !line.includes('\n')) return line;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  return `${open}\n${entryLines(value, indentation + INDENT)}${indentation}${close}`;
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function entryLines(value: object, indentation: string): string {
  return Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .map(([key, entry]) => {
      const name = Array.isArray(value) ? '' : `${propertyName(key)}: `;
      return `${indentation}${name}${literalText(entry, indentation)},\n`;
    })
    .join('');
}

/** Plain data as a literal on one line, but for text that has lines of its own. */
export function inlineLiteral(value: unknown): string {
  if (typeof value === 'string') return textLiteral(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(inlineLiteral).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([key, entry]) => `${propertyName(key)}: ${inlineLiteral(entry)}`).join(', ')} }`;
}

/** `__proto__:` would not be a key but set the prototype. */
const propertyName = (key: string): string =>
  key === '__proto__' ? `['__proto__']` : /^[A-Za-z_$][\w$]*$/.test(key) ? key : textLiteral(key);

function textLiteral(text: string): string {
  if (text.includes('\n') && !COMMANDS.test(text)) return `\`${escapeControl(text.replace(/[`\\]|\$\{/g, '\\$&'))}\``;
  const escaped = escapeControl(JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"'));
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}

/** A template literal would turn a carriage return into a line feed. */
const escapeControl = (text: string): string =>
  text.replace(controlCharacters, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Control characters, those that turn the direction of text or cannot be seen, and halves of characters. */
const controlCharacters =
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** Lines that the log of a build would take for commands, where the file is printed. */
const COMMANDS = /^\s*::|##(?:\[|vso\[)/m;
