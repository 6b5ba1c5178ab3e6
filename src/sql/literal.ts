/** `it's` → `'it''s'`; with a backslash, the `E'…'` form, which reads the same under any server setting. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** The inverse of {@link quoteText}; undefined for a token that is no string literal. */
export function unquoteText(token: string): string | undefined {
  const [, escapes, text] = /^(e?)'(.*)'$/is.exec(token) ?? [];
  const plain = text?.replaceAll("''", "'");
  return escapes ? plain?.replaceAll('\\\\', '\\') : plain;
}

/**
 * A JavaScript value as a SQL literal: what `pg` would send as a parameter, spelled out for a script.
 * Plain objects become JSON, arrays become array literals, dates ISO timestamps, bytes hexadecimal `bytea`.
 */
export function quoteLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return quoteText(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number')
    return Number.isFinite(value) ? (value < 0 ? `(${value})` : String(value)) : `'${nonFinite(value)}'::float8`;
  if (typeof value === 'bigint') return value < 0n ? `(${value})` : String(value);
  if (value instanceof Date) return quoteText(dateText(value));
  if (value instanceof Uint8Array) return `'\\x${Buffer.from(value).toString('hex')}'::bytea`;
  if (Array.isArray(value)) return quoteText(arrayText(value));
  return quoteText(JSON.stringify(value));
}

/**
 * A parameter's value in a script, where it has no type until PostgreSQL gives it one, as it has none as a parameter: a
 * number may be meant for text, a boolean for JSON.
 */
export function quoteParameter(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return quoteText(String(value));
  if (value instanceof Uint8Array) return quoteText(bytesOr(value));
  return quoteLiteral(value);
}

/**
 * A parameter's value as it is sent: dates and bytes as the same text as in a script. `pg` itself would write it in the time zone of
 * this process, of which a column of type `date` or `timestamp` keeps the wall clock only.
 */
export function parameterOf(value: unknown): unknown {
  if (value instanceof Date) return dateText(value);
  if (value instanceof Uint8Array) return bytesOr(value);
  return Array.isArray(value) ? value.map(parameterOf) : value;
}

/** In UTC, as PostgreSQL reads it: years before Christ and above 9999 included. */
function dateText(date: Date): string {
  const year = date.getUTCFullYear();
  const rest = date.toISOString().replace(/^[+-]?\d+/, '');
  return `${String(year > 0 ? year : 1 - year).padStart(4, '0')}${rest}${year > 0 ? '' : ' BC'}`;
}

/** A value as JSON: what JSON has no word for is text. */
export const jsonText = (value: object): string =>
  // What is replaced is looked up where it stands, as dates and bytes have become something else by then.
  JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key: string, each: unknown) {
    const original = this[key];
    if (original instanceof Date) return dateText(original);
    if (original instanceof Uint8Array) return bytesOr(original);
    if (typeof each === 'bigint') return String(each);
    return typeof each === 'number' && !Number.isFinite(each) ? nonFinite(each) : each;
  });

const nonFinite = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity');

/** `['a', null, ['b']]` → `{"a",NULL,{"b"}}`: PostgreSQL's own text form of an array. */
function arrayText(values: readonly unknown[]): string {
  return `{${values.map(elementText).join(',')}}`;
}

/** An element as PostgreSQL itself writes it, in quotes only where it must be. */
export const arrayElement = (text: string): string =>
  text === '' || /[{}",\\ \t\n\r\v\f]/.test(text) || /^null$/i.test(text)
    ? `"${text.replace(/["\\]/g, '\\$&')}"`
    : text;

function elementText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Array.isArray(value)) return arrayText(value);
  const text = value instanceof Date ? dateText(value) : typeof value === 'object' ? bytesOr(value) : String(value);
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

const bytesOr = (value: object): string =>
  value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : JSON.stringify(value);
