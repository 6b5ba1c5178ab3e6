import type { Guard, Statement } from '../sql/statement.ts';
import type { Connection } from './connection.ts';

/** What is left of an index whose building or dropping may have been interrupted. */
export type IndexState = 'missing' | 'invalid' | 'valid';

export async function readIndexState(connection: Connection, index: string): Promise<IndexState> {
  const [row] = await connection.query(
    'SELECT indisvalid AS valid FROM pg_catalog.pg_index WHERE indexrelid OPERATOR(pg_catalog.=) pg_catalog.to_regclass($1)::pg_catalog.oid',
    [index],
  );
  if (!row) return 'missing';
  return row.valid ? 'valid' : 'invalid';
}

/**
 * Whether the index is the one a statement would make: the server is asked to make it on an empty copy of the table, and
 * both are compared in its own words. To be asked in a transaction.
 */
export async function isIndexOf(connection: Connection, index: string, sql: string): Promise<boolean> {
  const creation = creationIn(sql);
  if (!creation) return false;
  const copy = 'typeorm_alembic_copy';
  await connection.query(`CREATE TABLE pg_temp.${copy} (LIKE ${creation.table})`);
  await connection.query(`CREATE ${creation.unique}INDEX ${copy}_index ON pg_temp.${copy} ${creation.rest}`);
  const own = await readDefinition(connection, `pg_temp.${copy}_index`);
  await connection.query(`DROP TABLE pg_temp.${copy}`);
  return own === (await readDefinition(connection, index));
}

async function readDefinition(connection: Connection, index: string): Promise<string | undefined> {
  const [row] = await connection.query(
    'SELECT pg_catalog.pg_get_indexdef(pg_catalog.to_regclass($1)::pg_catalog.oid) AS definition',
    [index],
  );
  return row.definition?.replace(/ INDEX [^]+? USING /, ' INDEX USING ');
}

const identifier = String.raw`(?:"(?:[^"]|"")+"|[^\s".(]+)`;
const qualified = String.raw`${identifier}(?:\.${identifier})?`;
const creation = new RegExp(
  String.raw`^\s*CREATE\s+(UNIQUE\s+)?INDEX\s+CONCURRENTLY\s+(?:IF\s+NOT\s+EXISTS\s+)?(${identifier})\s+ON\s+(?:ONLY\s+)?(${qualified})\s*([^]*?)[;\s]*$`,
  'i',
);
const removal = new RegExp(
  String.raw`^\s*DROP\s+INDEX\s+CONCURRENTLY\s+(?:IF\s+EXISTS\s+)?(${qualified})\s*(?:CASCADE|RESTRICT)?[;\s]*$`,
  'i',
);

function creationIn(sql: string) {
  const [, unique = '', name, table, rest] = creation.exec(sql) ?? [];
  return name === undefined ? undefined : { unique, name, table: table!, rest: rest! };
}

/** How to tell whether a statement was carried out: what it says itself, or what a project's own SQL lets one read. */
export function guardOf({ sql, guard }: Statement): Guard | undefined {
  if (guard) return guard;
  const created = creationIn(sql);
  if (created) {
    // Indexes lie in their table's schema.
    const schema = new RegExp(String.raw`^(${identifier}\.)?`).exec(created.table)?.[1] ?? '';
    const index = `${schema}${created.name}`;
    return { type: 'indexValid', index, drop: `DROP INDEX CONCURRENTLY ${index}` };
  }
  const removed = removal.exec(sql)?.[1];
  return removed === undefined ? undefined : { type: 'indexGone', index: removed };
}
