import { statementsIn, withoutComments } from './lexer.ts';
import { identifier, qualified } from './name-patterns.ts';
import type { Guard, Statement } from './statement.ts';

/** How to tell whether a statement was carried out: what it says itself, or what a project's own SQL lets one read. */
export function guardOf({ sql, guard }: Statement): Guard | undefined {
  if (guard) return guard;
  const text = onlyStatement(sql);
  return text === undefined
    ? undefined
    : (guardOfCreation(text) ?? guardOfRemoval(text) ?? guardOfRebuilding(text) ?? guardOfDetaching(text));
}

/** The parts of a CREATE INDEX CONCURRENTLY; `rest` follows the table's name. */
export interface IndexCreation {
  readonly unique: string;
  /** With IF NOT EXISTS the server takes any index of that name for the one that is meant. */
  readonly ifNotExists: boolean;
  readonly name: string | undefined;
  readonly table: string;
  readonly rest: string;
}

export function indexCreationIn(sql: string): IndexCreation | undefined {
  const [found, unique = '', condition, name, table, rest] = creation.exec(onlyStatement(sql) ?? '') ?? [];
  if (found === undefined) return undefined;
  return { unique, ifNotExists: condition !== undefined, name, table: table!, rest: rest! };
}

function onlyStatement(sql: string): string | undefined {
  const [first, second] = /\b(concurrently)\b/i.test(sql) ? statementsIn(sql) : [];
  return first && !second ? withoutComments(first.sql).trim() : undefined;
}

const creation = new RegExp(
  String.raw`^CREATE\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:(IF\s+NOT\s+EXISTS\s+)?(${identifier})\s+)?ON\s+(?:ONLY\s+)?(${qualified})\s*([^]*)$`,
  'i',
);

function guardOfCreation(text: string): Guard | undefined {
  const created = indexCreationIn(text);
  if (!created) return undefined;
  const { name, table } = created;
  if (name === undefined) return { type: 'indexUnnamed', table };
  return { type: 'indexValid', index: name, table };
}

const removal = new RegExp(
  String.raw`^DROP\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+EXISTS\s+)?(${qualified})\s*(?:CASCADE|RESTRICT)?$`,
  'i',
);

function guardOfRemoval(text: string): Guard | undefined {
  const index = removal.exec(text)?.[1];
  return index === undefined ? undefined : { type: 'indexGone', index };
}

const rebuilding = new RegExp(
  String.raw`^REINDEX\s*(?:\([^)]*\)\s*)?(INDEX|TABLE|SCHEMA|DATABASE|SYSTEM)\b\s*(?:CONCURRENTLY\b\s*)?(${qualified})?$`,
  'i',
);

function guardOfRebuilding(text: string): Guard | undefined {
  const [found, of, name = ''] = rebuilding.exec(text) ?? [];
  return found === undefined ? undefined : { type: 'rebuilt', of: of!.toUpperCase() as 'INDEX', name };
}

const detaching = new RegExp(
  String.raw`^ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(${qualified})\s+DETACH\s+PARTITION\s+(${qualified})\s+CONCURRENTLY$`,
  'i',
);

function guardOfDetaching(text: string): Guard | undefined {
  const [found, table, partition] = detaching.exec(text) ?? [];
  return found === undefined ? undefined : { type: 'detached', table: table!, partition: partition! };
}
