import type { CodeBlockWriter } from 'ts-morph';

const WIDTH = 100;

/** Write plain data as a literal: on one line where it fits, else an entry to a line. */
export function writeLiteral(writer: CodeBlockWriter, value: unknown): void {
  const line = inlineLiteral(value);
  const column = writer.getIndentationLevel() * 2;
  if (
    typeof value !== 'object' ||
    value === null ||
    isEmpty(value) ||
    (!line.includes('\n') && column + line.length <= WIDTH)
  ) {
    return void writer.write(line);
  }
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  writer
    .write(open)
    .newLine()
    .indent(() => writeEntries(writer, value))
    .write(close);
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

function writeEntries(writer: CodeBlockWriter, value: object): void {
  for (const [key, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    if (!Array.isArray(value)) writer.write(`${propertyName(key)}: `);
    writeLiteral(writer, entry);
    writer.write(',').newLine();
  }
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

const propertyName = (key: string): string => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : textLiteral(key));

function textLiteral(text: string): string {
  if (text.includes('\n')) return `\`${escapeControl(text.replace(/[`\\]|\$\{/g, '\\$&'))}\``;
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
  return text.includes("'") && !text.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}

/** A template literal would turn a carriage return into a line feed. */
const escapeControl = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what it looks for
  text.replace(
    /[\u0000-\u0009\u000b-\u001f\u2028\u2029]/g,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
