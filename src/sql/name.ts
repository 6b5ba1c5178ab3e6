import { isBuiltInType } from './built-in-types.ts';
import { reservedWords } from './keywords.ts';

/**
 * The name of an object, qualified only where it lies outside the connection's own schema: `ticket`,
 * `audit.event`. A part that holds a dot or a double quote is written in double quotes, as in SQL: `"a.b".c`.
 */
export type QualifiedName = string;

export interface NameParts {
  readonly schema?: string;
  readonly name: string;
}

/** `('audit', 'event')` → `audit.event`; without a schema, the bare name. */
export const qualify = (schema: string | undefined, name: string): QualifiedName =>
  schema === undefined ? guard(name) : `${guard(schema)}.${guard(name)}`;

const guard = (part: string): string => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part);

/**
 * The name of a type, which keeps the schema it would otherwise be without where PostgreSQL has a built-in type of that
 * name: `('public', 'mood')` → `mood`, `('public', 'interval')` → `public.interval`.
 * @param qualified the name as objects of other sorts have it
 */
export const typeName = (schema: string, name: string, qualified: QualifiedName): QualifiedName =>
  isBuiltInType(name) ? qualify(schema, name) : qualified;

/**
 * The name of an object as a connection sees it whose own schema is `own`. Relations of PostgreSQL's catalogs are found
 * before any other: one of such a name keeps the schema that it would otherwise be without.
 */
export const nameSeenFrom = (own: string, schema: string, name: string): QualifiedName =>
  qualify(schema === own && !name.startsWith('pg_') ? undefined : schema, name);

/** The inverse of {@link qualify}. */
export function nameParts(name: QualifiedName): NameParts {
  const [first = '', second] = splitName(name);
  return second === undefined ? { name: first } : { schema: first, name: second };
}

/** The parts of a name as a connection sees it whose own schema is `own`. */
export const namePartsIn = (own: string, name: QualifiedName): Required<NameParts> => ({
  schema: own,
  ...nameParts(name),
});

function splitName(name: QualifiedName): string[] {
  if (!name.includes('"')) {
    const dot = name.indexOf('.');
    return dot < 0 ? [name] : [name.slice(0, dot), name.slice(dot + 1)];
  }
  const parts = name.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
  return parts.map(unquoteIdentifier);
}

/** The name of a part of an object, such as a table's column: `('audit.event', 'kind')` → `audit.event.kind`. */
export const partName = (owner: QualifiedName, name: string): string => `${owner}.${guard(name)}`;

/** The inverse of {@link partName}: `audit.event."a.b"` → `audit.event` and `a.b`. Without an owner, it is `''`. */
export function splitPartName(path: string): { readonly owner: QualifiedName; readonly name: string } {
  const [, owner = '', last = path] = /^(.*)\.("(?:[^"]|"")*"|[^."]+)$/s.exec(path) ?? [];
  return { owner, name: unquoteIdentifier(last) };
}

/** The bare name: `audit.event` → `event`. */
export const bareName = (name: QualifiedName): string => nameParts(name).name;

/** A name of the schema that `neighbour` lies in: `('event_pkey', 'audit.event')` → `audit.event_pkey`. */
export const besides = (neighbour: QualifiedName, name: string): QualifiedName =>
  qualify(nameParts(neighbour).schema, name);

/** `ticket` → `"ticket"`. */
export const quoteIdentifier = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

/** `"Ticket"` → `Ticket`; what is not quoted stays. */
export const unquoteIdentifier = (text: string): string =>
  text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;

/** A name in SQL as the catalog has it: `"My_Kind"` → `My_Kind`, `My_Kind` → `my_kind`. */
export const catalogName = (text: string): string =>
  text.startsWith('"') ? unquoteIdentifier(text) : text.toLowerCase();

/** `audit.event` → `"audit"."event"`. */
export function quoteName(qualified: QualifiedName): string {
  const { schema, name } = nameParts(qualified);
  return schema === undefined ? quoteIdentifier(name) : `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

export const quoteIdentifiers = (names: readonly string[]): string => names.map(quoteIdentifier).join(', ');

/** An identifier quoted only where SQL demands it, as `quote_ident` does: `ticket_status`, `"My_Kind"`. */
export const identifierText = (identifier: string): string =>
  /^[a-z_][a-z0-9_$]*$/.test(identifier) && !reservedWords.has(identifier) ? identifier : quoteIdentifier(identifier);

/** The name of a type as SQL text, quoted only where SQL demands it. */
export function typeText(qualified: QualifiedName): string {
  const { schema, name } = nameParts(qualified);
  return schema === undefined ? identifierText(name) : `${identifierText(schema)}.${identifierText(name)}`;
}

/** The name of the type that a column's type text mentions: `"My_Kind"[]` → `My_Kind`, `numeric(5,2)` → `numeric`. */
export function typeNameIn(text: string): QualifiedName {
  const parts = text.match(/^(?:"(?:[^"]|"")*"|[^."[(]+)(?:\.(?:"(?:[^"]|"")*"|[^."[(]+))?/)?.[0] ?? text;
  const [first = '', second] = (parts.match(/"(?:[^"]|"")*"|[^."]+/g) ?? []).map(part =>
    unquoteIdentifier(part.trim()),
  );
  return second === undefined ? qualify(undefined, first) : qualify(first, second);
}

/**
 * The name PostgreSQL itself gives an implicit object of a table: `<table>_<column>_<label>`, where the longer of
 * table and column gives way until the whole fits into 63 bytes (`makeObjectName` in the server's source).
 */
export function implicitName(table: string, column: string, label: string): string {
  const parts = [Buffer.from(table), Buffer.from(column)];
  const room = 63 - Buffer.byteLength(label) - 2;
  const lengths = parts.map(part => part.length);
  while (lengths[0]! + lengths[1]! > room) lengths[lengths[0]! > lengths[1]! ? 0 : 1]!--;
  const [first, second] = parts.map((part, i) => clip(part, lengths[i]!));
  return `${first}_${second}_${label}`;
}

/** PostgreSQL cuts identifiers at 63 bytes, between characters. */
export const truncated = (identifier: string, bytes = 63): string => clip(Buffer.from(identifier), bytes);

function clip(bytes: Buffer, length: number): string {
  let end = Math.min(length, bytes.length);
  while (end > 0 && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end).toString();
}
